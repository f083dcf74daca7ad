//! Properties of a plan: whatever happens to it, it loses nobody, doubles nobody and never bursts.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn seconds(count: i64) -> TimeDelta {
    TimeDelta::seconds(count)
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![
        (1_i64..2_000_000).prop_map(|seconds| Pace::SpreadOver { seconds }),
        (1_i64..1_000_000).prop_map(|count| Pace::PerHour { count }),
    ]
}

fn hours() -> impl Strategy<Value = Option<Hours>> {
    let window = (0_u32..24, 0_u32..24, prop::sample::select(vec!["Europe/Paris", "America/New_York", "Asia/Kolkata"]));
    prop::option::of(window.prop_map(|(from, to, zone)| {
        Hours::read(&format!("{from:02}:00"), &format!("{to:02}:30"), zone).expect("a window")
    }))
}

/// The steady rate in positions a second.
fn rate(plan: &Plan) -> f64 {
    plan.rate_count as f64 * 1000.0 / plan.rate_millis as f64
}

/// Fails when more goes out between two moments than the steady rate allows.
fn assert_no_burst(plan: &Plan, from: Timestamp, to: Timestamp, was: i64) {
    let passed = to.since(from).num_milliseconds() as f64 / 1000.0;
    let most = (rate(plan) * passed * 1.000_001).floor() + 1.0;
    let gone = plan.released(to) - was;
    assert!(gone as f64 <= most, "{gone} in {passed} s, at most {most}: {plan:?}");
}

proptest! {
    /// Every position is released exactly once: the count never falls and goes from nothing to the audience.
    #[test]
    fn every_position_is_released_exactly_once(
        pace in pace(), hours in hours(), audience in 0_i64..1_000_000, steps in prop::collection::vec(0.0_f64..1.1, 1..40)
    ) {
        let plan = Plan::start(pace, hours, audience, START);
        let end = plan.expected_end();
        let whole = end.since(START).num_microseconds().unwrap() as f64;
        let mut moments: Vec<i64> = steps.iter().map(|part| (part * whole) as i64).collect();
        moments.sort_unstable();
        let mut released = vec![plan.released(START - seconds(60)), plan.released(START)];
        released.extend(moments.iter().map(|micros| plan.released(START + TimeDelta::microseconds(*micros))));
        prop_assert_eq!(released[1], 0);
        prop_assert!(released.is_sorted());
        prop_assert_eq!(plan.released(end), audience);
        prop_assert_eq!(plan.released(end + seconds(864_000)), audience);
        prop_assert!(released.iter().all(|count| (0..=audience).contains(count)));
    }

    /// The promise of a plan: never more than the curve, and the curve keeps its pace.
    #[test]
    fn a_plan_never_runs_ahead_of_its_pace(pace in pace(), audience in 1_i64..1_000_000, at in 0_i64..3_000_000) {
        let plan = Plan::start(pace, None, audience, START);
        let now = START + seconds(at);
        let straight = match pace {
            Pace::PerHour { count } => (at as f64 * count as f64 / 3600.0).min(audience as f64),
            Pace::SpreadOver { seconds } => (at as f64 * audience as f64 / seconds as f64 / 0.95).min(audience as f64),
        };
        prop_assert!(plan.released(now) as f64 <= straight * 1.000_001 + 0.001);
    }

    #[test]
    fn a_spread_plan_ends_when_it_was_asked_to(seconds in 1_i64..2_000_000, audience in 1_i64..1_000_000) {
        let end = Plan::start(Pace::SpreadOver { seconds }, None, audience, START).expected_end();
        let off = end.since(START).num_milliseconds() - seconds * 1000;
        prop_assert!(off.abs() <= 2, "{off} ms off");
    }

    /// PAC-04: no burst at the start. The first minute holds at most half of what a steady minute holds.
    #[test]
    fn the_first_minute_is_gentle(seconds in 1200_i64..2_000_000, audience in 1_i64..1_000_000) {
        let plan = Plan::start(Pace::SpreadOver { seconds }, None, audience, START);
        let first = plan.released(START + self::seconds(60));
        prop_assert!(first as f64 <= rate(&plan) * 30.0 + 1.0);
    }

    /// Pausing, resuming, standing machines and new paces at random moments never lose anybody and never burst.
    #[test]
    fn whatever_is_done_to_a_plan_it_neither_loses_nor_bursts(
        first in pace(), hours in hours(), audience in 1_i64..100_000,
        events in prop::collection::vec((0_i64..20_000, 0_u8..4, pace()), 0..20)
    ) {
        let mut plan = Plan::start(first, hours, audience, START);
        let (mut now, mut out) = (START, 0);
        for (wait, what, pace) in events {
            let (before, passed) = (now, seconds(wait));
            now = now + passed;
            assert_no_burst(&plan, before, now, out);
            let released = plan.released(now);
            plan = match what {
                0 => plan.paused(now),
                1 => plan.resumed(now),
                2 => plan.with_pace(pace, hours, now),
                // The machine stood still: nothing went out since the last event.
                _ => plan.rebased(now, out).unwrap_or(plan),
            };
            prop_assert!(plan.released(now) <= released, "nothing is released by an event");
            prop_assert!(plan.released(now) >= out, "nothing is taken back");
            out = plan.released(now);
        }
        let plan = plan.resumed(now);
        prop_assert_eq!(plan.released(plan.expected_end()), audience);
    }

    #[test]
    fn a_plan_reads_back_as_it_was_written(pace in pace(), hours in hours(), audience in 0_i64..100_000) {
        let plan = Plan::start(pace, hours, audience, START).paused(START + seconds(77));
        prop_assert_eq!(Plan::read(&plan.written()), Some(plan));
    }
}

#[test]
fn a_campaign_over_the_change_to_summer_time_keeps_to_the_clock_on_the_wall() {
    let at = |text: &str| Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    // Paris: 08:00 is 07:00 UTC on Saturday and 06:00 UTC on the Sunday of the 23 hours.
    let hours = Hours::read("08:00", "20:00", "Europe/Paris");
    let plan = Plan::start(Pace::SpreadOver { seconds: 86_400 }, hours, 24_000, at("2026-03-28T07:00:00Z"));
    let evening = plan.released(at("2026-03-28T19:00:00Z"));
    assert!((11_800..12_000).contains(&evening), "{evening}");
    assert_eq!(plan.released(at("2026-03-29T06:00:00Z")), evening, "the night is closed");
    assert!(plan.released(at("2026-03-29T06:10:00Z")) > evening, "and the morning comes an hour of UTC earlier");
    assert_eq!(plan.expected_end(), at("2026-03-29T18:00:00Z"));
    // The Sunday of the 25 hours: 08:00 comes an hour of UTC later.
    let plan = Plan::start(Pace::SpreadOver { seconds: 86_400 }, hours, 24_000, at("2026-10-24T06:00:00Z"));
    assert_eq!(plan.released(at("2026-10-25T07:00:00Z")), plan.released(at("2026-10-24T18:00:00Z")));
    assert_eq!(plan.expected_end(), at("2026-10-25T19:00:00Z"));
}

#[test]
fn a_machine_that_stood_still_goes_on_at_the_rate_it_had() {
    let plan = Plan::start(Pace::PerHour { count: 3600 }, None, 36_000, START);
    let later = START + seconds(7200);
    assert!(plan.rebased(later, plan.released(later) - 30).is_none(), "half a minute behind is no lag");
    let rebased = plan.rebased(later, 100).expect("two hours behind");
    assert_eq!(rebased.released(later), 100);
    assert_eq!(rebased.released(later + seconds(60)), 160);
}

#[test]
fn the_drawn_points_run_from_nothing_to_everything() {
    let plan = Plan::start(Pace::SpreadOver { seconds: 3600 }, None, 1000, START);
    let points = plan.points(60);
    assert_eq!((points.len(), points[0], points[60]), (61, (START, 0), (START + seconds(3600), 1000)));
}
