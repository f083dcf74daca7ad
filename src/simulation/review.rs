//! Whether a simulated campaign kept its promises.

use std::fmt;

use super::course::{Course, LaneCourse};
use crate::storage::Timestamp;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// More went in an hour than the lane's ceiling allows.
    AboveCeiling {
        /// The lane.
        lane: String,
        /// What went.
        most: i64,
        /// What may go.
        ceiling: i64,
    },
    /// A lane that nobody held back did not go evenly.
    Uneven {
        /// The lane.
        lane: String,
        /// How far a step was from the mean, in hundredths of it.
        percent: i64,
    },
    /// Somebody was neither accepted nor refused nor given up.
    Unfinished {
        /// The lane.
        lane: String,
        /// How many.
        left: i64,
    },
}

/// How far a step may be from the mean, in hundredths.
const TOLERATED: i64 = 10;

/// Looks for broken promises: no lane above its ceiling, flat within a tenth, everybody in a final state.
#[must_use]
pub fn review(course: &Course) -> Vec<Flaw> {
    course.lanes.iter().flat_map(|lane| review_lane(course, lane)).collect()
}

fn review_lane(course: &Course, lane: &LaneCourse) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if let Some(ceiling) = lane.ceiling.filter(|ceiling| lane.most_in_an_hour > *ceiling) {
        flaws.push(Flaw::AboveCeiling { lane: lane.name.clone(), most: lane.most_in_an_hour, ceiling });
    }
    let total = lane.total();
    let left = lane.recipients - total.accepted - total.refused - lane.given_up;
    if left != 0 {
        flaws.push(Flaw::Unfinished { lane: lane.name.clone(), left });
    }
    if let Some(percent) = unevenness(course, lane).filter(|percent| *percent > TOLERATED) {
        flaws.push(Flaw::Uneven { lane: lane.name.clone(), percent });
    }
    flaws
}

/// How far the first attempts of a step were from the mean of all steps, in hundredths; none where the lane itself, or
/// the shortness of the course, decided.
///
/// Looked at are the steps in which the plan goes at its steady rate from beginning to end.
#[must_use]
pub fn unevenness(course: &Course, lane: &LaneCourse) -> Option<i64> {
    if lane.was_held {
        return None;
    }
    let steady: Vec<i64> = lane
        .steps
        .iter()
        .enumerate()
        .filter(|(index, _)| is_steady(course, *index))
        .map(|(_, step)| step.first)
        .collect();
    let (count, sum) = (i64::try_from(steady.len()).unwrap_or(0), steady.iter().sum::<i64>());
    // A tenth of less than ten is no whole recipient.
    if count < 3 || sum / count < 10 {
        return None;
    }
    steady.iter().map(|first| (first * count - sum).abs() * 100 / sum).max()
}

/// Whether the plan is in its steady part over a whole step: neither in the gentle start, nor at its end, nor in a night.
fn is_steady(course: &Course, index: usize) -> bool {
    let from = course.start + course.step * i32::try_from(index).unwrap_or(i32::MAX);
    let until = from + course.step;
    let rate = |from: Timestamp, until: Timestamp| course.plan.released(until) - course.plan.released(from);
    let middle = from + course.step / 2;
    let (first, second) = (rate(from, middle), rate(middle, until));
    let is_open = course.plan.is_open(from) && course.plan.is_open(middle);
    is_open && until < course.plan.expected_end() && first > 0 && (second - first).abs() <= 1 + first / 100
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveCeiling { lane, most, ceiling } => {
                write!(f, "{lane}: {most} in an hour, and its ceiling is {ceiling}")
            }
            Self::Uneven { lane, percent } => write!(f, "{lane}: {percent} % away from an even course"),
            Self::Unfinished { lane, left } => write!(f, "{lane}: {left} recipients are not done after all that time"),
        }
    }
}
