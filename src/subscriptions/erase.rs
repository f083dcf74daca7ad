//! Erasure: everything ends, the address goes from every row, its keyed hash stays and stays suppressed (UNS-12).

use super::{Circumstances, EndReason, address_changes, end, leave_reasons, requests};
use crate::storage::{AccountId, Conn, StoreError, SubscriberId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::{consent, deliveries, suppressions};

/// What became of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraseOutcome {
    /// Erased now, or before.
    Erased,
    /// The account has no such subscriber.
    NotThere,
}

/// Erases what an account knows of a person.
///
/// What stays: the row with the keyed hash, when which list was asked for, confirmed and left, and the words that were
/// shown. What goes: the address, the answers, networks and user agents.
///
/// # Errors
/// When the database cannot do it.
pub fn erase(
    conn: &mut Conn,
    account: AccountId,
    id: SubscriberId,
    from: &Circumstances,
    now: Timestamp,
) -> Result<EraseOutcome, StoreError> {
    consent::hold(conn, account)?;
    let Some(subscriber) = subscribers::find(conn, account, id)? else { return Ok(EraseOutcome::NotThere) };
    // The wish is the last thing recorded, and it keeps no network of the person who wished it.
    let nameless = Circumstances { origin: from.origin.clone(), ..Circumstances::default() };
    end::end_all(conn, id, EndReason::Erased, &nameless, now)?;
    forget(conn, &subscriber, now)?;
    suppressions::suppress_erased(conn, account, &subscriber.address_hash, now)?;
    // The addresses that the person had before are theirs too.
    for former in subscribers::former(conn, id)? {
        if let Some(former) = subscribers::find(conn, account, former)? {
            forget(conn, &former, now)?;
            suppressions::suppress_erased(conn, account, &former.address_hash, now)?;
        }
    }
    Ok(EraseOutcome::Erased)
}

/// Takes the address and everything personal away from every row that has it.
pub(super) fn forget(conn: &mut Conn, subscriber: &Subscriber, now: Timestamp) -> Result<(), StoreError> {
    deliveries::forget_address(conn, subscriber.id)?;
    requests::forget_answers(conn, subscriber.id)?;
    leave_reasons::forget_comments(conn, subscriber.id)?;
    address_changes::forget(conn, subscriber.id)?;
    consent::forget_personal(conn, subscriber.account_id, subscriber.id)?;
    subscribers::blank(conn, subscriber.id, now)
}
