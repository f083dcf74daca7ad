//! `/operator`: the installation on one page.

use actix_web::HttpResponse;
use askama::Template;

use super::accounts::AccountForm;
use crate::accounts::installation::{self, Numbers};
use crate::accounts::{self, Account};
use crate::bounces::inbound_messages::unmatched::{self, Unmatched};
use crate::forms;
use crate::storage::{Conn, StoreError, Timestamp};
use crate::subscriptions::floods::{self, Flood};
use crate::web::admin::visit::Visit;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems};

#[derive(Template)]
#[template(path = "operator/overview.html")]
pub(super) struct OverviewPage {
    page: Page,
    typed: AccountForm,
    problems: Problems,
    accounts: Vec<Account>,
    /// Why nothing leaves at all, when an operator stopped it.
    pause: Option<String>,
    numbers: Numbers,
    /// For how long mail has been due that did not leave; only when that is long.
    late_since: Option<Timestamp>,
    unmatched: Vec<Unmatched>,
    floods: Vec<Flooded>,
}

/// A flooded form, as the operator sees it.
struct Flooded {
    account: String,
    title: String,
    flood: Flood,
}

/// Most flooded forms that are shown.
const FLOODS: i64 = 30;

/// Most inbound messages without a mark that are shown.
const UNMATCHED: i64 = 10;
/// Mail that is due for longer than this is late.
const LATE: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    Ok(page::show(&overview(&visit, AccountForm::default(), Problems::default()).await?))
}

pub(super) async fn overview(visit: &Visit, typed: AccountForm, problems: Problems) -> Result<OverviewPage, PageError> {
    let now = visit.now;
    let (accounts, pause, numbers, unmatched, floods) = visit
        .read(move |conn| {
            Ok((
                accounts::all(conn)?,
                installation::sending_pause(conn)?,
                installation::numbers(conn, now)?,
                unmatched::page(conn, None, None, UNMATCHED)?,
                flooded(conn)?,
            ))
        })
        .await?;
    let late_since = numbers.oldest_due_at.filter(|due| now.since(*due) > LATE);
    let page = visit.page_of(Place::Operator, "operator-title").await?;
    Ok(OverviewPage { page, typed, problems, accounts, pause, numbers, late_since, unmatched, floods })
}

fn flooded(conn: &mut Conn) -> Result<Vec<Flooded>, StoreError> {
    let mut found = Vec::new();
    for flood in floods::open_floods(conn, None, FLOODS)? {
        let form = forms::find_even_closed(conn, flood.account_id, flood.form_id)?;
        let account = accounts::find(conn, flood.account_id)?;
        if let (Some(form), Some(account)) = (form, account) {
            found.push(Flooded { account: account.name, title: form.wording.title, flood });
        }
    }
    Ok(found)
}
