//! One delivery on its way out, step by step; the policy is this page.
//!
//! [`mod@check`] looks at a few deliveries together, right before their turn. A sender makes the next message while what
//! came of the last one is being written, and announces it in one write with the one before; the message itself may
//! follow, but its end goes out only once what came before is in the database.

mod check;
mod content;
pub(super) mod judge;
mod late_check;
mod line;
mod notices;
mod prepare;
mod seal;
mod tray;

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Engine;
use super::record::{Job, Unwritten, hand_in};
use super::source::Source;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use check::Finding;
pub(super) use check::{Checked, run as check};
pub(super) use content::Cache;
pub(super) use line::Outlet;
use line::{Ahead, Line, Ready};
use prepare::{Message, Prepared};
pub(super) use seal::Signers;

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// A late check that is older is made again, right before `MAIL FROM` and right before the end of the message.
const FRESH: Duration = Duration::from_secs(1);

/// Sends until there is nothing more to take; after the stop, what was not begun goes back.
pub(super) async fn run(engine: Engine, source: Source<Checked>, outcomes: mpsc::Sender<Job>) {
    let mut sender = Sender { line: Line::new(engine.clone()), engine, source, outcomes, before: None };
    loop {
        match tokio::time::timeout(IDLE, sender.source.next()).await {
            Err(_) => sender.line.hang_up().await,
            Ok(None) => break,
            Ok(Some(checked)) => sender.send(checked).await,
        }
    }
    sender.before_is_written().await;
    sender.line.hang_up().await;
}

struct Sender {
    engine: Engine,
    line: Line,
    source: Source<Checked>,
    outcomes: mpsc::Sender<Job>,
    /// The message that was sent before, while it is not in the database.
    before: Option<Unwritten>,
}

impl Sender {
    /// From a claim to what came of it; and so with those that lie ready by then, each announced with the one before.
    async fn send(&mut self, checked: Checked) {
        let (mut current, mut is_announced) = (self.made(checked).await, false);
        while let Some(mut ready) = current {
            let is_waited_for = is_announced || (self.is_still_due(&mut ready).await && self.announce(&ready).await);
            if !is_waited_for {
                return;
            }
            (current, is_announced) = self.finish(ready).await;
        }
    }

    /// The message; without one, what came of the delivery is written.
    async fn made(&self, checked: Checked) -> Option<Ready> {
        let delivery = checked.delivery.clone();
        match self.message(checked).await {
            Ok((message, checked_at)) => Some(Ready { delivery, message, checked_at }),
            Err(verdict) => {
                self.end(delivery, verdict).await;
                None
            }
        }
    }

    /// Whether the server waits for the message now.
    async fn announce(&mut self, ready: &Ready) -> bool {
        let Err(answer) = self.line.begin(ready).await else { return true };
        let verdict = match answer {
            None => Verdict::GivenBack,
            Some(reply) => judge::verdict(&self.engine, &ready.delivery, reply, self.line.was_fresh()),
        };
        self.end(ready.delivery.clone(), verdict).await;
        false
    }

    /// Whether it may still go, the late check made again where it is old; else the delivery goes back.
    async fn is_still_due(&self, ready: &mut Ready) -> bool {
        if self.may_begin(&ready.delivery) {
            if ready.checked_at.elapsed() <= FRESH {
                return true;
            }
            ready.checked_at = Instant::now();
            if check::may_still_go(&self.engine, &ready.delivery).await {
                return true;
            }
        }
        self.end(ready.delivery.clone(), Verdict::GivenBack).await;
        false
    }

    /// Sends what was announced, once what was sent before is written; says what is next, and whether that is announced.
    async fn finish(&mut self, mut ready: Ready) -> (Option<Ready>, bool) {
        let next = if self.line.takes_another() { self.next().await } else { None };
        if !self.is_before_written() {
            // Only the end of a message has to wait.
            self.line.start(&ready).await;
        }
        self.before_is_written().await;
        let is_due = ready.checked_at.elapsed() <= FRESH || self.is_still_due(&mut ready).await;
        if !is_due {
            self.line.abandon();
            return (next, false);
        }
        self.engine.hand.keep_copy(ready.delivery.id, ready.message.copy.clone());
        let was_fresh = self.line.was_fresh();
        let announced = next.as_ref().filter(|next| next.checked_at.elapsed() <= FRESH);
        let reply = self.line.finish(&ready, announced).await;
        let verdict = judge::verdict(&self.engine, &ready.delivery, reply, was_fresh);
        self.before = Some(hand_in(&self.outcomes, ready.delivery, verdict).await);
        let Some(next) = next else { return (None, false) };
        match self.line.announced(&next).await {
            Ahead::Refused(reply) => {
                let verdict = judge::verdict(&self.engine, &next.delivery, reply, self.line.was_fresh());
                self.end(next.delivery, verdict).await;
                (None, false)
            }
            ahead => (Some(next), matches!(ahead, Ahead::Announced)),
        }
    }

    /// What lies ready right now of a campaign: a mail that somebody waits for is left to a sender that is free.
    async fn next(&self) -> Option<Ready> {
        self.made(self.source.one_of_a_campaign()?).await
    }

    /// The message and when its late check was made, or what comes of the delivery without one.
    async fn message(&self, checked: Checked) -> Result<(Message, Instant), Verdict> {
        let Checked { delivery, finding, at } = checked;
        if !self.may_begin(&delivery) {
            return Err(Verdict::GivenBack);
        }
        // What is no campaign's is checked as it is made.
        let (finding, at) = match finding {
            Finding::Single => (Finding::Single, Instant::now()),
            _ if at.elapsed() > FRESH => (check::again(&self.engine, &delivery).await, Instant::now()),
            finding => (finding, at),
        };
        made(&self.engine, &delivery, finding).await.map(|message| (message, at))
    }

    /// Whether something of this lane may be begun now.
    fn may_begin(&self, delivery: &Delivery) -> bool {
        let engine = &self.engine;
        let is_held = engine.lanes.is_closed(delivery, engine.app.clock.now());
        !(engine.stop.is_cancelled() || engine.relay.is_waiting() || is_held)
    }

    /// What came of a delivery whose message was not sent; nobody waits until that is written.
    async fn end(&self, delivery: Delivery, verdict: Verdict) {
        drop(hand_in(&self.outcomes, delivery, verdict).await);
    }

    /// Whether what was sent before is in the database by now.
    fn is_before_written(&mut self) -> bool {
        if self.before.as_mut().is_some_and(Unwritten::is_written) {
            self.before = None;
        }
        self.before.is_none()
    }

    async fn before_is_written(&mut self) {
        if let Some(before) = self.before.take() {
            before.written().await;
        }
    }
}

/// The message of a delivery that was checked, or what comes of the delivery without one.
async fn made(engine: &Engine, delivery: &Delivery, finding: Finding) -> Result<Message, Verdict> {
    let prepared = match finding {
        Finding::Letter(letter) => content::written(engine, delivery, &letter),
        Finding::Single => prepare::prepare(engine, delivery).await,
        Finding::Instead(prepared) => prepared,
    };
    match prepared {
        Prepared::Ready(message) => Ok(message),
        Prepared::Over(cause) => Err(Verdict::Skipped { cause }),
        Prepared::NotNow => Err(Verdict::GivenBack),
        Prepared::Refused(reason) => {
            prepare::hold_campaign(engine, delivery, reason).await;
            Err(Verdict::GivenBack)
        }
        Prepared::Faulty(trouble) => {
            tracing::error!(delivery = %delivery.id, trouble, "a message cannot be made");
            Err(judge::refused(engine, delivery, 451, format!("451 4.3.0 {trouble}")))
        }
    }
}

/// The message of a delivery, checked right before it leaves; or what came of the delivery without one.
pub(super) async fn ready(engine: &Engine, delivery: &Delivery) -> Result<Message, Verdict> {
    let finding = check::again(engine, delivery).await;
    let message = made(engine, delivery, finding).await?;
    engine.hand.keep_copy(delivery.id, message.copy.clone());
    Ok(message)
}

#[cfg(test)]
mod tests;
