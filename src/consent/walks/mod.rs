//! What the last walk along each whole chain found: the worker walks every one of them once a day, because a long one
//! takes longer than somebody waits for a page.

mod store;

use chrono::TimeDelta;

use super::{Break, ChainState};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// A chain is walked again after this time.
const EVERY: TimeDelta = TimeDelta::days(1);

/// A walk that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastWalk {
    /// When it began: what was recorded later it may not have seen.
    pub walked_at: Timestamp,
    /// How many records there were; 0 where one of them was not as it was written.
    pub records: i64,
    /// The first thing that was not.
    pub broken: Option<Break>,
}

/// The account whose chain waits longest for somebody to try to walk it, among those that were not walked for a day;
/// `None` when each was walked within a day.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, now: Timestamp) -> Result<Option<AccountId>, StoreError> {
    store::due(conn, now - EVERY)
}

/// Notes that a chain is about to be walked: one that cannot be read to its end keeps no other one waiting.
///
/// # Errors
/// When the database cannot do it.
pub fn begin(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
    store::note_attempt(conn, account, now)
}

/// Writes down what a walk found.
///
/// # Errors
/// When the database cannot do it.
pub fn record(conn: &mut Conn, account: AccountId, state: &ChainState, began: Timestamp) -> Result<(), StoreError> {
    let (records, broken) = match state {
        ChainState::Whole(count) => (i64::try_from(*count).unwrap_or(i64::MAX), None),
        ChainState::Broken(found) => (0, Some(found.clone())),
    };
    store::put(conn, account, &PastWalk { walked_at: began, records, broken })
}

/// The last walk along an account's chain.
///
/// # Errors
/// When the database cannot be read.
pub fn last(conn: &mut Conn, account: AccountId) -> Result<Option<PastWalk>, StoreError> {
    store::find(conn, account)
}

/// The accounts in whose chains the last walk found a break.
///
/// # Errors
/// When the database cannot be read.
pub fn broken(conn: &mut Conn) -> Result<Vec<(String, Break)>, StoreError> {
    store::broken(conn)
}
