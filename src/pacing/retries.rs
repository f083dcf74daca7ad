//! What a lane may take of a campaign's pace: what was missed is worked off a little faster than planned, never in a
//! burst, and what was deferred goes again at the same pace beside it.

use super::{Flow, Plan};
use crate::clock::Timestamp;

/// What lags goes on at eleven tenths of its pace.
const ELEVEN_TENTHS: (i128, i128) = (11, 10);
/// What a lane may take at once of its pace, in seconds of it.
const SECONDS_IN_HAND: i64 = 2;
/// A retry waits no longer than this for its turn, however slow the plan is; in milliseconds.
const LONGEST_WAIT: i128 = 10_000;

impl Plan {
    /// Whether its hours are open; a plan without hours always is.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours().is_none_or(|hours| hours.is_open(now))
    }

    /// Whether anything of it may go at this moment.
    #[must_use]
    pub fn is_going(&self, now: Timestamp) -> bool {
        !self.is_paused() && self.is_open(now)
    }

    /// How fast first attempts in a lane with `part` of the audience may go, at `permille` thousandths of the pace.
    ///
    /// Positions are shuffled, so a lane that goes on time takes no more than its part of the rate anyway. This holds one
    /// that lags.
    #[must_use]
    pub fn flow(&self, part: i64, permille: i64) -> Flow {
        let (more, than) = ELEVEN_TENTHS;
        let (count, millis) = self.rate_of(part);
        Flow::of(count * i128::from(permille.max(1)) * more, millis * 1000 * than, SECONDS_IN_HAND)
    }

    /// How fast retries in a lane with `part` of the audience may go.
    ///
    /// They have no positions. So that all that fell due during a pause or a night does not go at once, they go at the
    /// rate of the plan, and at least one every ten seconds.
    #[must_use]
    pub fn retry_flow(&self, part: i64) -> Flow {
        let (count, millis) = self.rate_of(part);
        let is_slow = count * LONGEST_WAIT < millis;
        if is_slow { Flow::of(1, LONGEST_WAIT, 1) } else { Flow::of(count, millis, 1) }
    }

    /// The steady rate of a part of the audience: so many in so many milliseconds.
    fn rate_of(&self, part: i64) -> (i128, i128) {
        let (count, millis) = (i128::from(self.rate_count.max(1)), i128::from(self.rate_millis.max(1)));
        (count * i128::from(part.max(1)), millis * i128::from(self.audience().max(part).max(1)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::pacing::{Bucket, Hours, Pace};

    const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// What goes in a time of five turns a second when there is always enough.
    fn drained(flow: Flow, from: Timestamp, time: TimeDelta) -> i64 {
        let (mut bucket, mut sum) = (Bucket::default(), 0);
        for turn in 0..i32::try_from(time.num_milliseconds() / 200).unwrap() {
            let now = from + TimeDelta::milliseconds(200) * turn;
            let count = bucket.room(flow, now);
            bucket = bucket.take(flow, count, now);
            sum += count;
        }
        sum
    }

    #[test]
    fn retries_go_at_the_rate_of_the_plan_and_at_least_one_every_ten_seconds() {
        for (pace, audience, wanted) in [
            (Pace::PerHour { count: 1000 }, 50_000, 1000),
            (Pace::PerHour { count: 100_000 }, 50_000, 100_000),
            (Pace::PerHour { count: 1 }, 50_000, 360),
            (Pace::SpreadOver { seconds: 36_000 }, 50_000, 5042),
        ] {
            let plan = Plan::start(pace, None, audience, NOON);
            let gone = drained(plan.retry_flow(audience), NOON, TimeDelta::hours(1));
            let most = wanted + wanted / 3600 + 2;
            assert!((wanted - wanted / 500 - 1..=most).contains(&gone), "{gone}, not {wanted}: {pace:?}");
        }
    }

    #[test]
    fn nothing_goes_outside_of_the_hours_nor_during_a_pause() {
        let at = |text: &str| Timestamp::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let hours = Hours::read("08:00", "20:00", "UTC");
        let plan = Plan::start(Pace::PerHour { count: 3600 }, hours, 50_000, at("2026-07-01T08:00:00Z"));
        for (now, wanted) in [
            ("2026-07-01T19:59:59Z", true),
            ("2026-07-01T20:10:00Z", false),
            ("2026-07-02T07:59:59Z", false),
            ("2026-07-02T08:00:01Z", true),
        ] {
            assert_eq!(plan.is_going(at(now)), wanted, "{now}");
            assert!(!plan.paused(at(now)).is_going(at(now)), "{now}");
        }
    }

    proptest! {
        /// A lane that stood still for however long goes on at eleven tenths of its part, and makes up for nothing at once.
        #[test]
        fn a_lane_that_lags_never_bursts(
            count in 1_i64..3_000_000, audience in 1_i64..1_000_000, part in 1_i64..1_000_000, silence in 0_i64..100_000_000
        ) {
            let part = part.min(audience);
            let plan = Plan::start(Pace::PerHour { count }, None, audience, NOON);
            let minute = drained(plan.flow(part, 1000), NOON + TimeDelta::seconds(silence), TimeDelta::minutes(1));
            let planned = count as f64 / 60.0 * part as f64 / audience as f64;
            prop_assert!(minute as f64 <= planned * 1.1 * 62.0 / 60.0 + 2.0, "{minute} in a minute of {planned}");
        }
    }
}
