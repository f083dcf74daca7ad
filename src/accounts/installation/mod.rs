//! What holds for the whole installation: the pause of all sending, and the numbers that machines ask for.

pub mod relays;
mod store;

use chrono::TimeDelta;

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

/// How much waits, and what has become of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Deliveries by the word of their state.
    pub deliveries: Vec<(String, i64)>,
    /// Messages that came in, by the word of their state.
    pub inbound: Vec<(String, i64)>,
    /// When the delivery that waits longest should have left; campaigns wait for their plan and do not count.
    pub oldest_due_at: Option<Timestamp>,
}

impl Numbers {
    /// For how long the delivery that waits longest has been due.
    #[must_use]
    pub fn oldest_due_age(&self, now: Timestamp) -> TimeDelta {
        self.oldest_due_at.map_or(TimeDelta::zero(), |due| now.since(due).max(TimeDelta::zero()))
    }
}

/// Counts what waits and what is done. Reads whole indexes: for a scrape every few seconds, not for each request.
///
/// # Errors
/// When the database cannot be read.
pub fn numbers(conn: &mut Conn, now: Timestamp) -> Result<Numbers, StoreError> {
    Ok(Numbers {
        deliveries: store::deliveries_by_state(conn)?,
        inbound: store::inbound_by_state(conn)?,
        oldest_due_at: store::oldest_due(conn, now)?,
    })
}

/// When the delivery that waits longest should have left; `None` when none is late.
///
/// # Errors
/// When the database cannot be read.
pub fn oldest_due(conn: &mut Conn, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    store::oldest_due(conn, now)
}
