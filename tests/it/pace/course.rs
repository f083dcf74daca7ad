//! A night, a pause, a stop, and a pace that nobody could wait for.

use chrono::TimeDelta;
use estampille::app::App;
use estampille::campaigns::{self, PaceOutcome};
use estampille::clock::Clock;
use estampille::config::Settings;
use estampille::pacing::{Hours, Pace};
use estampille::worker;
use tempfile::TempDir;

use super::{claimed, found, frozen, stamp};
use crate::people::world::{World, on_both};
use crate::support::app::settings;
use crate::support::{DatabaseKind, Inbox, databases, until};

const DEFERRED: &str = "UPDATE deliveries SET state = 'deferred', attempts = 1 WHERE kind = 'campaign'";

#[test]
fn what_was_deferred_waits_for_the_hours_and_goes_again_at_the_pace_of_the_plan() {
    on_both(|mut world| {
        stamp(&mut world, 5);
        frozen(&mut world, Hours::read("08:00", "20:00", "UTC"));
        world.tamper(DEFERRED);
        // The story begins at eight in the morning.
        for (after, wanted) in [
            (TimeDelta::hours(12) + TimeDelta::minutes(10), 0),
            (TimeDelta::hours(23), 0),
            (TimeDelta::hours(24) + TimeDelta::seconds(5), 1),
            (TimeDelta::hours(24) + TimeDelta::seconds(6), 1),
        ] {
            let got = world.write(|conn, _, now| Ok(claimed(conn, now + after)));
            assert_eq!(got, wanted, "{after}");
        }
    });
}

#[test]
fn a_running_campaign_takes_no_pace_that_sends_nothing_or_lasts_longer_than_a_year() {
    on_both(|mut world| {
        stamp(&mut world, 3);
        let id = frozen(&mut world, Hours::read("08:00", "08:01", "UTC"));
        let account = world.account;
        let before = found(&mut world, id);
        for pace in [
            Pace::SpreadOver { seconds: i64::MAX },
            Pace::SpreadOver { seconds: 367 * 60 },
            Pace::SpreadOver { seconds: 0 },
            Pace::PerHour { count: 0 },
        ] {
            let told = world.write(|conn, _, now| campaigns::change_pace(conn, account, id, pace, now));
            assert!(matches!(told, PaceOutcome::Refused(_)), "{pace:?}: {told:?}");
            assert_eq!(found(&mut world, id), before);
        }
        let pace = Pace::SpreadOver { seconds: 300 * 60 };
        let told = world.write(|conn, _, now| campaigns::change_pace(conn, account, id, pace, now));
        assert!(matches!(told, PaceOutcome::Changed(_)), "{told:?}");
    });
}

/// Two hours in which nothing ran: the plan would have released everybody.
#[test]
fn the_time_in_which_the_machine_stood_still_is_not_caught_up_in_a_burst() {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        databases::on(kind, async move {
            let mut world = World::new(kind);
            stamp(&mut world, 20);
            let id = frozen(&mut world, None);
            world.later(TimeDelta::hours(2));
            let (inbox, folder) = (Inbox::start().await, TempDir::new().unwrap());
            let values = settings("http://127.0.0.1:1", &inbox.url(), &world.database.setting(), folder.path());
            let mut app = App::open(Settings::from_values(&values).unwrap()).unwrap();
            app.clock = Clock::standing_at(world.now);
            let running = worker::start(app).await.unwrap();
            // The confirmations that nobody needs any more go with the first claim.
            let single = "SELECT count(*) AS number FROM deliveries WHERE kind <> 'campaign' AND finished_at IS NULL";
            let world = std::cell::RefCell::new(world);
            until("the engine turned", || async { (world.borrow_mut().count(single) == 0).then_some(()) }).await;
            running.stop().await;
            let mut world = world.into_inner();
            let untouched = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state = 'queued'";
            assert_eq!(world.count(untouched), 20);
            let plan = found(&mut world, id).plan.unwrap();
            assert_eq!(plan.released(world.now + TimeDelta::seconds(5)), 5, "and then it keeps its rate");
        });
    }
}
