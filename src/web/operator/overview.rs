//! `/operator`: the installation on one page.

use actix_web::HttpResponse;
use askama::Template;

use super::accounts::AccountForm;
use crate::accounts::installation::{self, Numbers};
use crate::accounts::{self, Account};
use crate::bounces::inbound_messages::unmatched::{self, Unmatched};
use crate::storage::Timestamp;
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
}

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
    let (accounts, pause, numbers, unmatched) = visit
        .read(move |conn| {
            Ok((
                accounts::all(conn)?,
                installation::sending_pause(conn)?,
                installation::numbers(conn, now)?,
                unmatched::page(conn, None, None, UNMATCHED)?,
            ))
        })
        .await?;
    let late_since = numbers.oldest_due_at.filter(|due| now.since(*due) > LATE);
    let page = visit.page_of(Place::Operator, "operator-title").await?;
    Ok(OverviewPage { page, typed, problems, accounts, pause, numbers, late_since, unmatched })
}
