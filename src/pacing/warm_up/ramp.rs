//! How far one sender is with one provider: the ceiling of its day, and what went of it. Pure; the engine and the
//! simulation both go by it.

use chrono::TimeDelta;

use super::day::{self, Day, FIRST_CEILING, Step, after};
use crate::clock::Timestamp;
use crate::pacing::{Bucket, Flow};

/// The days of a warm-up are those of UTC.
pub const DAY: TimeDelta = TimeDelta::days(1);
/// A warm-up that needs longer than this has no end that anybody could name.
const LONGEST_OUTLOOK: i64 = 400;

/// A warm-up in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// When the day began that it is at.
    pub day_at: Timestamp,
    /// The ceiling of this day, and what it came to.
    pub day: Day,
    /// What of the ceiling may go at once, so that a day does not begin with a spike.
    pub bucket: Bucket,
    /// Since when there is no ceiling any more.
    pub warm_at: Option<Timestamp>,
}

impl Ramp {
    /// A sender of whom the provider knows nothing.
    #[must_use]
    pub fn cold(now: Timestamp) -> Self {
        let day = Day { ceiling: FIRST_CEILING, ..Day::default() };
        Self { day_at: now.window(DAY), day, bucket: Bucket::default(), warm_at: None }
    }

    /// The same on the day of `now`: what the days that are over say of it. A clock that was set back changes nothing.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let today = now.window(DAY);
        if self.warm_at.is_some() || today <= self.day_at {
            return self;
        }
        // Days on which nothing was sent say nothing: the one before them counts.
        match after(&self.day) {
            Step::Warm => Self { day_at: today, warm_at: Some(today), day: Day::default(), ..self },
            Step::Grow(ceiling) | Step::Hold(ceiling) | Step::Back(ceiling) => {
                Self { day_at: today, day: Day { ceiling, ..Day::default() }, ..self }
            }
        }
    }

    /// Whether there is no ceiling any more.
    #[must_use]
    pub const fn is_warm(&self) -> bool {
        self.warm_at.is_some()
    }

    /// How many may go now of a campaign that has so many hours a day.
    #[must_use]
    pub fn room(&self, open_hours: i64, now: Timestamp) -> i64 {
        if self.is_warm() {
            return i64::MAX;
        }
        (self.day.ceiling - self.day.tried).min(self.bucket.room(self.flow(open_hours), now)).max(0)
    }

    /// The ramp after so many of such a campaign went.
    #[must_use]
    pub fn take(self, count: i64, open_hours: i64, now: Timestamp) -> Self {
        if self.is_warm() || count < 1 {
            return self;
        }
        let day = Day { tried: self.day.tried + count, ..self.day };
        Self { day, bucket: self.bucket.take(self.flow(open_hours), count, now), ..self }
    }

    /// On which day the last of so many goes, if every day stays quiet and has so many open hours: when that day ends.
    #[must_use]
    pub fn outlook(&self, waiting: i64, open_hours: i64, now: Timestamp) -> Option<Timestamp> {
        let (mut ramp, mut left, mut at) = (self.at(now), waiting, now);
        for _ in 0..LONGEST_OUTLOOK {
            let left_of_day = (ramp.day_at + DAY).since(at).num_hours() + 1;
            let hours = left_of_day.min(open_hours.clamp(1, 24));
            let most =
                (day::hourly(ramp.day.ceiling, open_hours) * hours).min(ramp.day.ceiling - ramp.day.tried).max(0);
            if ramp.is_warm() || left <= most {
                return Some(ramp.day_at + DAY);
            }
            left -= most;
            ramp.day.tried += most;
            at = ramp.day_at + DAY;
            ramp = ramp.at(at);
        }
        None
    }

    fn flow(&self, open_hours: i64) -> Flow {
        Flow::hourly(day::hourly(self.day.ceiling, open_hours))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// Sends all that may go, every ten seconds of so many days; what went on each, and the most that went in an hour of each.
    fn played(ramp: Ramp, days: i64, hard_permille: i64) -> (Vec<i64>, Vec<i64>) {
        played_in(24, ramp, days, hard_permille)
    }

    /// The same with so many open hours a day.
    fn played_in(open_hours: i64, mut ramp: Ramp, days: i64, hard_permille: i64) -> (Vec<i64>, Vec<i64>) {
        let from = START.window(DAY);
        let (mut sums, mut peaks) = (Vec::new(), Vec::new());
        for day in 0..days {
            let (mut sum, mut peak) = (0, 0);
            for hour in 0..open_hours {
                let mut in_hour = 0;
                for look in 0..360 {
                    let now = from + TimeDelta::seconds(((day * 24 + hour) * 360 + look) * 10);
                    ramp = ramp.at(now);
                    let room = ramp.room(open_hours, now).min(1_000_000);
                    ramp = ramp.take(room, open_hours, now);
                    in_hour += room;
                }
                (sum, peak) = (sum + in_hour, peak.max(in_hour));
            }
            ramp.day.hard += sum * hard_permille / 1000;
            sums.push(sum);
            peaks.push(peak);
        }
        (sums, peaks)
    }

    /// PAC-05.
    #[test]
    fn pac_05_a_quiet_warm_up_grows_by_half_a_day_and_no_day_begins_with_a_spike() {
        let (sums, peaks) = played(Ramp::cold(START), 10, 0);
        assert_eq!(sums[0], 100);
        for pair in sums.windows(2) {
            assert!(pair[1] <= pair[0] * 3 / 2 && pair[1] > pair[0], "{sums:?}");
        }
        for (sum, peak) in sums.iter().zip(peaks) {
            assert!(peak <= sum / 8 + 1, "{peak} of {sum} in an hour");
        }
    }

    #[test]
    fn pac_05_a_sender_with_few_open_hours_grows_like_any_other() {
        for open_hours in 1..=24 {
            let (sums, peaks) = played_in(open_hours, Ramp::cold(START), 10, 0);
            let mut ceiling = FIRST_CEILING;
            for (sum, peak) in sums.iter().zip(&peaks) {
                assert!((ceiling * 9 / 10..=ceiling).contains(sum), "{open_hours}: {sum} of {ceiling}");
                assert!(*peak <= ceiling / open_hours.min(8) + 1, "{open_hours}: {peak} of {ceiling} in an hour");
                ceiling += ceiling / 2;
            }
        }
    }

    #[test]
    fn a_troubled_warm_up_does_not_grow_and_a_bad_one_falls_back() {
        let warmed = Ramp { day: Day { ceiling: 800, ..Day::default() }, ..Ramp::cold(START) };
        let (held, _) = played(warmed, 4, 25);
        assert!(held.iter().all(|sum| *sum == 800), "{held:?}");
        let (back, _) = played(warmed, 4, 60);
        assert_eq!(back, [800, 400, 200, 100]);
    }

    #[test]
    fn a_quiet_sender_is_warm_in_the_end_and_a_silent_week_changes_nothing() {
        let (sums, _) = played(Ramp::cold(START), 16, 0);
        assert!(*sums.last().unwrap() > 1_000_000, "{sums:?}");
        let used = Ramp::cold(START).take(60, 24, START);
        assert_eq!(used.at(START + TimeDelta::days(7)).day.ceiling, 150);
        let unused = Ramp::cold(START).take(10, 24, START);
        assert_eq!(unused.at(START + TimeDelta::days(7)).day.ceiling, 100);
        assert_eq!(used.at(START - TimeDelta::days(2)), used, "a clock that was set back");
    }

    #[test]
    fn the_outlook_is_the_day_on_which_the_last_one_really_goes() {
        let from = START.window(DAY);
        let (sums, _) = played(Ramp::cold(from), 12, 0);
        for waiting in [1, 100, 101, 1000, 9000] {
            let mut sum = 0;
            let day = sums.iter().position(|went| {
                sum += went;
                sum >= waiting
            });
            let day = TimeDelta::days(i64::try_from(day.unwrap()).unwrap() + 1);
            assert_eq!(Ramp::cold(from).outlook(waiting, 24, from), Some(from + day), "{waiting}");
        }
        assert_eq!(Ramp::cold(from).outlook(1000, 4, from), Ramp::cold(from).outlook(1000, 24, from));
        let late = from + TimeDelta::hours(20);
        assert!(Ramp::cold(late).outlook(90, 24, late) > Ramp::cold(late).outlook(40, 24, late), "few hours are left");
        let stuck = Ramp { day: Day { hard: 9, ..Ramp::cold(from).day }, ..Ramp::cold(from) };
        assert!(stuck.outlook(i64::MAX, 24, from).is_some(), "once it is warm there is no end to what goes");
    }

    proptest! {
        /// Whoever asks whenever: no day above its ceiling, and none more than half above the highest before it.
        #[test]
        fn no_day_is_above_its_ceiling(waits in prop::collection::vec((0_i64..50_000, 0_i64..400, 1_i64..25), 1..300)) {
            let (mut ramp, mut now) = (Ramp::cold(START), START);
            let mut highest = FIRST_CEILING;
            for (seconds, wanted, hours) in waits {
                now = now + TimeDelta::seconds(seconds);
                let today = ramp.at(now);
                if today.day_at != ramp.day_at {
                    prop_assert!(today.is_warm() || today.day.ceiling <= highest * 3 / 2);
                    highest = highest.max(today.day.ceiling);
                }
                let count = wanted.min(today.room(hours, now));
                ramp = today.take(count, hours, now);
                prop_assert!(ramp.is_warm() || ramp.day.tried <= ramp.day.ceiling);
            }
        }
    }
}
