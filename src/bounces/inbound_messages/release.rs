//! An operator lets a complaint act whose reporter is not known.

use super::store;
use crate::audit::{self, Actor, Entry};
use crate::storage::{Conn, InboundMessageId, StoreError, Timestamp};

/// What came of [`release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// It waits to be judged again, and is believed.
    Released,
    /// There is no such complaint, or its text is not kept any more.
    NoSuch,
}

/// Has a complaint judged again as if its reporter were known, and says so in the audit.
///
/// # Errors
/// When the database could not be written.
pub fn release(
    conn: &mut Conn,
    id: InboundMessageId,
    reason: &str,
    by: Actor,
    now: Timestamp,
) -> Result<ReleaseOutcome, StoreError> {
    let Some(account) = store::release(conn, id)? else { return Ok(ReleaseOutcome::NoSuch) };
    let entry = Entry::of(by, "report.release").maybe_account(account).subject(&id).reason(reason);
    audit::record(conn, &entry, now)?;
    Ok(ReleaseOutcome::Released)
}
