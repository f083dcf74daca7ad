//! What may be released by now.
//!
//! A plan is a straight line over open time, with a gentle start: over the first tenth (ten minutes at most) the rate
//! grows from nothing. A pause, a resume, a new pace and a stopped machine each begin a new **leg**: it starts from what
//! was really released and keeps the rate, so that what was missed makes the end later and never the pace faster.

use serde::{Deserialize, Serialize};

use super::Hours;
use crate::clock::Timestamp;

/// How fast somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// All of it, evenly, in this much open time.
    SpreadOver {
        /// Open time in seconds; one at least.
        seconds: i64,
    },
    /// At most so many in an hour of open time.
    PerHour {
        /// Deliveries an hour; one at least.
        count: i64,
    },
}

/// A campaign's plan; its JSON stands in `campaigns.plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pace: Pace,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<Hours>,
    audience: i64,
    /// The steady rate: so many positions …
    pub(super) rate_count: i64,
    /// … in so many milliseconds of open time.
    pub(super) rate_millis: i64,
    leg: Leg,
    is_paused: bool,
}

/// The part of the plan in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Leg {
    /// Microseconds since 1970.
    at: i64,
    /// Positions released before it.
    before: i64,
    /// Open time it takes, in milliseconds.
    length: i64,
    /// Whether its rate grows from nothing.
    is_gentle: bool,
}

/// The gentle start takes a tenth of the leg, but never longer than ten minutes.
const LONGEST_RAMP: i64 = 600_000;
/// A plan counts as lagging when less is out than it foresaw this long ago.
const TOLERATED_LAG: chrono::TimeDelta = chrono::TimeDelta::seconds(60);

impl Plan {
    /// A plan that starts now.
    #[must_use]
    pub fn start(pace: Pace, hours: Option<Hours>, audience: i64, now: Timestamp) -> Self {
        let leg = Leg { at: now.micros(), before: 0, length: 0, is_gentle: true };
        let plan = Self { pace, hours, audience: audience.max(0), rate_count: 1, rate_millis: 1, leg, is_paused: true };
        Self { is_paused: false, ..plan.with_pace(pace, hours, now) }
    }

    /// How many positions, from 0 on, may be out by now: never falls, 0 at the start, the audience at the end.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> i64 {
        if self.is_paused {
            return self.leg.before;
        }
        let open = self.open_between(Timestamp::from_micros(self.leg.at), now) / 1000;
        self.leg.before + self.leg.released(self.audience - self.leg.before, open)
    }

    /// The same plan, standing still.
    #[must_use]
    pub fn paused(&self, now: Timestamp) -> Self {
        Self { is_paused: true, ..self.new_leg(now, self.released(now), true) }
    }

    /// The same plan, going on gently from where it stood.
    #[must_use]
    pub fn resumed(&self, now: Timestamp) -> Self {
        Self { is_paused: false, ..self.new_leg(now, self.released(now), true) }
    }

    /// The same plan with another pace and other hours for what is left: `SpreadOver` counts from now.
    #[must_use]
    pub fn with_pace(&self, pace: Pace, hours: Option<Hours>, now: Timestamp) -> Self {
        let before = self.released(now);
        let left = (self.audience - before).max(1);
        let (rate_count, rate_millis) = match pace {
            Pace::PerHour { count } => (count.max(1), 3_600_000),
            Pace::SpreadOver { seconds } => {
                let length = seconds.max(1).saturating_mul(1000);
                (left, (length - ramp(length) / 2).max(1))
            }
        };
        Self { pace, hours, rate_count, rate_millis, ..self.clone() }.new_leg(now, before, true)
    }

    /// A plan that goes on at its rate from what is really out, when that lags by more than a minute; else `None`.
    ///
    /// So a machine that stood still, or a relay that was away, leaves no burst behind; and a clock that was set back
    /// does not hold a campaign up until the old time comes again.
    #[must_use]
    pub fn rebased(&self, now: Timestamp, really_released: i64) -> Option<Self> {
        let is_lagging = self.released(now - TOLERATED_LAG) > really_released;
        let was_set_back = now + TOLERATED_LAG < Timestamp::from_micros(self.leg.at);
        let is_off = !self.is_paused && (is_lagging || was_set_back);
        is_off.then(|| self.new_leg(now, really_released.clamp(0, self.audience), false))
    }

    /// Whether it may be that less than foreseen is out, when the first position that still waits is `first`.
    #[must_use]
    pub fn may_lag(&self, now: Timestamp, first: i64) -> bool {
        self.rebased(now, first).is_some()
    }

    /// When everything will be released, as far as the plan goes; a paused one counts from when it was paused.
    #[must_use]
    pub fn expected_end(&self) -> Timestamp {
        self.after(Timestamp::from_micros(self.leg.at), self.leg.length.saturating_mul(1000))
    }

    /// The curve of the leg in force as `count` + 1 points evenly spaced in time, for drawing.
    #[must_use]
    pub fn points(&self, count: usize) -> Vec<(Timestamp, i64)> {
        let (start, end) = (self.leg.at, self.expected_end().micros());
        let steps = i64::try_from(count).unwrap_or(i64::MAX).max(1);
        let going = Self { is_paused: false, ..self.clone() };
        (0..=steps)
            .map(|step| {
                let along = i128::from(end - start) * i128::from(step) / i128::from(steps);
                let at = Timestamp::from_micros(start.saturating_add(narrow(along)));
                (at, going.released(at))
            })
            .collect()
    }

    /// The pace asked for.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// The hours asked for.
    #[must_use]
    pub const fn hours(&self) -> Option<Hours> {
        self.hours
    }

    /// On how many hours of a day mail leaves.
    #[must_use]
    pub fn open_hours(&self) -> i64 {
        Hours::open_of_a_day(self.hours)
    }

    /// How many positions there are.
    #[must_use]
    pub const fn audience(&self) -> i64 {
        self.audience
    }

    /// Whether it stands still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Reads what [`Plan::written`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The plan as it stands in the database.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn new_leg(&self, now: Timestamp, before: i64, is_gentle: bool) -> Self {
        let left = i128::from(self.audience - before);
        let steady = narrow(left * i128::from(self.rate_millis) / i128::from(self.rate_count.max(1)));
        let length = if is_gentle { with_ramp(steady) } else { steady };
        Self { leg: Leg { at: now.micros(), before, length, is_gentle }, ..self.clone() }
    }

    fn open_between(&self, start: Timestamp, end: Timestamp) -> i64 {
        match &self.hours {
            Some(hours) => hours.open_between(start, end),
            None => end.micros().saturating_sub(start.micros()).max(0),
        }
    }

    fn after(&self, start: Timestamp, open: i64) -> Timestamp {
        match &self.hours {
            Some(hours) => hours.after(start, open),
            None => Timestamp::from_micros(start.micros().saturating_add(open)),
        }
    }
}

impl Leg {
    /// How many of `left` positions are out after `open` milliseconds of open time.
    fn released(&self, left: i64, open: i64) -> i64 {
        if open >= self.length {
            return left;
        }
        let ramp = if self.is_gentle { i128::from(ramp(self.length)) } else { 0 };
        let (left, open, twice) = (i128::from(left), i128::from(open), 2 * i128::from(self.length) - ramp);
        let share = if open < ramp { left * open * open / (ramp * twice) } else { left * (2 * open - ramp) / twice };
        narrow(share)
    }
}

/// How long the rate grows in a leg of this length, in milliseconds.
fn ramp(length: i64) -> i64 {
    (length / 10).min(LONGEST_RAMP)
}

/// The length of a leg that starts gently and then goes on at the rate at which it would take `steady` milliseconds.
fn with_ramp(steady: i64) -> i64 {
    // Half of the ramp is lost: a twentieth of the whole, or five minutes.
    steady.saturating_mul(20).div_euclid(19).min(steady.saturating_add(LONGEST_RAMP / 2))
}

pub(super) fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
