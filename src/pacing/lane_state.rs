//! How a lane stands, and what replies do to it. Pure: the climb back is a function of the time, nothing is written for it.

use chrono::TimeDelta;

use super::Step;
use crate::clock::Timestamp;

/// What stands in the database of how a lane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneState {
    /// The share of its rate with which it went on at `since`, in thousandths.
    permille: i64,
    /// When a reply changed it; none for a lane that goes as it should.
    since: Option<Timestamp>,
    /// Until when it stands still.
    stopped_until: Option<Timestamp>,
}

/// How a lane stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// At its full rate.
    Open,
    /// At so many thousandths of its rate.
    Slowed(i64),
    /// Nothing goes until then.
    Stopped(Timestamp),
}

/// The whole rate, in thousandths.
const WHOLE: i64 = 1000;
/// It climbs by a tenth of the whole rate …
const TENTH: i64 = 100;
/// … each time that so much has passed without another such reply.
const CLIMBS_EVERY: TimeDelta = TimeDelta::minutes(10);
/// A lane is never slower than this: somebody has to find out whether it goes again.
const SLOWEST: i64 = 10;
/// Replies to what was under way when the lane was slowed say nothing new.
const SAME_REPLY: TimeDelta = TimeDelta::seconds(60);

impl LaneState {
    /// A lane that goes as it should.
    pub const OPEN: Self = Self { permille: WHOLE, since: None, stopped_until: None };

    /// A lane that somebody opened at that moment.
    #[must_use]
    pub const fn opened(at: Timestamp) -> Self {
        Self { permille: WHOLE, since: Some(at), stopped_until: None }
    }

    /// As it stands in the database.
    #[must_use]
    pub const fn stored(permille: i64, since: Option<Timestamp>, stopped_until: Option<Timestamp>) -> Self {
        Self { permille, since, stopped_until }
    }

    /// How it stands now.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        if let Some(until) = self.stopped_until.filter(|until| now < *until) {
            return Standing::Stopped(until);
        }
        let Some(since) = self.stopped_until.or(self.since) else { return Standing::Open };
        let climbed = now.since(since).num_seconds().max(0) / CLIMBS_EVERY.num_seconds();
        let permille = self.permille.saturating_add(climbed.saturating_mul(TENTH));
        if permille >= WHOLE { Standing::Open } else { Standing::Slowed(permille.max(SLOWEST)) }
    }

    /// The share of its rate that it has now, in thousandths; 0 while it stands still.
    #[must_use]
    pub fn permille(&self, now: Timestamp) -> i64 {
        self.standing(now).permille()
    }

    /// When it has its whole rate again, if nothing more happens.
    #[must_use]
    pub fn open_at(&self) -> Option<Timestamp> {
        let from = self.stopped_until.or(self.since)?;
        let climbs = ((WHOLE - self.permille).max(0) + TENTH - 1) / TENTH;
        Some(from + CLIMBS_EVERY * i32::try_from(climbs).unwrap_or(i32::MAX))
    }

    /// The lane after a reply.
    #[must_use]
    pub fn after(self, step: Step, now: Timestamp) -> Self {
        match (step, self.standing(now)) {
            (Step::Nothing, _) | (Step::Halve, Standing::Stopped(_)) => self,
            (Step::Halve, Standing::Slowed(_)) if self.is_fresh(now) => self,
            (Step::Halve, standing) => {
                Self { permille: (standing.permille() / 2).max(SLOWEST), since: Some(now), stopped_until: None }
            }
            (Step::Stop(time), standing) => {
                let until = now + time;
                let until = if let Standing::Stopped(before) = standing { before.max(until) } else { until };
                Self { permille: TENTH, since: Some(now), stopped_until: Some(until) }
            }
        }
    }

    /// Whether what came of mail that left at that moment says something new: what left before the lane last changed
    /// does not know of the change.
    #[must_use]
    pub fn is_news(&self, left_at: Option<Timestamp>) -> bool {
        !matches!((self.since, left_at), (Some(since), Some(left)) if left < since)
    }

    /// When a reply last changed it.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// What stands in the database: thousandths, since when, and until when it stands still.
    #[must_use]
    pub const fn parts(&self) -> (i64, Option<Timestamp>, Option<Timestamp>) {
        (self.permille, self.since, self.stopped_until)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| now.since(since) < SAME_REPLY)
    }
}

impl Standing {
    /// The share of the rate, in thousandths.
    #[must_use]
    pub const fn permille(self) -> i64 {
        match self {
            Self::Open => WHOLE,
            Self::Slowed(permille) => permille,
            Self::Stopped(_) => 0,
        }
    }

    /// Of two that hold at once, the slower one.
    #[must_use]
    pub fn slower(self, other: Self) -> Self {
        match (self, other) {
            (Self::Stopped(one), Self::Stopped(two)) => Self::Stopped(one.max(two)),
            _ if self.permille() <= other.permille() => self,
            _ => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn minutes(count: i64) -> Timestamp {
        START + TimeDelta::minutes(count)
    }

    #[test]
    fn a_throttled_lane_goes_at_half_its_rate_and_climbs_by_tenths() {
        let halved = LaneState::OPEN.after(Step::Halve, START);
        for (after, wanted) in [(0, 500), (9, 500), (10, 600), (25, 700), (49, 900), (50, 1000), (500, 1000)] {
            assert_eq!(halved.permille(minutes(after)), wanted, "after {after} minutes");
        }
        assert_eq!(halved.open_at(), Some(minutes(50)));
    }

    #[test]
    fn the_replies_of_one_moment_halve_it_once_and_a_later_one_again() {
        let mut lane = LaneState::OPEN;
        for second in 0..50 {
            lane = lane.after(Step::Halve, START + TimeDelta::seconds(second));
        }
        assert_eq!(lane.standing(minutes(1)), Standing::Slowed(500));
        let lane = lane.after(Step::Halve, minutes(2)).after(Step::Halve, minutes(4));
        assert_eq!(lane.standing(minutes(4)), Standing::Slowed(125));
    }

    /// PAC-02: TSS04 stops the lane for two hours; then it climbs from a tenth.
    #[test]
    fn a_stopped_lane_stands_for_its_time_and_then_climbs_from_a_tenth() {
        let stopped = LaneState::OPEN.after(Step::Stop(TimeDelta::minutes(120)), START);
        assert_eq!(stopped.standing(minutes(119)), Standing::Stopped(minutes(120)));
        assert_eq!(stopped.after(Step::Halve, minutes(3)), stopped, "what was under way says nothing new");
        for (after, wanted) in [(120, 100), (130, 200), (209, 900), (210, 1000)] {
            assert_eq!(stopped.permille(minutes(after)), wanted, "after {after} minutes");
        }
        let longer = stopped.after(Step::Stop(TimeDelta::minutes(15)), minutes(10));
        assert_eq!(longer.standing(minutes(119)), Standing::Stopped(minutes(120)), "a shorter stop shortens nothing");
    }

    #[test]
    fn what_left_before_the_lane_changed_says_nothing_new() {
        assert!(LaneState::OPEN.is_news(Some(START)));
        let halved = LaneState::OPEN.after(Step::Halve, minutes(10));
        assert!(!halved.is_news(Some(minutes(9))) && halved.is_news(Some(minutes(10))) && halved.is_news(None));
    }

    #[test]
    fn of_two_states_the_slower_one_holds() {
        let stopped = Standing::Stopped(START);
        assert_eq!(Standing::Open.slower(Standing::Slowed(400)), Standing::Slowed(400));
        assert_eq!(Standing::Slowed(100).slower(stopped), stopped);
        assert_eq!(Standing::Stopped(minutes(1)).slower(stopped), Standing::Stopped(minutes(1)));
    }

    proptest! {
        /// Whatever is answered, the share stays within its bounds, never rises by a reply, and comes back by itself.
        #[test]
        fn a_reply_never_makes_a_lane_faster_and_silence_opens_it(
            replies in prop::collection::vec((0_i64..7200, 0_u8..3, 1_i64..300), 0..40)
        ) {
            let (mut lane, mut now) = (LaneState::OPEN, START);
            for (wait, what, length) in replies {
                now = now + TimeDelta::seconds(wait);
                let before = lane.permille(now);
                let step = [Step::Nothing, Step::Halve, Step::Stop(TimeDelta::minutes(length))][usize::from(what)];
                lane = lane.after(step, now);
                let (permille, since, until) = lane.parts();
                prop_assert_eq!(LaneState::stored(permille, since, until), lane);
                prop_assert!(lane.permille(now) <= before);
                prop_assert!(matches!(lane.standing(now), Standing::Stopped(_)) || lane.permille(now) >= SLOWEST);
            }
            prop_assert_eq!(lane.standing(now + TimeDelta::hours(24)), Standing::Open);
            prop_assert!(lane.open_at().is_none_or(|at| lane.standing(at) == Standing::Open));
        }
    }
}
