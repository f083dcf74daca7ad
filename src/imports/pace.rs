//! How many of an import's people may be asked by now: a few at first, more each day, evenly over the day. Pure.

use chrono::TimeDelta;

use crate::storage::Timestamp;

/// People asked on the first day where nobody says otherwise.
pub const USUAL_PER_DAY: i64 = 1000;
/// The most that may be said.
pub const MOST_PER_DAY: i64 = 10_000;
/// The most that the growth leads to.
const CEILING: i64 = 50_000;
/// After a standstill that would let so much go at once, the pace starts anew from where it is.
const LONGEST_GAP: TimeDelta = TimeDelta::minutes(10);

/// A stretch of time in which the pace was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// People asked on its first day; each day half as many more.
    pub per_day: i64,
    /// When it began.
    pub leg_at: Timestamp,
    /// How many had been asked before it.
    pub leg_from: i64,
}

const DAY: i64 = 86_400;

impl Pace {
    /// How many may have been asked by `now`.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> i64 {
        let mut left = now.since(self.leg_at).num_seconds().max(0);
        let (mut total, mut day) = (0_i64, 0);
        while left >= DAY {
            total = total.saturating_add(self.rate(day));
            left -= DAY;
            day += 1;
        }
        self.leg_from.saturating_add(total).saturating_add(self.rate(day).saturating_mul(left) / DAY)
    }

    /// People asked on this day of the stretch, from 0.
    fn rate(&self, day: u32) -> i64 {
        let mut rate = self.per_day.clamp(1, CEILING);
        for _ in 0..day.min(20) {
            rate = rate.saturating_mul(3).saturating_div(2).min(CEILING);
        }
        rate
    }

    /// The rate of this moment, people a day.
    #[must_use]
    pub fn rate_at(&self, now: Timestamp) -> i64 {
        let days = now.since(self.leg_at).num_seconds().max(0) / DAY;
        self.rate(u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// The pace from here on, where nothing was asked for so long that what was missed would go in one burst.
    #[must_use]
    pub fn after_a_gap(&self, asked: i64, now: Timestamp) -> Option<Self> {
        let rate = self.rate_at(now);
        let allowed = rate.saturating_mul(LONGEST_GAP.num_seconds()) / DAY + 10;
        (self.released(now) - asked > allowed).then(|| self.from_here(rate, asked, now))
    }

    /// A new stretch at this rate.
    #[must_use]
    pub const fn from_here(&self, per_day: i64, asked: i64, now: Timestamp) -> Self {
        Self { per_day, leg_at: now, leg_from: asked }
    }

    /// Days until `total` are asked, from now on.
    #[must_use]
    pub fn days_left(&self, total: i64, now: Timestamp) -> i64 {
        let days = now.since(self.leg_at).num_seconds().max(0) / DAY;
        let mut left = total.saturating_sub(self.released(now));
        let (mut ahead, mut day) = (0, u32::try_from(days).unwrap_or(u32::MAX));
        while left > 0 && ahead < 10_000 {
            left -= self.rate(day);
            day = day.saturating_add(1);
            ahead += 1;
        }
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const PACE: Pace = Pace { per_day: 1000, leg_at: START, leg_from: 0 };

    #[test]
    fn a_thousand_on_the_first_day_half_as_many_more_each_day_and_never_more_than_the_ceiling() {
        let at = |hours| PACE.released(START + TimeDelta::hours(hours));
        assert_eq!([at(0), at(6), at(12), at(24), at(48), at(72)], [0, 250, 500, 1000, 2500, 4750]);
        assert_eq!(PACE.released(START - TimeDelta::hours(1)), 0);
        assert_eq!(PACE.rate_at(START + TimeDelta::days(365)), CEILING);
        let mut before = 0;
        for minutes in 0..20_000 {
            let now = PACE.released(START + TimeDelta::minutes(minutes));
            assert!(now >= before && now - before <= CEILING / 1440 + 1, "minute {minutes}");
            before = now;
        }
    }

    #[test]
    fn a_standstill_is_not_caught_up_in_a_burst() {
        let later = START + TimeDelta::hours(30);
        assert_eq!(PACE.after_a_gap(1370, later), None, "as it should be");
        let anew = PACE.after_a_gap(100, later).unwrap();
        assert_eq!((anew.released(later), anew.per_day), (100, 1500));
        assert_eq!(anew.released(later + TimeDelta::hours(24)), 1600);
    }

    #[test]
    fn the_days_that_are_left_follow_the_growth() {
        assert_eq!(PACE.days_left(1000, START), 1);
        assert_eq!(PACE.days_left(4750, START), 3);
        assert_eq!(PACE.days_left(1_000_000, START), 28);
        assert_eq!(PACE.days_left(0, START), 0);
    }
}
