//! One delivery on its way out, step by step; the policy is this page.
//!
//! [`mod@check`] looks at a few deliveries together, right before their turn. A sender makes the message and announces it
//! while what came of its last one is being written; the message itself goes out only after that.

mod check;
mod content;
pub(super) mod judge;
mod late_check;
mod line;
mod notices;
mod prepare;
mod seal;
mod tray;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc};

use super::Engine;
use super::record::{Job, Unwritten, hand_in};
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use check::Finding;
pub(super) use check::{Checked, run as check};
pub(super) use content::Cache;
use line::Line;
pub(super) use line::Outlet;
use prepare::{Message, Prepared};
pub(super) use seal::Signers;

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// A late check that is older is made again, right before `MAIL FROM` and right before the message.
const FRESH: Duration = Duration::from_secs(1);

/// What all senders take from.
pub(super) type Source = Arc<Mutex<mpsc::Receiver<Checked>>>;

/// Sends until there is nothing more to take; after the stop, what was not begun goes back.
pub(super) async fn run(engine: Engine, source: Source, outcomes: mpsc::Sender<Job>) {
    let mut sender = Sender { line: Line::new(engine.clone()), engine, outcomes, before: None };
    loop {
        let next = async { source.lock().await.recv().await };
        match tokio::time::timeout(IDLE, next).await {
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
    outcomes: mpsc::Sender<Job>,
    /// The message that was sent before, while it is not in the database.
    before: Option<Unwritten>,
}

impl Sender {
    /// From a claim to what came of it.
    async fn send(&mut self, checked: Checked) {
        let delivery = checked.delivery.clone();
        let message = match self.message(checked).await {
            Ok(message) => message,
            Err(verdict) => return self.end(delivery, verdict).await,
        };
        match self.line.begin(&delivery, &message).await {
            Ok(()) => {}
            Err(None) => return self.end(delivery, Verdict::GivenBack).await,
            Err(Some(reply)) => {
                let verdict = judge::verdict(&self.engine, &delivery, reply, self.line.was_fresh());
                return self.end(delivery, verdict).await;
            }
        }
        let begun = Instant::now();
        self.before_is_written().await;
        if begun.elapsed() > FRESH && !check::may_still_go(&self.engine, &delivery).await {
            self.line.abandon();
            return self.end(delivery, Verdict::GivenBack).await;
        }
        self.engine.hand.keep_copy(delivery.id, message.copy.clone());
        let reply = self.line.finish(&delivery, &message).await;
        let verdict = judge::verdict(&self.engine, &delivery, reply, self.line.was_fresh());
        self.before = Some(hand_in(&self.outcomes, delivery, verdict).await);
    }

    /// The message, or what comes of the delivery without one.
    async fn message(&self, checked: Checked) -> Result<Message, Verdict> {
        let (engine, delivery) = (&self.engine, &checked.delivery);
        let is_held = engine.lanes.is_closed(delivery, engine.app.clock.now());
        if engine.stop.is_cancelled() || engine.relay.is_waiting() || is_held {
            return Err(Verdict::GivenBack);
        }
        let finding = if checked.at.elapsed() > FRESH { check::again(engine, delivery).await } else { checked.finding };
        made(engine, delivery, finding).await
    }

    /// What came of a delivery whose message was not sent; nobody waits until that is written.
    async fn end(&self, delivery: Delivery, verdict: Verdict) {
        drop(hand_in(&self.outcomes, delivery, verdict).await);
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
