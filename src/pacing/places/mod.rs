//! How many connections each node may have to a provider, so that all nodes together keep its ceiling.
//!
//! A node says now and then how many it could use and how many it has; what it may have is written down for a while. It
//! opens none before, and nobody else gets a place before it is given back, or the time of a node that died is over.

mod store;

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::storage::{Conn, StoreError};

/// A lane, and one of our source addresses: what a ceiling of connections counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// The lane.
    pub lane: String,
    /// The source address; empty where the machine chooses.
    pub source: String,
}

/// What a node could use of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Connections that it has.
    pub open: i64,
    /// Connections for which it has work.
    pub wanted: i64,
    /// The most that all nodes may have together.
    pub ceiling: i64,
}

/// What a node may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Connections by way; none of a way that is missing.
    pub places: BTreeMap<Way, i64>,
    /// How many nodes deliver, this one too.
    pub nodes: i64,
}

/// Nodes that got one less than others get one more after so many seconds.
const ROUND: i64 = 20;

/// Tells the other nodes what this one could use, and says what it may have until `until`.
///
/// # Errors
/// When the database cannot do it; then what was said before holds until its time is over.
pub fn share(
    conn: &mut Conn,
    node: &str,
    wishes: &BTreeMap<Way, Wish>,
    (now, until): (Timestamp, Timestamp),
) -> Result<Share, StoreError> {
    store::hold(conn)?;
    let others = store::of_others(conn, node, now)?;
    let mut nodes: Vec<&str> = others.iter().map(|row| row.node.as_str()).chain([node]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let place = |(way, wish): (&Way, &Wish)| {
        let on_way = || others.iter().filter(|row| row.lane == way.lane && row.source == way.source);
        let wanted: BTreeMap<&str, i64> =
            on_way().map(|row| (row.node.as_str(), row.wanted)).chain([(node, wish.wanted)]).collect();
        let fair = fair(wish.ceiling, &wanted, now.seconds() / ROUND).remove(node).unwrap_or(0);
        let free = wish.ceiling - on_way().map(|row| row.places).sum::<i64>();
        // What is open stays until it ends, and is not given to anybody meanwhile.
        (way.clone(), fair.min(free).max(0), wish.open)
    };
    let places: Vec<(Way, i64, i64)> = wishes.iter().map(place).collect();
    let row = |(way, may, open): &(Way, i64, i64)| {
        let wanted = wishes.get(way).map_or(0, |wish| wish.wanted);
        store::Row::new(way, node, (wanted, (*may).max(*open)), until)
    };
    let rows: Vec<store::Row> = places.iter().map(row).chain([store::Row::presence(node, until)]).collect();
    store::replace(conn, node, &rows, now)?;
    let places = places.into_iter().map(|(way, may, _)| (way, may)).collect();
    Ok(Share { places, nodes: i64::try_from(nodes.len()).unwrap_or(i64::MAX) })
}

/// Gives back all places of a node: it ended.
///
/// # Errors
/// When the rows cannot be written.
pub fn leave(conn: &mut Conn, node: &str) -> Result<(), StoreError> {
    store::forget(conn, node)
}

/// Shares `ceiling` places among those who want some: one after the other takes one, and the first is another one each
/// turn, so that nobody goes without for ever.
fn fair<'a>(ceiling: i64, wanted: &BTreeMap<&'a str, i64>, turn: i64) -> BTreeMap<&'a str, i64> {
    let mut order: Vec<(&str, i64)> = wanted.iter().map(|(node, wanted)| (*node, *wanted)).collect();
    let by = usize::try_from(turn).unwrap_or(0).checked_rem(order.len()).unwrap_or(0);
    order.rotate_left(by);
    let (mut left, mut got) = (ceiling.max(0), BTreeMap::new());
    while left > 0 && !order.is_empty() {
        order.retain(|(node, wanted)| {
            let so_far: &mut i64 = got.entry(*node).or_insert(0);
            if left > 0 && *so_far < *wanted {
                *so_far += 1;
                left -= 1;
            }
            *so_far < *wanted
        });
    }
    got
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_shared_evenly_and_what_one_leaves_over_the_others_have() {
        for (ceiling, wanted, turn, got) in [
            (5, vec![("a", 9)], 0, vec![5]),
            (5, vec![("a", 9), ("b", 9)], 0, vec![3, 2]),
            (5, vec![("a", 9), ("b", 9)], 1, vec![2, 3]),
            (5, vec![("a", 9), ("b", 1)], 1, vec![4, 1]),
            (2, vec![("a", 9), ("b", 9), ("c", 9)], 0, vec![1, 1, 0]),
            (2, vec![("a", 9), ("b", 9), ("c", 9)], 2, vec![1, 0, 1]),
            (5, vec![("a", 0), ("b", 2)], 0, vec![0, 2]),
        ] {
            let shared = fair(ceiling, &wanted.iter().copied().collect(), turn);
            let all: Vec<i64> = wanted.iter().map(|(node, _)| shared.get(node).copied().unwrap_or(0)).collect();
            assert_eq!(all, got, "{ceiling} {wanted:?} {turn}");
        }
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_it_wants_and_all_together_never_more_than_there_is(
            ceiling in 0_i64..40, wanted in prop::collection::vec(0_i64..20, 1..8), turn in 0_i64..100
        ) {
            let names: Vec<String> = (0..wanted.len()).map(|node| format!("node{node}")).collect();
            let wants: BTreeMap<&str, i64> = names.iter().map(String::as_str).zip(wanted.iter().copied()).collect();
            let got = fair(ceiling, &wants, turn);
            prop_assert_eq!(got.values().sum::<i64>(), ceiling.min(wanted.iter().sum()));
            prop_assert!(got.iter().all(|(node, got)| *got <= wants[node]));
        }
    }
}
