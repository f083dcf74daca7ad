//! One connection to a receiver's server: opened, used for what waits in its line, ended.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::super::hand::Fault;
use super::super::send::{self, judge};
use super::Counter;
use super::desk::Start;
use super::line::Lessons;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use crate::keyring::random_bytes;
use crate::mail::direct::{Blocked, Circumstances};
use crate::mail::session::{Connection, Reply};

/// A connection that has had nothing to do for so long is ended: receivers ask not to hold them for nothing.
const IDLE: Duration = Duration::from_secs(10);

/// After so many answers a server gets as many connections as its ceilings allow.
const SLOW_START: usize = 1000;
/// What a server gets to notice that a connection ended.
const BREATH: Duration = Duration::from_secs(1);

/// Runs a connection from its first word to its last.
pub(super) async fn run(counter: Counter, start: Start) {
    let opened = open(&counter, &start).await;
    let was_open = opened.is_some();
    if let Some((connection, first)) = opened {
        counter.desk().opened(&start.place.key);
        counter.engine.relay.worked();
        let mut session = Session { counter: &counter, start: &start, connection };
        session.work(first).await;
        session.connection.quit().await;
    }
    counter.desk().closed(&start, was_open, Instant::now());
    counter.changed.notify_one();
    counter.wishes.notify_one();
}

/// Opens the connection for the first that waits; while that cannot be, each who waits gets its verdict.
async fn open(counter: &Counter, start: &Start) -> Option<(Connection, Delivery)> {
    let settings = counter.direct.settings();
    let source = settings.sources.get(start.source);
    while !counter.is_over() {
        let first = counter.desk().take(&start.place.key)?;
        if counter.is_held(&first) {
            counter.write(first, Verdict::GivenBack).await;
            continue;
        }
        let (is_known, demands_tls) = (start.is_known, start.place.demands_tls);
        let circumstances = Circumstances { is_known, demands_tls, hurry: counter.desk().hurry() };
        match counter.direct.connect(&start.place.to, source, circumstances).await {
            Ok(connection) => return Some((connection, first)),
            Err(blocked) => {
                if settle_blocked(counter, start, first, blocked).await.is_break() {
                    return None;
                }
            }
        }
    }
    None
}

/// What comes of a delivery for which no connection opened, and whether one may be tried for the next.
async fn settle_blocked(counter: &Counter, start: &Start, first: Delivery, blocked: Blocked) -> ControlFlow<()> {
    match blocked {
        Blocked::Refused { code, text } => {
            counter.engine.lanes.hear(&first, &text);
            let verdict = judge::deferred(&counter.engine, &first, code, text);
            counter.write(first, verdict).await;
            ControlFlow::Continue(())
        }
        Blocked::NotYet { wait, text } => {
            let verdict = put_off(counter, &first, wait, text);
            counter.write(first, verdict).await;
            ControlFlow::Continue(())
        }
        Blocked::Full(text) => {
            note_full(counter, start, first, &text).await;
            ControlFlow::Break(())
        }
        Blocked::Ours(text) => {
            counter.write(first, Verdict::GivenBack).await;
            counter.network_failed(&text).await;
            ControlFlow::Break(())
        }
    }
}

/// The server takes no more connections: it is remembered, and the delivery waits for one of those that are open.
async fn note_full(counter: &Counter, start: &Start, first: Delivery, text: &str) {
    let (key, server) = (&start.place.key, start.place.to.first_host());
    tracing::info!(server, held = start.held, text, "no more connections there");
    counter.engine.lanes.hear(&first, text);
    counter.learn(key, |lessons| lessons.learn_connections(start.held, Instant::now()));
    put_back(counter, key, first).await;
    if start.held == 0 {
        // It has not noticed yet that the one before ended.
        tokio::time::sleep(BREATH).await;
    }
}

/// Again when the server is tried again, a little apart from each other; no attempt is counted.
fn put_off(counter: &Counter, delivery: &Delivery, wait: Duration, text: String) -> Verdict {
    let [jitter] = random_bytes::<1>();
    let wait = wait + wait.mul_f64(f64::from(jitter) / 1024.0);
    let due_at = counter.engine.app.clock.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    if due_at < delivery.expires_at {
        Verdict::PutOff { due_at, cause: text }
    } else {
        judge::deferred(&counter.engine, delivery, 451, text)
    }
}

async fn put_back(counter: &Counter, key: &str, delivery: Delivery) {
    let kept = counter.desk().put_back(key, delivery);
    if let Err(delivery) = kept {
        counter.write(*delivery, Verdict::GivenBack).await;
    }
}

struct Session<'a> {
    counter: &'a Counter,
    start: &'a Start,
    connection: Connection,
}

impl Session<'_> {
    async fn work(&mut self, first: Delivery) {
        let mut next = Some(first);
        while let Some(delivery) = next {
            self.send(delivery).await;
            next = if self.is_worn() { None } else { self.next().await };
        }
    }

    fn is_worn(&self) -> bool {
        let (key, sent) = (&self.start.place.key, self.connection.sent());
        let mut desk = self.counter.desk();
        self.connection.is_broken()
            || self.counter.is_over()
            || sent >= desk.most_messages(&self.start.place, Instant::now())
            || desk.makes_room(key, sent)
    }

    /// The next of the line; waits a little for one, unless others need the room.
    async fn next(&self) -> Option<Delivery> {
        let key = &self.start.place.key;
        if let Some(delivery) = self.counter.desk().take(key) {
            return Some(delivery);
        }
        let wake = self.counter.desk().rests(key)?;
        // There is somebody to make room for, perhaps.
        self.counter.changed.notify_one();
        let until = tokio::time::Instant::now() + IDLE;
        let found = loop {
            let woken = tokio::select! {
                () = wake.notified() => true,
                () = tokio::time::sleep_until(until) => false,
                () = self.counter.engine.stop.cancelled() => false,
            };
            let mut desk = self.counter.desk();
            let taken = desk.take(key);
            if taken.is_some() || !woken || desk.makes_room(key, self.connection.sent()) {
                break taken;
            }
        };
        self.counter.desk().rises(key);
        found
    }

    async fn send(&mut self, delivery: Delivery) {
        let engine = &self.counter.engine;
        if self.counter.is_over() || self.counter.is_held(&delivery) {
            return self.counter.write(delivery, Verdict::GivenBack).await;
        }
        let message = match send::ready(engine, &delivery).await {
            Ok(message) => message,
            Err(verdict) => return self.counter.write(delivery, verdict).await,
        };
        let reply = self.connection.send(&message.return_path, message.to.as_str(), &message.bytes).await;
        let reply = judge::of_whom(reply, &delivery.lane);
        let was_fresh = self.connection.sent() <= 1;
        let before = (!matches!(reply, Reply::Trouble { .. }))
            .then(|| self.counter.learn(&self.start.place.key, Lessons::answered))
            .flatten();
        if before.is_some_and(|before| before < SLOW_START) {
            // There may be room for one more now.
            self.counter.changed.notify_one();
        }
        match reply {
            Reply::Trouble { code, text } if !was_fresh => self.ended_by_server(delivery, code, &text).await,
            Reply::Trouble { code, text } => {
                let host = self.start.place.to.first_host();
                engine.lanes.hear(&delivery, &text);
                let verdict = match code {
                    Some(code) => judge::refused(engine, &delivery, code, text),
                    None => {
                        judge::refused(engine, &delivery, 451, format!("451 4.4.2 {host} ended the connection: {text}"))
                    }
                };
                self.counter.write(delivery, verdict).await;
            }
            reply => {
                let verdict = judge::verdict(engine, &delivery, reply, was_fresh);
                self.counter.write(delivery, verdict).await;
            }
        }
    }

    /// A connection that worked came to its end: the message goes over another one. How many it took is remembered.
    async fn ended_by_server(&self, delivery: Delivery, code: Option<u16>, text: &str) {
        let engine = &self.counter.engine;
        let key = &self.start.place.key;
        if code == Some(421) {
            let took = self.connection.sent() - 1;
            self.counter.learn(key, |lessons| lessons.learn_messages(took, Instant::now()));
        }
        if engine.hand.was_cut(delivery.id) != Fault::Unknown {
            let verdict = judge::refused(engine, &delivery, 451, format!("451 4.4.2 the connection broke: {text}"));
            return self.counter.write(delivery, verdict).await;
        }
        put_back(self.counter, key, delivery).await;
    }
}
