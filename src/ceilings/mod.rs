//! How often something may happen in a time: counted in the database, so that every node sees the same count.
//!
//! What is counted has a name without personal data: an address or a network is named by [`name`].

mod store;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::keyring::{Keyring, Purpose};
use crate::storage::{Conn, StoreError, Timestamp};

/// The grain of a count: a ceiling "in a day" slides by this step.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// The grain of what is usual.
const DAY: TimeDelta = TimeDelta::days(1);
/// The days that say what is usual.
const USUAL_DAYS: i32 = 7;
/// What the name of a count by days ends in.
const BY_DAYS: &str = "/days";

/// How long counts are kept; nothing looks further back.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(9);

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
    let sums = store::sums_since(conn, &[name.to_owned()], (now - span).window(WINDOW))?;
    Ok(sums.get(name).copied().unwrap_or_default())
}

/// [`hits`] of several names at once; a name that never happened is left out.
///
/// # Errors
/// When the database cannot be read.
pub fn hits_of(
    conn: &mut Conn,
    names: &[String],
    span: TimeDelta,
    now: Timestamp,
) -> Result<BTreeMap<String, i64>, StoreError> {
    store::sums_since(conn, names, (now - span).window(WINDOW))
}

/// How often it usually happens in an hour, by the seven whole days (UTC) before this one: those of [`hit_all`].
///
/// # Errors
/// When the database cannot be read.
pub fn usual_an_hour(conn: &mut Conn, names: &[String], now: Timestamp) -> Result<BTreeMap<String, i64>, StoreError> {
    let by_days: Vec<String> = names.iter().map(|name| format!("{name}{BY_DAYS}")).collect();
    let today = now.window(DAY);
    let sums = store::sums_between(conn, &by_days, today - DAY * USUAL_DAYS, today)?;
    let an_hour =
        |(name, sum): (String, i64)| (name.trim_end_matches(BY_DAYS).to_owned(), sum / i64::from(USUAL_DAYS * 24));
    Ok(sums.into_iter().map(an_hour).collect())
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

/// Counts each of these so many times more, also a negative number of times, in one statement.
///
/// # Errors
/// When the database cannot do it.
pub fn hit_each(conn: &mut Conn, times: &BTreeMap<String, i64>, now: Timestamp) -> Result<(), StoreError> {
    store::add_each(conn, times, now.window(WINDOW))
}

/// [`windows`] of several names at once; a name that never happened is left out.
///
/// # Errors
/// When the database cannot be read.
pub fn windows_of(
    conn: &mut Conn,
    names: &[String],
    span: TimeDelta,
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<(Timestamp, i64)>>, StoreError> {
    store::since_of(conn, names, (now - span).window(WINDOW))
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

/// Counts each of these once more, and those of `by_days` for what is usual too.
///
/// Always in the same order, so that two transactions on one set of names never wait for each other in turns. Call it
/// late in a transaction: on PostgreSQL the names stay taken until its end.
///
/// # Errors
/// When the database cannot do it.
pub fn hit_all(conn: &mut Conn, names: &[String], by_days: &[String], now: Timestamp) -> Result<(), StoreError> {
    let often = names.iter().chain(by_days).map(|name| (name.clone(), now.window(WINDOW)));
    let daily = by_days.iter().map(|name| (format!("{name}{BY_DAYS}"), now.window(DAY)));
    let mut rows: Vec<(String, Timestamp)> = often.chain(daily).collect();
    rows.sort();
    rows.dedup();
    rows.iter().try_for_each(|(name, window)| store::add(conn, name, *window, 1))
}

/// Takes a name for this transaction: whoever else takes it waits until the end of this one, and then sees what it wrote.
///
/// # Errors
/// When the database cannot do it.
pub fn hold(conn: &mut Conn, name: &str, now: Timestamp) -> Result<(), StoreError> {
    store::add(conn, name, now.window(DAY), 0)
}

/// Begins to count a name anew.
///
/// # Errors
/// When the database cannot do it.
pub fn reset(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    store::delete_name(conn, name)
}

/// Drops the counts of windows before `before`; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    store::delete_before(conn, before)
}
