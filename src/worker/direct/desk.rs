//! Who of the waiting goes next over which connection. Knows no network: it is told what happens.
//!
//! One line for all receiving domains that share their servers. Lines take turns; none takes more than half of all
//! connections, nor more than one and one more for each answer, and those not yet open together take no more than half:
//! so a slow or dead server never holds the others back.

mod shares;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, watch};

use super::line::{Lessons, Line, Place};
use super::places::Granted;
use crate::deliveries::Delivery;

/// A connection to open.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) place: Arc<Place>,
    pub(super) source: usize,
    /// How many connections there are to the same servers already.
    pub(super) held: usize,
    /// Whether there was one a moment ago: a server may not have noticed yet that it ended.
    pub(super) is_known: bool,
}

/// All lines of a node.
#[derive(Debug)]
pub(super) struct Desk {
    most: usize,
    open: usize,
    opening: usize,
    lines: HashMap<String, Line>,
    /// The keys of the lines in which somebody waits, in turn.
    ring: VecDeque<String>,
    /// Connections by lane and source.
    held: HashMap<(String, usize), usize>,
    /// How many connections this node may have; without an answer, as many as it wants.
    granted: Option<Granted>,
    /// Somebody waits to whom nobody goes, and there is no room for one more.
    is_short: bool,
    /// Somebody waits to whom nobody goes, because too many connections are not open yet.
    hurry: watch::Sender<bool>,
}

/// Lines remembered at most while nobody waits in them.
const MOST_LINES: usize = 5_000;

impl Desk {
    /// A desk with so many connections in all.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            open: 0,
            opening: 0,
            lines: HashMap::new(),
            ring: VecDeque::new(),
            held: HashMap::new(),
            granted: None,
            is_short: false,
            hurry: watch::Sender::new(false),
        }
    }

    /// Tells whether connections that are slow to open are in the way of others.
    pub(super) fn hurry(&self) -> watch::Receiver<bool> {
        self.hurry.subscribe()
    }

    /// Lets a delivery wait for its turn.
    pub(super) fn put(&mut self, place: Place, delivery: Delivery) {
        if self.lines.len() >= MOST_LINES {
            self.lines.retain(|_, line| line.open > 0 || line.waiting() > 0 || line.is_in_ring);
        }
        let key = place.key.clone();
        let line = self.lines.entry(key.clone()).or_insert_with(|| Line::new(place.clone()));
        // The ceilings of today, and a route of today.
        line.place = Arc::new(place);
        if !std::mem::replace(&mut line.is_in_ring, true) {
            self.ring.push_back(key);
        }
        line.push_back(delivery);
        line.wake.notify_one();
    }

    /// Puts a delivery back to the head of its line.
    ///
    /// # Errors
    /// The delivery, where the line is gone.
    pub(super) fn put_back(&mut self, key: &str, delivery: Delivery) -> Result<(), Box<Delivery>> {
        let Some(line) = self.lines.get_mut(key) else { return Err(Box::new(delivery)) };
        if !std::mem::replace(&mut line.is_in_ring, true) {
            self.ring.push_front(key.to_owned());
        }
        line.push_front(delivery);
        Ok(())
    }

    /// The next delivery of a line; single mails first.
    pub(super) fn take(&mut self, key: &str) -> Option<Delivery> {
        self.lines.get_mut(key)?.pop()
    }

    /// Everything that waits.
    pub(super) fn take_all(&mut self) -> Vec<Delivery> {
        self.lines.values_mut().flat_map(Line::drain).collect()
    }

    /// The connection to open next, if one is wanted and allowed; it counts as opening from now on.
    pub(super) fn start(&mut self, now: Instant) -> Option<Start> {
        self.forget_empty_lines();
        if self.open >= self.most {
            if self.find(now, |line| line.open == 0).is_some() {
                self.is_short = true;
                self.wake_an_idle_one();
            }
            return None;
        }
        let is_hurry = self.opening >= self.half() && self.find(now, |line| line.open == 0).is_some();
        self.hurry.send_if_modified(|hurry| std::mem::replace(hurry, is_hurry) != is_hurry);
        if self.opening >= self.half() {
            return None;
        }
        let single = |line: &Line| !line.singles.is_empty();
        let (at, source) = self.find(now, single).or_else(|| self.find(now, |_| true))?;
        let key = self.ring.get(at)?.clone();
        self.ring.remove(at);
        self.ring.push_back(key.clone());
        let line = self.lines.get_mut(&key)?;
        let held = line.open;
        let is_known = held > 0 || line.lessons.was_open_just_now(now);
        line.open += 1;
        line.opening += 1;
        self.open += 1;
        self.opening += 1;
        *self.held.entry((line.place.lane.clone(), source)).or_default() += 1;
        Some(Start { place: Arc::clone(&line.place), source, held, is_known })
    }

    fn forget_empty_lines(&mut self) {
        let Self { ring, lines, .. } = self;
        ring.retain(|key| match lines.get_mut(key) {
            Some(line) => {
                line.is_in_ring = line.waiting() > 0;
                line.is_in_ring
            }
            None => false,
        });
    }

    fn find(&self, now: Instant, is_wanted: impl Fn(&Line) -> bool) -> Option<(usize, usize)> {
        let lines = self.ring.iter().enumerate().filter_map(|(at, key)| Some((at, self.lines.get(key)?)));
        lines.filter(|(_, line)| is_wanted(line)).find_map(|(at, line)| Some((at, self.source_for(line, now)?)))
    }

    /// The source from which one more connection of this line may be opened.
    fn source_for(&self, line: &Line, now: Instant) -> Option<usize> {
        if !line.wants_one_more(self.half(), now) {
            return None;
        }
        let held = |source: &usize| self.held.get(&(line.place.lane.clone(), *source)).copied().unwrap_or(0);
        let has_room = |source: &usize| held(source) < self.most_at(&line.place, *source);
        line.place.sources.iter().copied().filter(has_room).min_by_key(held)
    }

    fn half(&self) -> usize {
        (self.most / 2).max(1)
    }

    fn wake_an_idle_one(&self) {
        if let Some(line) = self.lines.values().find(|line| line.idle > 0) {
            line.wake.notify_one();
        }
    }

    /// A connection opened.
    pub(super) fn opened(&mut self, key: &str) {
        self.opening = self.opening.saturating_sub(1);
        if let Some(line) = self.lines.get_mut(key) {
            line.opening = line.opening.saturating_sub(1);
        }
    }

    /// A connection ended; `was_open` tells whether it had opened at all.
    pub(super) fn closed(&mut self, start: &Start, was_open: bool, now: Instant) {
        self.open = self.open.saturating_sub(1);
        let held = self.held.entry((start.place.lane.clone(), start.source)).or_default();
        *held = held.saturating_sub(1);
        if *held == 0 {
            self.held.remove(&(start.place.lane.clone(), start.source));
        }
        if !was_open {
            self.opening = self.opening.saturating_sub(1);
        }
        if let Some(line) = self.lines.get_mut(&start.place.key) {
            line.open = line.open.saturating_sub(1);
            line.lessons.ended(was_open, now);
            if !was_open {
                line.opening = line.opening.saturating_sub(1);
            }
        }
        // It had its turn: others go before it now.
        let at = self.ring.iter().position(|key| *key == start.place.key);
        if let Some(key) = at.and_then(|at| self.ring.remove(at)) {
            self.ring.push_back(key);
        }
    }

    /// A connection has nothing to do; what wakes it.
    pub(super) fn rests(&mut self, key: &str) -> Option<Arc<Notify>> {
        let line = self.lines.get_mut(key)?;
        line.idle += 1;
        Some(Arc::clone(&line.wake))
    }

    /// A connection has something to do again, or ends.
    pub(super) fn rises(&mut self, key: &str) {
        if let Some(line) = self.lines.get_mut(key) {
            line.idle = line.idle.saturating_sub(1);
        }
    }

    /// What was learnt of the servers of a line.
    pub(super) fn lessons(&mut self, key: &str) -> Option<&mut Lessons> {
        self.lines.get_mut(key).map(|line| &mut line.lessons)
    }

    /// How many messages go over one connection of a line.
    pub(super) fn most_messages(&self, place: &Place, now: Instant) -> usize {
        let learnt = self.lines.get(&place.key).map_or(usize::MAX, |line| line.lessons.most_messages(now));
        place.messages.max(1).min(learnt)
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
