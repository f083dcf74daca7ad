//! How many people a list has, and how that moved.

mod store;

use super::State;
use crate::storage::{Conn, ListId, StoreError, Timestamp};

/// How many subscriptions of a list stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Asked for, not confirmed yet.
    pub pending: i64,
    /// Stamped.
    pub confirmed: i64,
    /// Over.
    pub ended: i64,
}

/// What happened on a list since some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Movement {
    /// Confirmed since then, and still confirmed.
    pub joined: i64,
    /// Had been confirmed, and ended since then.
    pub left: i64,
}

/// How many subscriptions of this list stand where. Look the list up by its account before.
///
/// # Errors
/// When the database cannot be read.
pub fn tally(conn: &mut Conn, list: ListId) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    for (state, count) in store::by_state(conn, list)? {
        match state {
            State::Pending => tally.pending = count,
            State::Confirmed => tally.confirmed = count,
            State::Ended => tally.ended = count,
        }
    }
    Ok(tally)
}

/// Who came and who left since `since`. Look the list up by its account before.
///
/// # Errors
/// When the database cannot be read.
pub fn movement(conn: &mut Conn, list: ListId, since: Timestamp) -> Result<Movement, StoreError> {
    Ok(Movement { joined: store::joined(conn, list, since)?, left: store::left(conn, list, since)? })
}
