//! The course of a simulated campaign, second by second.

use chrono::TimeDelta;

use super::lane::Lane;
use super::world::World;
use crate::config::RetrySettings;
use crate::pacing::{Hours, Pace, Plan};
use crate::storage::Timestamp;

/// What is to be played through.
#[derive(Debug, Clone)]
pub struct Scenario<'a> {
    /// Who receives.
    pub world: &'a World,
    /// How many recipients.
    pub audience: i64,
    /// How fast.
    pub pace: Pace,
    /// In which hours.
    pub hours: Option<Hours>,
    /// When it begins.
    pub start: Timestamp,
    /// What follows a 4xx.
    pub retry: RetrySettings,
    /// Whether the providers do not know the sender yet: lower ceilings, and a warm-up by the day.
    pub is_new_sender: bool,
    /// How much time one row of the table covers; it divides an hour.
    pub step: TimeDelta,
    /// Another number deals the cards anew.
    pub seed: u64,
}

/// How it went.
#[derive(Debug, Clone)]
pub struct Course {
    /// How many recipients.
    pub audience: i64,
    /// Its plan.
    pub plan: Plan,
    /// When it began.
    pub start: Timestamp,
    /// When the last recipient was done, or when it was given up as endless.
    pub end: Timestamp,
    /// How much time one step covers.
    pub step: TimeDelta,
    /// Each lane, in the order of the world.
    pub lanes: Vec<LaneCourse>,
}

/// How it went in one lane.
#[derive(Debug, Clone)]
pub struct LaneCourse {
    /// The lane.
    pub name: String,
    /// How many recipients are in it.
    pub recipients: i64,
    /// Its ceiling an hour.
    pub ceiling: Option<i64>,
    /// How many steps make an hour.
    pub steps_an_hour: i64,
    /// What went, step by step.
    pub steps: Vec<Step>,
    /// The most attempts in sixty minutes.
    pub most_in_an_hour: i64,
    /// How many were put off until their time was over.
    pub given_up: i64,
    /// Whether the lane, and not the plan, said at some time how fast it goes.
    pub was_held: bool,
    /// The last reply that slowed or stopped it.
    pub said: Option<String>,
}

/// What went in one step of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Attempts.
    pub tried: i64,
    /// Of these, first ones.
    pub first: i64,
    /// Of the attempts, accepted.
    pub accepted: i64,
    /// Put off.
    pub deferred: i64,
    /// Refused for good.
    pub refused: i64,
}

/// A course that has not ended by then does not end.
const ENDLESS: TimeDelta = TimeDelta::days(120);
const TICK: TimeDelta = TimeDelta::seconds(5);
/// Outside of the hours nothing happens.
const CLOSED_TICK: TimeDelta = TimeDelta::minutes(1);

/// Plays a campaign through to its end.
#[must_use]
pub fn run(scenario: &Scenario<'_>) -> Course {
    let plan = Plan::start(scenario.pace, scenario.hours, scenario.audience, scenario.start);
    let parts = scenario.world.parts(scenario.audience);
    let manners = scenario.world.provider.iter().zip(parts);
    let mut lanes: Vec<Lane<'_>> = manners.map(|(manners, part)| Lane::new(scenario, manners, part)).collect();
    let mut now = scenario.start;
    while lanes.iter().any(|lane| !lane.is_done()) && now.since(scenario.start) < ENDLESS {
        let is_open = plan.is_open(now);
        if is_open {
            let (released, step) = (plan.released(now), scenario.step_of(now));
            lanes.iter_mut().for_each(|lane| lane.turn(released, step, now));
        }
        now = now + if is_open { TICK } else { CLOSED_TICK };
    }
    let lanes = lanes.into_iter().map(Lane::into_course).collect();
    Course { audience: scenario.audience, plan, start: scenario.start, end: now, step: scenario.step, lanes }
}

impl Scenario<'_> {
    /// A number that belongs to one recipient of a lane.
    pub(super) fn draw(&self, lane: &str, recipient: i64) -> u64 {
        let lane = lane.bytes().fold(self.seed, |sum, byte| sum.rotate_left(8) ^ u64::from(byte));
        mixed(lane ^ mixed(recipient.unsigned_abs()))
    }

    pub(super) fn minute_of(&self, now: Timestamp) -> i64 {
        now.since(self.start).num_minutes()
    }

    fn step_of(&self, now: Timestamp) -> usize {
        let length = self.step.num_seconds().max(1);
        usize::try_from(now.since(self.start).num_seconds() / length).unwrap_or(0)
    }
}

/// SplitMix64: neighbours become strangers.
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Course {
    /// How many steps it took.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.lanes.iter().map(|lane| lane.steps.len()).max().unwrap_or(0)
    }
}

impl LaneCourse {
    pub(super) fn new(name: String, recipients: i64, ceiling: Option<i64>, step: TimeDelta) -> Self {
        Self {
            name,
            recipients,
            ceiling,
            steps_an_hour: 3600 / step.num_seconds().clamp(1, 3600),
            steps: Vec::new(),
            most_in_an_hour: 0,
            given_up: 0,
            was_held: false,
            said: None,
        }
    }

    /// The counts of a step.
    pub(super) fn step(&mut self, index: usize) -> &mut Step {
        if self.steps.len() <= index {
            self.steps.resize(index + 1, Step::default());
        }
        // It was made long enough just now.
        #[expect(clippy::indexing_slicing, reason = "resized above")]
        &mut self.steps[index]
    }

    /// The sum over all steps.
    #[must_use]
    pub fn total(&self) -> Step {
        self.steps.iter().fold(Step::default(), |sum, step| Step {
            tried: sum.tried + step.tried,
            first: sum.first + step.first,
            accepted: sum.accepted + step.accepted,
            deferred: sum.deferred + step.deferred,
            refused: sum.refused + step.refused,
        })
    }
}
