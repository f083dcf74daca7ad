//! A million recipients on a false clock.

use chrono::TimeDelta;

use super::*;
use crate::config::RetrySettings;
use crate::pacing::{Hours, Pace};
use crate::storage::Timestamp;

const RETRY: RetrySettings =
    RetrySettings { first: TimeDelta::minutes(20), longest: TimeDelta::hours(4), give_up_after: TimeDelta::days(4) };

fn scenario(world: &World) -> Scenario<'_> {
    let start = "2026-10-24T06:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
    Scenario {
        world,
        audience: 1_000_000,
        pace: Pace::SpreadOver { seconds: 2 * 86_400 },
        hours: None,
        start: Timestamp::from(start),
        retry: RETRY,
        is_new_sender: false,
        step: TimeDelta::minutes(10),
        seed: 1,
    }
}

/// PAC-01, PAC-02, PAC-04.
#[test]
fn a_million_go_in_two_days_evenly_below_every_ceiling_and_each_ends() {
    let world = World::built_in().expect("a world");
    let course = run(&scenario(&world));
    assert_eq!(review(&course), []);
    assert!(course.end.since(course.start) < TimeDelta::days(4), "{}", course.end.since(course.start));
    let total: i64 = course.lanes.iter().map(|lane| lane.total().first).sum();
    assert_eq!(total, 1_000_000);
    let even = course.lanes.iter().filter(|lane| unevenness(&course, lane).is_some()).count();
    assert!(even >= 3, "only {even} lanes were not held");
    let orange = course.lanes.iter().find(|lane| lane.name == "orange").expect("a lane");
    assert!(orange.total().deferred > 0, "it was closed for half an hour");
}

/// The night in which Paris gains an hour lies within; the other hours stay closed.
#[test]
fn hours_are_kept_over_the_end_of_summer_time() {
    let world = World::built_in().expect("a world");
    let hours = Hours::read("08:00", "20:00", "Europe/Paris");
    let course = run(&Scenario { hours, audience: 100_000, ..scenario(&world) });
    assert_eq!(review(&course), []);
    for lane in &course.lanes {
        for (index, step) in lane.steps.iter().enumerate() {
            let at = course.start + course.step * i32::try_from(index).expect("a number");
            let hour = at.utc().with_timezone(&chrono_tz::Europe::Paris).format("%H").to_string();
            let is_open = ("08".."20").contains(&hour.as_str());
            assert!(is_open || step.tried == 0, "{} at {hour}: {step:?}", lane.name);
        }
    }
}

/// PAC-05.
#[test]
fn a_new_sender_grows_by_half_a_day_at_most() {
    let world = World::built_in().expect("a world");
    let course = run(&Scenario { is_new_sender: true, audience: 60_000, ..scenario(&world) });
    assert_eq!(review(&course), []);
    let google = course.lanes.iter().find(|lane| lane.name == "google").expect("a lane");
    // The days of a warm-up are those of UTC; the first one begins at six.
    let (first, others) = google.steps.split_at(108);
    let days = std::iter::once(first).chain(others.chunks(144));
    let days: Vec<i64> = days.map(|day| day.iter().map(|step| step.tried).sum()).collect();
    assert_eq!(days[0], 100);
    let ended = days.len() - 1;
    for pair in days[..ended].windows(2) {
        assert!(pair[1] <= pair[0] * 3 / 2, "{days:?}");
    }
}

#[test]
fn what_a_throttling_provider_says_slows_its_lane_and_no_other() {
    let world = World::read(
        "[[provider]]\nlane = 'yahoo'\nshare = 1\ntolerates = 3000\nthrottle_reply = '421 4.7.0 [TSS04] deferred'\n\
         [[provider]]\nlane = 'google'\nshare = 1",
    )
    .expect("a world");
    let course = run(&Scenario { audience: 200_000, pace: Pace::SpreadOver { seconds: 36_000 }, ..scenario(&world) });
    assert_eq!(review(&course), []);
    let [yahoo, google] = course.lanes.as_slice() else { panic!("two lanes") };
    assert!(yahoo.said.as_deref().is_some_and(|said| said.contains("TSS04")), "{yahoo:?}");
    assert!(!google.was_held && google.steps.len() <= 61, "{}", google.steps.len());
    assert!(yahoo.steps.len() > google.steps.len());
}

#[test]
fn another_seed_deals_another_hand_and_the_same_seed_the_same() {
    let world = World::built_in().expect("a world");
    let totals = |seed| {
        let course = run(&Scenario { seed, audience: 20_000, ..scenario(&world) });
        course.lanes.iter().map(LaneCourse::total).collect::<Vec<_>>()
    };
    assert_eq!(totals(1), totals(1));
    assert_ne!(totals(1), totals(2));
}

#[test]
fn the_course_is_written_as_a_table_and_drawn() {
    let world = World::built_in().expect("a world");
    let course = run(&Scenario { audience: 20_000, pace: Pace::SpreadOver { seconds: 7200 }, ..scenario(&world) });
    let mut table = Vec::new();
    chart::csv(&course, &mut table).expect("a table");
    let mut rows = csv::Reader::from_reader(table.as_slice());
    let tried: i64 = rows.records().map(|row| row.expect("a row")[2].parse::<i64>().expect("a number")).sum();
    assert_eq!(tried, course.lanes.iter().map(|lane| lane.total().tried).sum::<i64>());
    let drawing = chart::svg(&course).expect("a drawing");
    assert_eq!(drawing.matches("<polyline").count(), course.lanes.len());
}
