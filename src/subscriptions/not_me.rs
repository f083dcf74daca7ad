//! "I did not ask for this."

use super::requests::{self, Link};
use super::{Circumstances, EndReason, State, Subscription, end, store, tally};
use crate::lists::{self, List};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::suppressions::{self, NewSuppression, Reason};
use crate::{ceilings, consent, subscribers};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeOutcome {
    /// It ended, and no more such mail goes to the address; also when it was said before.
    Ended(Box<List>),
    /// No token of this installation.
    Unknown,
}

/// Ends what the token is for and every other open request to this address, in whichever account; forbids new ones
/// everywhere; and counts against the form (CON-10).
///
/// Any token that ever was in a mail to the address will do, used and expired ones too: only its owner has it.
///
/// # Errors
/// When the database cannot do it.
pub fn not_me(conn: &mut Conn, token: &str, from: &Circumstances, now: Timestamp) -> Result<NotMeOutcome, StoreError> {
    let Some(link) = requests::find(conn, token)? else { return Ok(NotMeOutcome::Unknown) };
    let Some(asked) = store::find(conn, link.subscription_id)? else { return Ok(NotMeOutcome::Unknown) };
    let Some(list) = lists::find_even_closed(conn, asked.account_id, asked.list_id)? else {
        return Ok(NotMeOutcome::Unknown);
    };
    let elsewhere = elsewhere(conn, &link)?;
    hold_all(conn, &asked, &elsewhere)?;
    let own = store::of_subscriber(conn, asked.subscriber_id)?;
    let unwanted: Vec<Subscription> = own
        .into_iter()
        .filter(|found| found.id == asked.id || found.state == State::Pending)
        .chain(elsewhere.into_iter().filter(|found| found.account_id != asked.account_id))
        .collect();
    end::end_each(conn, &unwanted, EndReason::NotMe, from, now)?;
    forbid(conn, &asked, now)?;
    let is_first = requests::refuse_all(conn, &link, now)?;
    if let (true, Some((form, _))) = (is_first, link.form) {
        ceilings::hit(conn, &tally::unwanted_name(form), now)?;
    }
    Ok(NotMeOutcome::Ended(Box::new(list)))
}

/// The open requests to the address of this link, in every account.
fn elsewhere(conn: &mut Conn, link: &Link) -> Result<Vec<Subscription>, StoreError> {
    let mut found = Vec::new();
    for id in requests::pending_everywhere(conn, link)? {
        found.extend(store::find(conn, id)?);
    }
    Ok(found)
}

/// Takes the chains of all accounts concerned, always in the same order.
fn hold_all(conn: &mut Conn, asked: &Subscription, elsewhere: &[Subscription]) -> Result<(), StoreError> {
    let mut accounts: Vec<_> = elsewhere.iter().map(|found| found.account_id).chain([asked.account_id]).collect();
    accounts.sort();
    accounts.dedup();
    accounts.into_iter().try_for_each(|account| consent::hold(conn, account))
}

/// Suppresses the address for the account that asked.
fn forbid(conn: &mut Conn, asked: &Subscription, now: Timestamp) -> Result<(), StoreError> {
    let subscriber = subscribers::find(conn, asked.account_id, asked.subscriber_id)?;
    let Some(address) = subscriber.and_then(|subscriber| subscriber.address) else { return Ok(()) };
    let suppression = NewSuppression {
        account_id: asked.account_id,
        address,
        reason: Reason::NotMe,
        evidence: String::new(),
        delivery_id: None,
    };
    suppressions::suppress(conn, &suppression, now).map(drop)
}
