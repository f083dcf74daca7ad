//! What becomes of held mail: somebody looks, and lets it go or drops it.

use super::super::ask::mail_of;
use super::super::{Circumstances, EndReason, State, end, requests, store};
use super::GAP;
use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, FormId, StoreError, Timestamp};
use crate::{consent, deliveries, forms, subscribers};

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// So many were let go or dropped; more may wait when it was as many as the limit.
    Done(usize),
    /// The account has no such form.
    NoForm,
}

/// Lets the held mail of a form go, one after the other, at most `limit` of them.
///
/// # Errors
/// When the database cannot do it.
pub fn release_held(
    conn: &mut Conn,
    account: AccountId,
    form: FormId,
    by: Actor,
    (from, limit): (Timestamp, i64),
    now: Timestamp,
) -> Result<ReleaseOutcome, StoreError> {
    if forms::find_even_closed(conn, account, form)?.is_none() {
        return Ok(ReleaseOutcome::NoForm);
    }
    let held = requests::held(conn, form, limit)?;
    let mut due_at = from.max(now);
    for link in &held {
        requests::release(conn, link)?;
        let pending = store::find(conn, link.subscription_id)?.filter(|found| found.state == State::Pending);
        let (None, Some(subscription)) = (link.used_at, pending) else { continue };
        let person = subscribers::find(conn, account, subscription.subscriber_id)?;
        let Some(address) = person.and_then(|person| person.address) else { continue };
        deliveries::enqueue_at(conn, &mail_of(&subscription, link.token_hash.clone(), &address, now), due_at, now)?;
        due_at = due_at + GAP;
    }
    let entry = Entry::of(by, "form.release_held").account(account).subject(&form);
    audit::record(conn, &entry.reason(&held.len().to_string()), now)?;
    Ok(ReleaseOutcome::Done(held.len()))
}

/// Drops the held mail of a form: its requests end as if nobody had confirmed, at most `limit` of them.
///
/// # Errors
/// When the database cannot do it.
pub fn discard_held(
    conn: &mut Conn,
    account: AccountId,
    form: FormId,
    by: Actor,
    limit: i64,
    now: Timestamp,
) -> Result<ReleaseOutcome, StoreError> {
    if forms::find_even_closed(conn, account, form)?.is_none() {
        return Ok(ReleaseOutcome::NoForm);
    }
    consent::hold(conn, account)?;
    let held = requests::held(conn, form, limit)?;
    for link in &held {
        requests::release(conn, link)?;
        let ids = [link.subscription_id].into_iter().chain(link.together.iter().copied());
        for id in ids {
            let pending = store::find(conn, id)?.filter(|found| found.state == State::Pending);
            let unwanted: Vec<_> = pending.into_iter().collect();
            end::end_each(conn, &unwanted, EndReason::Sender, &Circumstances::default(), now)?;
        }
    }
    let entry = Entry::of(by, "form.discard_held").account(account).subject(&form);
    audit::record(conn, &entry.reason(&held.len().to_string()), now)?;
    Ok(ReleaseOutcome::Done(held.len()))
}
