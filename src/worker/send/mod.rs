//! One delivery on its way out, step by step; the policy is this page.

mod content;
mod judge;
mod line;
mod prepare;
mod tray;

use std::time::Duration;

use tokio::sync::mpsc;

use super::Engine;
use super::record::{Job, written_down};
use super::source::Source;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use line::Line;
pub(super) use line::Outlet;
pub(super) use prepare::Cache;
use prepare::Prepared;

/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Sends until there is nothing more to take; after the stop, what was not begun goes back.
pub(super) async fn run(engine: Engine, source: Source, outcomes: mpsc::Sender<Job>) {
    let mut line = Line::new(engine.clone());
    loop {
        match tokio::time::timeout(IDLE, source.next()).await {
            Err(_) => line.hang_up().await,
            Ok(None) => break,
            Ok(Some(delivery)) => {
                let is_held = engine.lanes.is_closed(&delivery, engine.app.clock.now());
                let verdict = if engine.stop.is_cancelled() || engine.relay.is_waiting() || is_held {
                    Verdict::GivenBack
                } else {
                    send(&engine, &mut line, &delivery).await
                };
                written_down(&outcomes, delivery, verdict).await;
            }
        }
    }
    line.hang_up().await;
}

/// From a claim to what came of it.
async fn send(engine: &Engine, line: &mut Line, delivery: &Delivery) -> Verdict {
    if !line.is_up().await {
        return Verdict::GivenBack;
    }
    let message = match prepare::prepare(engine, delivery).await {
        Ok(Prepared::Ready(message)) => message,
        Ok(Prepared::Over(cause)) => return Verdict::Skipped { cause },
        Ok(Prepared::NotNow) => return Verdict::GivenBack,
        Ok(Prepared::Refused(reason)) => {
            prepare::hold_campaign(engine, delivery, reason).await;
            return Verdict::GivenBack;
        }
        Ok(Prepared::Faulty(trouble)) => {
            tracing::error!(delivery = %delivery.id, trouble, "a message cannot be made");
            return judge::refused(engine, delivery, 451, format!("451 4.3.0 {trouble}"));
        }
        // The database went away between the claim and now.
        Err(error) if error.is_passing() => return Verdict::GivenBack,
        Err(error) => return judge::refused(engine, delivery, 451, format!("451 4.3.0 {error}")),
    };
    engine.hand.keep_copy(delivery.id, message.copy.clone());
    let reply = line.send(delivery, &message).await;
    judge::verdict(engine, delivery, reply, line.was_fresh())
}
