//! One line: who waits for the same servers, the connections to them, and what was learnt of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::deliveries::Delivery;
use crate::mail::direct::Destination;

/// Where a delivery goes, and under which ceilings.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Equal for what may share connections.
    pub(super) key: String,
    pub(super) to: Arc<Destination>,
    /// The provider's name, or the key where it belongs to none.
    pub(super) lane: String,
    /// Whether all nodes share the connections to the lane; else each has its part of them.
    pub(super) is_shared: bool,
    /// The sources that it may leave from, by their places in the settings; 0 where there are none.
    pub(super) sources: Vec<usize>,
    /// Most connections at once to the lane from one source.
    pub(super) connections: usize,
    /// Most messages over one connection.
    pub(super) messages: usize,
    /// Whether it takes no mail in clear.
    pub(super) demands_tls: bool,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) place: Arc<Place>,
    pub(super) singles: VecDeque<Delivery>,
    others: VecDeque<Delivery>,
    pub(super) open: usize,
    pub(super) opening: usize,
    pub(super) idle: usize,
    pub(super) is_in_ring: bool,
    pub(super) lessons: Lessons,
    pub(super) wake: Arc<Notify>,
}

/// What was learnt of the servers of a line.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    /// Messages answered since the servers were last found away.
    answers: usize,
    last_ended_at: Option<Instant>,
    /// What they put up with, by their answers, and until when that is believed.
    connections: Option<(usize, Instant)>,
    messages: Option<(usize, Instant)>,
}

/// What was learnt from an answer is tried again after this.
pub(super) const BELIEVED_FOR: Duration = Duration::from_secs(30 * 60);
/// A connection that ended so lately may still be counted by its server.
const JUST_NOW: Duration = Duration::from_secs(60);

impl Line {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place: Arc::new(place),
            singles: VecDeque::new(),
            others: VecDeque::new(),
            open: 0,
            opening: 0,
            idle: 0,
            is_in_ring: false,
            lessons: Lessons::default(),
            wake: Arc::default(),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.singles.len() + self.others.len()
    }

    pub(super) fn push_back(&mut self, delivery: Delivery) {
        if delivery.kind.is_limited() {
            self.others.push_back(delivery);
        } else {
            self.singles.push_back(delivery);
        }
    }

    pub(super) fn push_front(&mut self, delivery: Delivery) {
        if delivery.kind.is_limited() {
            self.others.push_front(delivery);
        } else {
            self.singles.push_front(delivery);
        }
    }

    /// The next one; single mails first.
    pub(super) fn pop(&mut self) -> Option<Delivery> {
        self.singles.pop_front().or_else(|| self.others.pop_front())
    }

    /// Everybody.
    pub(super) fn drain(&mut self) -> Vec<Delivery> {
        self.singles.drain(..).chain(self.others.drain(..)).collect()
    }

    /// Whether one more connection is of use, when the line may have `most`.
    pub(super) fn wants_one_more(&self, most: usize, now: Instant) -> bool {
        let has_work = self.waiting() > self.opening + self.idle && (self.open == 0 || self.waiting() > self.open);
        has_work && self.open < most.min(self.lessons.most_connections(now))
    }
}

impl Lessons {
    /// A message was answered; says how many were before.
    pub(super) fn answered(&mut self) -> usize {
        self.answers = self.answers.saturating_add(1);
        self.answers - 1
    }

    /// A connection ended, or did not open at all.
    pub(super) fn ended(&mut self, was_open: bool, now: Instant) {
        if was_open {
            self.last_ended_at = Some(now);
        } else {
            self.answers = 0;
        }
    }

    /// Whether there was a connection a moment ago.
    pub(super) fn was_open_just_now(&self, now: Instant) -> bool {
        self.last_ended_at.is_some_and(|at| now < at + JUST_NOW)
    }

    /// The servers take no more connections than these.
    pub(super) fn learn_connections(&mut self, most: usize, now: Instant) {
        self.connections = Some((most.max(1), now + BELIEVED_FOR));
    }

    /// The servers take no more messages over one connection than these.
    pub(super) fn learn_messages(&mut self, most: usize, now: Instant) {
        self.messages = Some((most.max(1), now + BELIEVED_FOR));
    }

    /// One connection, one more for each answer, as many as they put up with.
    pub(super) fn most_connections(&self, now: Instant) -> usize {
        believed(self.connections, now).min(self.answers.saturating_add(1))
    }

    /// How many messages they take over one connection.
    pub(super) fn most_messages(&self, now: Instant) -> usize {
        believed(self.messages, now)
    }
}

fn believed(learnt: Option<(usize, Instant)>, now: Instant) -> usize {
    learnt.filter(|(_, until)| now < *until).map_or(usize::MAX, |(most, _)| most)
}
