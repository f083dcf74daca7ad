//! Erasure reaches what came back: replies quote the address, and so do the messages that brought them.

use super::{inbound_messages, store};
use crate::consent::Circumstances;
use crate::storage::{AccountId, Conn, StoreError, SubscriberId, Timestamp};
use crate::subscribers;
use crate::subscriptions::{self, EraseOutcome};

/// Erases what an account knows of a person ([`subscriptions::erase`]), and with it every reply and every message that
/// came in about or from the person. That a delivery came back, why and when, stays.
///
/// # Errors
/// When the database cannot do it.
pub fn erase_person(
    conn: &mut Conn,
    account: AccountId,
    id: SubscriberId,
    from: &Circumstances,
    now: Timestamp,
) -> Result<EraseOutcome, StoreError> {
    let mut people = vec![id];
    people.extend(subscribers::former(conn, id)?);
    // Before the addresses are gone: what the person mailed in is known by its sender.
    for person in &people {
        if let Some(address) = subscribers::find(conn, account, *person)?.and_then(|person| person.address) {
            inbound_messages::forget_sender(conn, account, &address)?;
        }
    }
    let outcome = subscriptions::erase(conn, account, id, from, now)?;
    if outcome == EraseOutcome::Erased {
        for person in people {
            store::forget_replies(conn, account, person)?;
            inbound_messages::forget_about(conn, person)?;
        }
    }
    Ok(outcome)
}
