//! Which outcomes share a commit.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use super::Engine;
use super::record::Job;

/// Outcomes in one transaction.
const BATCH: usize = 500;
/// About as long as a small commit takes.
const MOMENT: Duration = Duration::from_micros(500);

/// What all scribes take from.
pub(super) type Outcomes = Arc<Mutex<mpsc::Receiver<Job>>>;

/// Takes what was handed in, and what comes within a moment where a commit is to be shared; `false` when nothing comes
/// any more.
pub(super) async fn take(outcomes: &Outcomes, batch: &mut Vec<Job>, engine: &Engine, a_moment: impl FnOnce()) -> bool {
    let mut outcomes = outcomes.lock().await;
    let has_taken = outcomes.recv_many(batch, BATCH).await > 0;
    let senders = engine.app.settings.relay_connections;
    let may_wait = has_taken && !engine.stop.is_cancelled();
    if may_wait && is_shared(batch.len(), engine.hand.len(), senders) {
        a_moment();
        while batch.len() < BATCH
            && let Ok(job) = outcomes.try_recv()
        {
            batch.push(job);
        }
    }
    has_taken
}

/// Whether a commit waits a moment for more: while this node holds more mail, and before there is something of half of
/// the senders.
const fn is_shared(handed_in: usize, held: usize, senders: usize) -> bool {
    handed_in < held && handed_in < senders / 2
}

/// Waits for what may come.
#[expect(clippy::disallowed_methods, reason = "no event says that the moment is over, and the thread is our own")]
pub(super) fn a_moment() {
    std::thread::sleep(MOMENT);
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
