//! How much a new sender may send to one provider in a day, and what the day before says of the next. Pure.
//!
//! No provider publishes a curve. They agree on three things: begin small, never double at once, and grow only while
//! what comes back is quiet (Google, "Email sender guidelines": "increase the sending volume slowly").

use serde::Serialize;

use super::Trouble;

/// What a day's ceiling is spread over, so that the day does not begin with a spike; where fewer hours are open, these,
/// because a ceiling that can never be used would never grow.
const HOURS_OF_A_DAY: i64 = 8;

/// What a day at one provider came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// The most that was allowed.
    pub ceiling: i64,
    /// What was tried.
    pub tried: i64,
    /// Of these, refused or returned for good.
    pub hard: i64,
    /// Of these, put off.
    pub deferred: i64,
    /// Complaints that came in on the day.
    pub complaints: i64,
}

impl Day {
    /// Counts one more trouble.
    pub(super) const fn meet(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Hard => self.hard += 1,
            Trouble::Deferred => self.deferred += 1,
            Trouble::Complaint => self.complaints += 1,
        }
    }
}

/// What the next day may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step", content = "ceiling")]
pub enum Step {
    /// Half as much again.
    Grow(i64),
    /// The same: too little was tried to learn from it, or something came back.
    Hold(i64),
    /// Half: much came back.
    Back(i64),
    /// There is no ceiling any more.
    Warm,
}

/// The first day's ceiling.
pub const FIRST_CEILING: i64 = 100;
/// Who was trusted with so many in a day is not new any more.
pub const WARM_AT: i64 = 20_000;
/// Fewer say nothing.
const SMALLEST_SAMPLE: i64 = 20;
/// In thousandths of what was tried, beyond which nothing grows; twice as much steps back.
const MOST_HARD: i64 = 20;
const MOST_DEFERRED: i64 = 50;
const MOST_COMPLAINTS: i64 = 1;

/// Decides what follows a day that is over (PAC-05).
#[must_use]
pub fn after(day: &Day) -> Step {
    let ceiling = day.ceiling.max(FIRST_CEILING);
    match strain(day) {
        Strain::Much => Step::Back((ceiling / 2).max(FIRST_CEILING)),
        Strain::Some => Step::Hold(ceiling),
        // A ceiling that was not used has proved nothing.
        Strain::None if day.tried * 2 < ceiling => Step::Hold(ceiling),
        Strain::None if ceiling >= WARM_AT => Step::Warm,
        Strain::None => Step::Grow(ceiling + ceiling / 2),
    }
}

enum Strain {
    None,
    Some,
    Much,
}

fn strain(day: &Day) -> Strain {
    if day.tried < SMALLEST_SAMPLE {
        return Strain::None;
    }
    let reaches = |times: i64| {
        [(day.hard, MOST_HARD), (day.deferred, MOST_DEFERRED), (day.complaints, MOST_COMPLAINTS)]
            .iter()
            // One single event is never a share.
            .any(|(count, most)| *count > 1 && count * 1000 >= most * times * day.tried)
    };
    if reaches(2) {
        Strain::Much
    } else if reaches(1) {
        Strain::Some
    } else {
        Strain::None
    }
}

/// The most of a day's ceiling that may go in one hour of a campaign that has so many hours a day.
#[must_use]
pub fn hourly(ceiling: i64, open_hours: i64) -> i64 {
    let hours = open_hours.clamp(1, HOURS_OF_A_DAY);
    // Rounded up: the hours of a day together are the whole ceiling.
    ((ceiling + hours - 1) / hours).max(1)
}

impl Step {
    /// The next day's ceiling; none when it is warm.
    #[must_use]
    pub const fn ceiling(self) -> Option<i64> {
        match self {
            Self::Grow(ceiling) | Self::Hold(ceiling) | Self::Back(ceiling) => Some(ceiling),
            Self::Warm => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUIET: Day = Day { ceiling: 1000, tried: 1000, hard: 0, deferred: 0, complaints: 0 };

    #[test]
    fn pac_05_a_quiet_day_that_was_used_grows_by_half_and_a_troubled_one_freezes_or_steps_back() {
        for (day, wanted) in [
            (QUIET, Step::Grow(1500)),
            (Day { tried: 499, ..QUIET }, Step::Hold(1000)),
            (Day { hard: 19, ..QUIET }, Step::Grow(1500)),
            (Day { hard: 20, ..QUIET }, Step::Hold(1000)),
            (Day { hard: 40, ..QUIET }, Step::Back(500)),
            (Day { deferred: 50, ..QUIET }, Step::Hold(1000)),
            (Day { deferred: 100, ..QUIET }, Step::Back(500)),
            (Day { complaints: 1, ..QUIET }, Step::Grow(1500)),
            (Day { complaints: 2, ..QUIET }, Step::Back(500)),
            (Day { ceiling: 3000, tried: 2400, complaints: 3, ..QUIET }, Step::Hold(3000)),
            (Day { ceiling: 100, tried: 100, hard: 50, ..QUIET }, Step::Back(100)),
            (Day { tried: 10, hard: 10, ..QUIET }, Step::Hold(1000)),
            (Day { ceiling: 20_000, tried: 20_000, ..QUIET }, Step::Warm),
        ] {
            assert_eq!(after(&day), wanted, "{day:?}");
        }
    }

    #[test]
    fn a_sender_without_trouble_is_warm_in_a_fortnight() {
        let mut ceiling = FIRST_CEILING;
        let mut days = 0;
        while let Some(next) = after(&Day { ceiling, tried: ceiling, ..QUIET }).ceiling() {
            (ceiling, days) = (next, days + 1);
            assert!(days < 20);
        }
        assert_eq!(days, 14);
    }

    proptest! {
        #[test]
        fn pac_05_no_day_ever_doubles_the_one_before(
            ceiling in 0_i64..100_000, tried in 0_i64..100_000, hard in 0_i64..1000, deferred in 0_i64..1000,
            complaints in 0_i64..100,
        ) {
            let day = Day { ceiling, tried, hard, deferred, complaints };
            if let Some(next) = after(&day).ceiling() {
                prop_assert!(next >= FIRST_CEILING);
                prop_assert!(next <= ceiling.max(FIRST_CEILING) * 3 / 2);
            }
        }

        #[test]
        fn more_trouble_never_allows_more(hard in 0_i64..500, more in 0_i64..500) {
            let allowed = |hard| after(&Day { hard, ..QUIET }).ceiling().unwrap_or(i64::MAX);
            prop_assert!(allowed(hard + more) <= allowed(hard));
        }
    }
}
