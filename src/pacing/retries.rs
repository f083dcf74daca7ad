//! How fast what was deferred may go again: within the hours, and at the rate of the plan.

use super::Plan;
use super::plan::narrow;
use crate::clock::Timestamp;

/// A retry waits no longer than this for its turn, however slow the plan is; in milliseconds.
const LONGEST_WAIT: i128 = 10_000;
/// A turn that came later than this is not made up for.
const LONGEST_TURN: chrono::TimeDelta = chrono::TimeDelta::seconds(10);

impl Plan {
    /// Whether its hours are open; a plan without hours always is.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours().is_none_or(|hours| hours.is_open(now))
    }

    /// How many retries may go now, when the last ones went at `since`.
    ///
    /// Retries have no positions. So that all that fell due during a pause or a night does not go at once, they go at
    /// the rate of the plan: as many as it counts between the two moments.
    #[must_use]
    pub fn retries(&self, since: Timestamp, now: Timestamp) -> i64 {
        if self.is_paused() || !self.is_open(now) {
            return 0;
        }
        (self.counted(now) - self.counted(since.max(now - LONGEST_TURN))).max(0)
    }

    /// What the rate counts from 1970 on.
    fn counted(&self, until: Timestamp) -> i64 {
        let (count, millis) = (i128::from(self.rate_count.max(1)), i128::from(self.rate_millis.max(1)));
        let (count, millis) = if count * LONGEST_WAIT < millis { (1, LONGEST_WAIT) } else { (count, millis) };
        narrow(i128::from(until.micros()) * count / (millis * 1000))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::pacing::{Hours, Pace};

    const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// What goes again in an hour of five turns a second.
    fn in_an_hour(pace: Pace, audience: i64) -> i64 {
        let plan = Plan::start(pace, None, audience, NOON);
        let turn = |turn: i32| NOON + TimeDelta::milliseconds(200) * turn;
        (0..18_000).map(|at| plan.retries(turn(at), turn(at + 1))).sum()
    }

    #[test]
    fn retries_go_at_the_rate_of_the_plan_and_at_least_one_every_ten_seconds() {
        for (pace, audience, wanted) in [
            (Pace::PerHour { count: 1000 }, 50_000, 1000),
            (Pace::PerHour { count: 100_000 }, 50_000, 100_000),
            (Pace::PerHour { count: 1 }, 50_000, 360),
            (Pace::SpreadOver { seconds: 36_000 }, 50_000, 5042),
        ] {
            let gone = in_an_hour(pace, audience);
            assert!((wanted - 1..=wanted + 1).contains(&gone), "{gone}, not {wanted}: {pace:?}");
        }
    }

    #[test]
    fn a_turn_that_came_late_is_not_made_up_for() {
        let plan = Plan::start(Pace::PerHour { count: 3600 }, None, 50_000, NOON);
        assert_eq!(plan.retries(NOON - TimeDelta::days(1), NOON), 10);
        assert_eq!(plan.retries(NOON, NOON), 0);
    }

    #[test]
    fn nothing_goes_again_outside_of_the_hours_nor_during_a_pause() {
        let at = |text: &str| Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let hours = Hours::read("08:00", "20:00", "UTC");
        let plan = Plan::start(Pace::PerHour { count: 3600 }, hours, 50_000, at("2026-07-01T08:00:00Z"));
        for (now, wanted) in [
            ("2026-07-01T19:59:59Z", 1),
            ("2026-07-01T20:10:00Z", 0),
            ("2026-07-02T07:59:59Z", 0),
            ("2026-07-02T08:00:01Z", 1),
        ] {
            assert_eq!(plan.retries(at(now) - TimeDelta::seconds(1), at(now)), wanted, "{now}");
            assert_eq!(plan.paused(at(now)).retries(at(now) - TimeDelta::seconds(1), at(now)), 0, "{now}");
        }
    }
}
