//! How often something may happen in a time: counted in the database, so that every node sees the same count.
//!
//! What is counted has a name without personal data: an address or a network is named by [`name`].

mod store;

use chrono::TimeDelta;

use crate::keyring::{Keyring, Purpose};
use crate::storage::{Conn, StoreError, Timestamp};

/// The grain of a count: a ceiling "in a day" slides by this step.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The name of the count of recipients that the listener for reports refused because their mark is not ours.
pub const REFUSED_REPORTS: &str = "inbound/refused";

/// A name for counting something personal: keyed, so that the counters of a stolen database name nobody.
#[must_use]
pub fn name(keys: &Keyring, what: &str, of: &str) -> String {
    let named = keys.derive(Purpose::Ceiling, format!("{what}/{of}").as_bytes());
    format!("{what}/{}", named.first().map_or("", String::as_str))
}

/// How often it happened in the last `span`, give or take a window.
///
/// # Errors
/// When the database cannot be read.
pub fn hits(conn: &mut Conn, name: &str, span: TimeDelta, now: Timestamp) -> Result<i64, StoreError> {
    store::sum_since(conn, name, (now - span).window(WINDOW))
}

/// Counts that it happened once more.
///
/// # Errors
/// When the database cannot do it.
pub fn hit(conn: &mut Conn, name: &str, now: Timestamp) -> Result<(), StoreError> {
    hit_times(conn, name, 1, now)
}

/// Counts that it happened so many times more.
///
/// # Errors
/// When the database cannot do it.
pub fn hit_times(conn: &mut Conn, name: &str, times: i64, now: Timestamp) -> Result<(), StoreError> {
    store::add(conn, name, now.window(WINDOW), times)
}

/// How often it happened in each window that reaches into the last `span`: when each window begins, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn windows(
    conn: &mut Conn,
    name: &str,
    span: TimeDelta,
    now: Timestamp,
) -> Result<Vec<(Timestamp, i64)>, StoreError> {
    store::since(conn, name, (now - span).window(WINDOW))
}

/// Drops the counts of windows before `before`; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    store::delete_before(conn, before)
}
