//! The places of a list from which an audience is read: many at once, far apart, and each part of it written in a shuffled
//! order.
//!
//! So neighbours of the list are spread over the whole campaign, and the rows still go where the rows before them went:
//! positions grow, and nothing is written all over an index. The audience of a new sender is read from one place, by the
//! time of the stamps, the latest first: in each lane the most recently confirmed go first (PAC-05).

mod rows;
mod store;

use crate::clock::Timestamp;
use crate::storage::{Conn, StoreError, SubscriptionId};
pub(super) use rows::{name_lanes, unwrite, want_domains, write};
pub(super) use store::{begin, begin_by_stamps, bounds, move_on};

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
    /// Where it is read by the time of the stamps: this moment and the id `after` lie right behind what is next.
    pub(super) stamped_before: Option<Timestamp>,
}

/// A place of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: SubscriptionId,
    pub(super) stamped_at: Option<Timestamp>,
}

/// What is read next of a range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) range: Range,
    /// Its last subscription; none when there is nothing more.
    pub(super) last: Option<Place>,
    pub(super) count: i64,
    /// Whether nothing comes after it in its range.
    pub(super) is_end: bool,
}

/// Where the positions of a chunk lie, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shuffle {
    /// The first position of the chunk.
    pub(super) base: i64,
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
    let mut found = store::next(conn, freezing, &ranges, each)?;
    let part = |range: Range| {
        let (count, last) = found.remove(&range.number).unwrap_or((0, None));
        Part { range, last, count, is_end: count < each }
    };
    Ok(ranges.into_iter().map(part).collect())
}
