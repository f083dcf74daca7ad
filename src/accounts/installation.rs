//! What holds for the whole installation: the pause of all sending.

use super::store;
use crate::audit::{self, Actor, Entry};
use crate::storage::{Conn, StoreError, Timestamp};

/// Why all sending stands still; `None` while it does not.
///
/// # Errors
/// When the database cannot be read.
pub fn sending_pause(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    store::sending_pause(conn)
}

/// Stops all sending, confirmations too, until it is resumed.
///
/// # Errors
/// When the database refuses.
pub fn pause_sending(conn: &mut Conn, reason: &str, by: Actor, now: Timestamp) -> Result<(), StoreError> {
    store::set_sending_pause(conn, Some((reason, now)))?;
    audit::record(conn, &Entry::of(by, "sending.pause").reason(reason), now)
}

/// Lets mail leave again.
///
/// # Errors
/// When the database refuses.
pub fn resume_sending(conn: &mut Conn, reason: &str, by: Actor, now: Timestamp) -> Result<(), StoreError> {
    store::set_sending_pause(conn, None)?;
    audit::record(conn, &Entry::of(by, "sending.resume").reason(reason), now)
}
