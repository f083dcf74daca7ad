//! Two writers at once on PostgreSQL: neither overwrites what the other wrote.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::RunQueryDsl;
use estampille::campaigns::{self, FreezeOutcome, PaceOutcome, PauseOutcome, State};
use estampille::deliveries::backlog::{self, Selection};
use estampille::deliveries::queue;
use estampille::pacing::Pace;
use estampille::storage::{Conn, StoreError};

use super::{begun, claimed, found, frozen, stamp};
use crate::people::world::World;
use crate::support::{DEADLINE, DatabaseKind};

/// Does `first` and keeps its transaction open until `second`, on another connection, waits for one of its rows.
pub(super) fn beside<T: Send>(
    world: &mut World,
    first: impl FnOnce(&mut Conn),
    second: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send,
) -> T {
    let (mut other, mut watcher) = (world.database.connect(), world.database.connect());
    std::thread::scope(|scope| {
        let (begin, begun) = mpsc::channel();
        let second = scope.spawn(move || {
            begun.recv().unwrap();
            other.in_write(second).unwrap()
        });
        let held = world.conn.in_write(|conn| {
            first(conn);
            begin.send(()).unwrap();
            until_somebody_waits(&mut watcher);
            Ok(())
        });
        held.unwrap();
        second.join().unwrap()
    })
}

fn until_somebody_waits(watcher: &mut Conn) {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        number: i64,
    }
    let sql = "SELECT count(*) AS number FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let begun = Instant::now();
    while diesel::sql_query(sql).get_result::<Number>(watcher).unwrap().number == 0 {
        assert!(begun.elapsed() < DEADLINE, "nobody waits for a row");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A campaign that was planned for two readers and is going to be frozen for three.
fn freezing(world: &mut World) -> estampille::storage::CampaignId {
    stamp(world, 2);
    let id = begun(world, None);
    world.stamp("third@reader.example");
    world.later(TimeDelta::hours(1));
    assert_eq!(world.write(|conn, _, now| campaigns::start(conn, now)), [id]);
    id
}

#[test]
fn a_pause_during_the_last_chunk_of_a_freeze_pauses_the_plan_of_the_frozen_audience() {
    let mut world = World::new(DatabaseKind::Postgres);
    let (id, account, now) = (freezing(&mut world), world.account, world.now);
    let told = beside(
        &mut world,
        |conn| assert_eq!(campaigns::freeze(conn, id, now).unwrap(), FreezeOutcome::Frozen),
        |conn| campaigns::pause(conn, account, id, "a mistake", now),
    );
    assert!(matches!(told, PauseOutcome::Paused(_)), "{told:?}");
    let campaign = found(&mut world, id);
    assert_eq!((campaign.state, campaign.audience), (State::Paused, 3));
    let plan = campaign.plan.unwrap();
    assert_eq!((plan.audience(), plan.is_paused(), plan.released(now)), (3, true, 0));
}

#[test]
fn a_freeze_leaves_a_campaign_alone_that_is_being_paused_and_goes_on_when_it_is_resumed() {
    let mut world = World::new(DatabaseKind::Postgres);
    let (id, account, now) = (freezing(&mut world), world.account, world.now);
    let told = beside(
        &mut world,
        |conn| drop(campaigns::pause(conn, account, id, "a mistake", now).unwrap()),
        |conn| campaigns::freeze(conn, id, now),
    );
    assert_eq!(told, FreezeOutcome::Nothing);
    let campaign = found(&mut world, id);
    assert!(campaign.plan.unwrap().is_paused() && campaign.frozen_at.is_none());
    world.write(|conn, _, now| campaigns::resume(conn, account, id, now));
    assert_eq!(world.write(|conn, _, now| campaigns::freeze(conn, id, now)), FreezeOutcome::Frozen);
    let plan = found(&mut world, id).plan.unwrap();
    assert_eq!((plan.audience(), plan.is_paused()), (3, false));
    assert_eq!(plan.released(now + TimeDelta::hours(1)), 3);
}

#[test]
fn a_freeze_begins_the_plan_with_the_pace_that_was_being_asked_for() {
    let mut world = World::new(DatabaseKind::Postgres);
    let (id, account, now) = (freezing(&mut world), world.account, world.now);
    let pace = Pace::PerHour { count: 7 };
    let told = beside(
        &mut world,
        |conn| {
            let told = campaigns::change_pace(conn, account, id, pace, now).unwrap();
            assert!(matches!(told, PaceOutcome::Changed(_)), "{told:?}");
        },
        |conn| campaigns::freeze(conn, id, now),
    );
    assert_eq!(told, FreezeOutcome::Frozen);
    assert_eq!(found(&mut world, id).plan.unwrap().pace(), pace);
}

#[test]
fn what_a_node_claims_meanwhile_is_neither_purged_nor_skipped_nor_counted_so() {
    for is_purge in [true, false] {
        let mut world = World::new(DatabaseKind::Postgres);
        stamp(&mut world, 2);
        let id = frozen(&mut world, None);
        let now = world.now + TimeDelta::hours(1);
        let chosen = Selection { campaign_id: Some(id), ..Selection::default() };
        let taken_out = beside(
            &mut world,
            |conn| assert_eq!(claimed(conn, now), 2),
            |conn| {
                if is_purge {
                    backlog::purge(conn, &chosen, 100, now)
                } else {
                    queue::skip_campaign(conn, id, 100, now)
                }
            },
        );
        assert_eq!(taken_out, 0);
        let held = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state = 'claimed'";
        assert_eq!(world.count(held), 2);
        assert_eq!(world.count("SELECT CAST(count(*) AS BIGINT) AS number FROM campaign_progress"), 0);
    }
}
