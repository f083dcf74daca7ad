//! One lane of a simulated campaign: what waits in it, what goes, and what its provider says.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use chrono::TimeDelta;

use super::course::{LaneCourse, Scenario};
use super::world::{Answer, Manners};
use crate::bounces::heard;
use crate::deliveries::retry::{Retry, after_refusal};
use crate::pacing::warm_up::{self, Ramp};
use crate::pacing::{Bucket, Flow, Hours, LaneState, OTHER, Provider, Standing};
use crate::storage::Timestamp;

/// A lane on its way.
pub(super) struct Lane<'a> {
    scenario: &'a Scenario<'a>,
    manners: &'a Manners,
    provider: Option<&'static Provider>,
    ceiling: Option<i64>,
    /// Of the audience, how many are in it.
    part: i64,
    /// How many of these had their first attempt.
    begun: i64,
    waiting: BinaryHeap<Reverse<Waiting>>,
    bucket: Bucket,
    state: LaneState,
    hour: LastHour,
    warm_up: Option<Ramp>,
    course: LaneCourse,
}

/// Somebody who was put off.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    due_at: Timestamp,
    recipient: i64,
    attempts: i32,
    expires_at: Timestamp,
}

/// Before its first attempt a delivery has no end of its own.
const NO_END: TimeDelta = TimeDelta::days(3650);

impl<'a> Lane<'a> {
    pub(super) fn new(scenario: &'a Scenario<'a>, manners: &'a Manners, part: i64) -> Self {
        let provider = Provider::by_name(&manners.lane).or_else(|| Provider::by_name(OTHER));
        let ceiling = provider.and_then(|provider| provider.ceilings(scenario.is_new_sender).hourly);
        let warms_up = scenario.is_new_sender && warm_up::applies_to(&manners.lane);
        Self {
            scenario,
            manners,
            provider,
            ceiling,
            part,
            begun: 0,
            waiting: BinaryHeap::new(),
            bucket: Bucket::default(),
            state: LaneState::OPEN,
            hour: LastHour::default(),
            warm_up: warms_up.then(|| Ramp::cold(scenario.start)),
            course: LaneCourse::new(manners.lane.clone(), part, ceiling, scenario.step),
        }
    }

    /// Whether everybody in it was accepted, refused or given up.
    pub(super) fn is_done(&self) -> bool {
        self.begun == self.part && self.waiting.is_empty()
    }

    /// Sends what may go now, when so many of the whole audience are released.
    pub(super) fn turn(&mut self, released: i64, step: usize, now: Timestamp) {
        self.hour.move_to(self.scenario.minute_of(now));
        self.warm_up = self.warm_up.map(|ramp| ramp.at(now));
        let flow = self.flow(now);
        let room = self.room(flow, now);
        let audience = i128::from(self.scenario.audience.max(1));
        let released = i64::try_from(i128::from(released) * i128::from(self.part) / audience).unwrap_or(self.part);
        let mut sent = 0;
        while sent < room && self.waiting.peek().is_some_and(|Reverse(next)| next.due_at <= now) {
            let Some(Reverse(next)) = self.waiting.pop() else { break };
            self.attempt(&next, step, now);
            sent += 1;
        }
        while sent < room && self.begun < released {
            let expires_at = self.scenario.start + NO_END;
            self.attempt(&Waiting { due_at: now, recipient: self.begun, attempts: 0, expires_at }, step, now);
            self.begun += 1;
            sent += 1;
        }
        if let Some(flow) = flow {
            self.bucket = self.bucket.take(flow, sent, now);
        }
        self.course.was_held |= self.begun < released;
    }

    pub(super) fn into_course(self) -> LaneCourse {
        self.course
    }

    /// The lane's rate now; none without a ceiling.
    fn flow(&self, now: Timestamp) -> Option<Flow> {
        Some(Flow::hourly(self.ceiling? * self.state.permille(now) / 1000))
    }

    fn room(&self, flow: Option<Flow>, now: Timestamp) -> i64 {
        if matches!(self.state.standing(now), Standing::Stopped(_)) {
            return 0;
        }
        let by_rate = flow.map_or(i64::MAX, |flow| self.bucket.room(flow, now));
        let by_day = self.warm_up.map_or(i64::MAX, |ramp| ramp.room(Hours::open_of_a_day(self.scenario.hours), now));
        by_rate.min(by_day)
    }

    fn attempt(&mut self, of: &Waiting, step: usize, now: Timestamp) {
        let draw = self.scenario.draw(&self.manners.lane, of.recipient);
        let answer = self.manners.answer(
            u32::try_from(draw % 1000).unwrap_or(0),
            of.attempts.unsigned_abs(),
            self.hour.total,
            self.scenario.minute_of(now),
        );
        self.hour.add();
        self.course.most_in_an_hour = self.course.most_in_an_hour.max(self.hour.total);
        let counted = self.course.step(step);
        counted.tried += 1;
        counted.first += i64::from(of.attempts == 0);
        let mut ramp = self.warm_up.map(|ramp| ramp.take(1, Hours::open_of_a_day(self.scenario.hours), now));
        let mut day = ramp.as_mut().map(|ramp| &mut ramp.day);
        match answer {
            Answer::Accepted => counted.accepted += 1,
            Answer::Refused(_) => {
                counted.refused += 1;
                day.iter_mut().for_each(|day| day.hard += 1);
            }
            Answer::Deferred(reply) => {
                counted.deferred += 1;
                day.iter_mut().for_each(|day| day.deferred += 1);
                self.put_off(of, reply, draw, now);
            }
        }
        self.warm_up = ramp;
    }

    fn put_off(&mut self, of: &Waiting, reply: &str, draw: u64, now: Timestamp) {
        self.hear(reply, now);
        let jitter = (draw.rotate_right(u32::try_from(of.attempts).unwrap_or(0)) % 256) as f64 / 255.0;
        match after_refusal(&self.scenario.retry, of.attempts, of.expires_at, jitter, now) {
            Retry::At { due_at, expires_at } => {
                self.waiting.push(Reverse(Waiting {
                    due_at,
                    expires_at,
                    attempts: of.attempts + 1,
                    recipient: of.recipient,
                }));
            }
            Retry::GiveUp => self.course.given_up += 1,
        }
    }

    fn hear(&mut self, reply: &str, now: Timestamp) {
        let Some(provider) = self.provider else { return };
        let before = self.state;
        self.state = before.after(provider.step(reply, heard(reply)).0, now);
        if self.state != before {
            self.course.said = Some(reply.to_owned());
            self.course.was_held = true;
        }
    }
}

/// What went in the last sixty minutes, minute by minute.
#[derive(Default)]
struct LastHour {
    minutes: VecDeque<(i64, i64)>,
    total: i64,
}

impl LastHour {
    fn move_to(&mut self, minute: i64) {
        while self.minutes.front().is_some_and(|(at, _)| *at <= minute - 60) {
            self.total -= self.minutes.pop_front().map_or(0, |(_, count)| count);
        }
        if self.minutes.back().is_none_or(|(at, _)| *at != minute) {
            self.minutes.push_back((minute, 0));
        }
    }

    fn add(&mut self) {
        self.total += 1;
        if let Some((_, count)) = self.minutes.back_mut() {
            *count += 1;
        }
    }
}
