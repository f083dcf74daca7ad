//! The loop that records: the next commit starts as soon as the one before ended, so that almost nothing is unrecorded at
//! any moment. While the database is away the outcomes are kept and the senders wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Engine;
use super::once::Once;
use crate::bounces;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::queue::{self, Outcome, RefusalNote, Verdict};
use crate::storage::{Conn, StoreError};

/// Outcomes in one transaction.
const BATCH: usize = 500;
/// How soon a database that is away is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// An outcome on its way into the database, and who waits for it to be there.
pub(super) struct Job {
    outcome: Outcome,
    done: oneshot::Sender<()>,
}

/// Records until every sender has ended.
pub(super) async fn run(engine: Engine, mut outcomes: mpsc::Receiver<Job>) {
    let mut told = Once::new("recording what was sent");
    let mut batch = Vec::new();
    while outcomes.recv_many(&mut batch, BATCH).await > 0 {
        let (done, waiting): (Vec<Outcome>, Vec<_>) = batch.drain(..).map(|job| (job.outcome, job.done)).unzip();
        let done: Arc<[Outcome]> = done.into();
        if !write(&engine, &done, note_bounce, &mut told).await {
            write_each(&engine, &done, &mut told).await;
        }
        engine.hand.put_down(done.iter().map(|outcome| outcome.delivery.id));
        for done in waiting {
            // A sender that ended meanwhile needs no answer.
            let _was_heard = done.send(()).is_ok();
        }
    }
}

/// One at a time, because one of them cannot be written.
async fn write_each(engine: &Engine, done: &[Outcome], told: &mut Once) {
    for outcome in done {
        let one: Arc<[Outcome]> = Arc::new([outcome.clone()]);
        // A bounce that cannot be noted must not undo what came of the delivery.
        let is_written = write(engine, &one, note_bounce, told).await || write(engine, &one, no_note, told).await;
        if !is_written {
            tracing::error!(delivery = %outcome.delivery.id, "what came of a delivery cannot be recorded");
        }
    }
}

/// Writes until it works; `false` when the database refuses it for good.
async fn write(engine: &Engine, done: &Arc<[Outcome]>, note: RefusalNote, told: &mut Once) -> bool {
    loop {
        let (outcomes, node, now) = (Arc::clone(done), engine.node.id.clone(), engine.app.clock.now());
        let written = engine.app.db.write(move |conn| queue::record(conn, &node, &outcomes, note, now)).await;
        match written {
            Err(StoreError::Refused(text) | StoreError::AlreadyThere(text)) => {
                tracing::error!(trouble = text, "the database refused an outcome");
                return false;
            }
            passing => {
                if told.tell(passing).is_some() {
                    return true;
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn note_bounce(conn: &mut Conn, refused: &Delivery, code: u16, reply: &str, now: Timestamp) -> Result<(), StoreError> {
    bounces::record_reply(conn, refused, code, reply, now).map(drop)
}

fn no_note(_: &mut Conn, _: &Delivery, _: u16, _: &str, _: Timestamp) -> Result<(), StoreError> {
    Ok(())
}

/// Records an outcome; returns when it is in the database.
///
/// A sender begins nothing new before: so that after a crash not more is doubled than there are connections.
pub(super) async fn written_down(outcomes: &mpsc::Sender<Job>, delivery: Delivery, verdict: Verdict) {
    let id = delivery.id;
    let (done, written) = oneshot::channel();
    let job = Job { outcome: Outcome { delivery: Box::new(delivery), verdict }, done };
    if outcomes.send(job).await.is_err() || written.await.is_err() {
        tracing::error!(delivery = %id, "nobody records any more; the lease will run out");
    }
}
