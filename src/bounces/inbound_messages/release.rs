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
    if !store::release(conn, id)? {
        return Ok(ReleaseOutcome::NoSuch);
    }
    audit::record(conn, &Entry::of(by, "report.release").subject(&id).reason(reason), now)?;
    Ok(ReleaseOutcome::Released)
}
