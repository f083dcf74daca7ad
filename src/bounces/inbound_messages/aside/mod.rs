//! An operator decides about a complaint whose reporter is not known: it acts, or it never does.

mod store;

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

/// What came of [`dismiss`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DismissOutcome {
    /// It changes nobody, and nobody is asked about it any more.
    Dismissed,
    /// There is no such complaint.
    NoSuch,
}

/// Sets a complaint aside for good, and says so in the audit. A copy of it acts no more either.
///
/// # Errors
/// When the database could not be written.
pub fn dismiss(
    conn: &mut Conn,
    id: InboundMessageId,
    reason: &str,
    by: Actor,
    now: Timestamp,
) -> Result<DismissOutcome, StoreError> {
    let Some(account) = store::dismiss(conn, id, now)? else { return Ok(DismissOutcome::NoSuch) };
    let entry = Entry::of(by, "report.dismiss").maybe_account(account).subject(&id).reason(reason);
    audit::record(conn, &entry, now)?;
    Ok(DismissOutcome::Dismissed)
}
