//! Stopping and restarting the campaigns of one account.

use super::store;
use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// Stops the campaigns of an account until it is resumed; `false` when there is no such account.
///
/// Confirmations and unsubscriptions of its subscribers go on.
///
/// # Errors
/// When the database refuses.
pub fn pause(conn: &mut Conn, id: AccountId, reason: &str, by: Actor, now: Timestamp) -> Result<bool, StoreError> {
    if !store::set_pause(conn, id, Some((reason, now)))? {
        return Ok(false);
    }
    audit::record(conn, &Entry::of(by, "account.pause").account(id).subject(&id).reason(reason), now)?;
    Ok(true)
}

/// Lets the campaigns of an account go on; `false` when there is no such account.
///
/// # Errors
/// When the database refuses.
pub fn resume(conn: &mut Conn, id: AccountId, reason: &str, by: Actor, now: Timestamp) -> Result<bool, StoreError> {
    if !store::set_pause(conn, id, None)? {
        return Ok(false);
    }
    audit::record(conn, &Entry::of(by, "account.resume").account(id).subject(&id).reason(reason), now)?;
    Ok(true)
}
