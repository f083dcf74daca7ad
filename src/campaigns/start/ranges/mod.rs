//! The places of a list from which an audience is read: many at once, far apart, and each part of it written in a shuffled
//! order.
//!
//! So neighbours of the list are spread over the whole campaign, and the rows still go where the rows before them went:
//! positions grow, and nothing is written all over an index.

mod store;

use crate::storage::{Conn, StoreError, SubscriptionId};
pub(super) use store::{begin, bounds, move_on, want_domains, write};

use super::store::Freezing;

/// Most places of a list that are read at once.
const MOST: i64 = 64;
/// Fewer subscriptions than this are no range of their own.
const FEWEST: i64 = 50;

/// A stretch of a list: the subscriptions after one, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) number: i64,
    pub(super) after: SubscriptionId,
    pub(super) upto: SubscriptionId,
}

/// What is read next of a range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) range: Range,
    /// Its last subscription; none when there is nothing more.
    pub(super) last: Option<SubscriptionId>,
    pub(super) count: i64,
    /// Whether nothing comes after it in its range.
    pub(super) is_end: bool,
}

/// Where the positions of a chunk lie, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shuffle {
    /// The first position of the chunk.
    pub(super) base: i64,
    /// How many of the chunk came before.
    pub(super) before: i64,
    pub(super) factor: i64,
    pub(super) offset: i64,
    /// How many positions the chunk has.
    pub(super) count: i64,
}

/// Into how many ranges a list of so many is cut.
pub(super) fn ranges_of(audience: i64) -> i64 {
    (audience / FEWEST).clamp(1, MOST)
}

/// About `chunk` subscriptions, the same number of each range.
pub(super) fn next(conn: &mut Conn, freezing: &Freezing, chunk: i64) -> Result<Vec<Part>, StoreError> {
    let ranges = store::open(conn, freezing)?;
    let each = (chunk / i64::try_from(ranges.len().max(1)).unwrap_or(1)).max(1);
    let part = |range: Range| {
        let (count, last) = store::next(conn, freezing, &range, each)?;
        Ok(Part { range, last, count, is_end: count < each })
    };
    ranges.into_iter().map(part).collect()
}
