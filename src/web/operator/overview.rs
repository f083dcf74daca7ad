//! `/operator`: the installation on one page.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use askama::Template;

use super::accounts::AccountForm;
use crate::accounts::installation::relays::RelayStanding;
use crate::accounts::installation::{self, Numbers};
use crate::accounts::warm_up::Switch;
use crate::accounts::{self, Account};
use crate::bounces::inbound_messages::unmatched::{self, Unmatched};
use crate::forms;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};
use crate::subscriptions::floods::{self, Flood};
use crate::web::admin::visit::Visit;
use crate::web::error::PageError;
use crate::web::health::relay_standing;
use crate::web::page::{self, Page, Place, Problems};

#[derive(Template)]
#[template(path = "operator/overview.html")]
pub(super) struct OverviewPage {
    page: Page,
    typed: AccountForm,
    problems: Problems,
    accounts: Vec<Account>,
    /// The operator's words on the warm-up of accounts.
    warm_up: BTreeMap<AccountId, Switch>,
    /// The pools of source addresses; none where mail goes through a relay.
    pools: Vec<String>,
    /// Why nothing leaves at all, when an operator stopped it.
    pause: Option<String>,
    numbers: Numbers,
    /// What is wrong with the relay, as far as the workers of this process know.
    relay_trouble: Option<String>,
    /// For how long mail has been due that did not leave; only when that is long.
    late_since: Option<Timestamp>,
    unmatched: Vec<Unmatched>,
    /// How many complaints wait for an operator's word.
    quarantined: i64,
    floods: Vec<Flooded>,
}

impl OverviewPage {
    /// Whether this is the word for an account; the empty one where there is none.
    fn is_word(&self, account: &Account, word: &str) -> bool {
        self.warm_up.get(&account.id).map_or("", |word| word.word()) == word
    }

    fn is_in(account: &Account, pool: &str) -> bool {
        account.pool.as_deref().unwrap_or_default() == pool
    }
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
    let (now, known) = (visit.now, visit.app.relay.clone());
    let (accounts, warm_up, (pause, relay), numbers, (unmatched, quarantined), floods) = visit
        .read(move |conn| {
            Ok((
                accounts::all(conn)?,
                accounts::warm_up::chosen_by_accounts(conn)?,
                (installation::sending_pause(conn)?, relay_standing(conn, &known, now)?),
                installation::numbers(conn, now)?,
                (unmatched::page(conn, None, None, UNMATCHED)?, unmatched::wait_for_a_word(conn)?),
                flooded(conn)?,
            ))
        })
        .await?;
    let late_since = numbers.oldest_due_at.filter(|due| now.since(*due) > LATE);
    let page = visit.page_of(Place::Operator, "operator-title").await?;
    let pools = visit.app.settings.relay.pools().into_iter().map(str::to_owned).collect();
    let relay_trouble = match relay {
        RelayStanding::Away(reason) => Some(reason),
        RelayStanding::Works | RelayStanding::Unknown => None,
    };
    Ok(OverviewPage {
        page,
        typed,
        problems,
        accounts,
        warm_up,
        pools,
        pause,
        numbers,
        relay_trouble,
        late_since,
        unmatched,
        quarantined,
        floods,
    })
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
