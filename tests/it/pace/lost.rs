//! A claim whose answer was lost: the database carried it out, and the node never heard of it.

use chrono::TimeDelta;
use estampille::deliveries::queue;
use estampille::storage::{DeliveryId, Timestamp};

use super::beside::beside;
use super::{claimed, frozen, stamp};
use crate::people::world::World;
use crate::support::DatabaseKind;

/// Claims so many for a node.
fn take(world: &mut World, node: &str, limit: usize, now: Timestamp) -> Vec<DeliveryId> {
    super::take(world, node, limit, now).iter().map(|delivery| delivery.id).collect()
}

#[test]
fn what_a_node_never_heard_of_goes_back_at_once_and_what_anybody_holds_stays() {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        let mut world = World::new(kind);
        stamp(&mut world, 6);
        frozen(&mut world, None);
        let now = world.now + TimeDelta::hours(1);
        let held = take(&mut world, "a", 1, now);
        let lost = take(&mut world, "a", 3, now);
        let of_another = take(&mut world, "b", 2, now);
        assert_eq!((held.len(), lost.len(), of_another.len()), (1, 3, 2), "{kind:?}");
        let given = world.conn.in_write(|conn| queue::release_unknown(conn, "a", &held)).unwrap();
        assert_eq!(given, 3, "{kind:?}");
        for (node, count) in [("a", 1), ("b", 2)] {
            let of_node = format!("SELECT count(*) AS number FROM deliveries WHERE claimed_by = '{node}'");
            assert_eq!(world.count(&of_node), count, "{kind:?} {node}");
        }
        assert_eq!(world.conn.in_write(|conn| queue::release_unknown(conn, "c", &[])).unwrap(), 0, "{kind:?}");
        let again = take(&mut world, "c", 100, now);
        assert!(lost.iter().all(|id| again.contains(id)), "they go again: {kind:?}");
    }
}

#[test]
fn a_claim_that_is_still_under_way_is_waited_for() {
    let mut world = World::new(DatabaseKind::Postgres);
    stamp(&mut world, 2);
    frozen(&mut world, None);
    let now = world.now + TimeDelta::hours(1);
    let given =
        beside(&mut world, |conn| assert_eq!(claimed(conn, now), 2), |conn| queue::release_unknown(conn, "a", &[]));
    // Both readers' letters, and their confirmations before them.
    assert_eq!(given, 4);
}
