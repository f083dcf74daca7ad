//! The loop that records, many outcomes with one commit, so that almost nothing is unrecorded at any moment. While the
//! database is away the outcomes are kept and the senders wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::gather::{Outcomes, a_moment, take};
use super::once::Once;
use super::{Engine, prove};
use crate::bounces;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::queue::{self, Along, Outcome, Refusal, Verdict};
use crate::storage::{Conn, DeliveryId, StoreError};

/// How soon a database that is away, or refuses an acceptance, is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// An outcome on its way into the database, and who waits for it to be there.
pub(super) struct Job {
    outcome: Outcome,
    done: oneshot::Sender<()>,
}

/// PostgreSQL writes what came of some while it syncs what came of others.
const SCRIBES: usize = 2;

/// Records until every sender has ended and everything is written, on threads of its own: somebody waits for each turn.
pub(super) fn start(engine: &Engine, outcomes: mpsc::Receiver<Job>) -> JoinHandle<()> {
    let scribes = if engine.app.db.writes_alone() { 1 } else { SCRIBES };
    let (outcomes, runtime) = (Arc::new(Mutex::new(outcomes)), Handle::current());
    let away = Once::new("recording what was sent");
    let begin = |_| {
        let scribe = Scribe::new(engine.clone(), away.clone());
        let (outcomes, runtime) = (Arc::clone(&outcomes), runtime.clone());
        let recording = tokio::task::spawn_blocking(move || runtime.block_on(run(scribe, outcomes)));
        ended(engine.stop.clone(), recording)
    };
    let all = futures_util::future::join_all((0..scribes).map(begin).collect::<Vec<_>>());
    tokio::spawn(async move { drop(all.await) })
}

/// Nothing more is sent by a node that cannot record it.
async fn ended(stop: CancellationToken, recording: JoinHandle<()>) {
    if let Err(error) = recording.await {
        tracing::error!(%error, "recording ended early: nothing more is sent until the next start");
        stop.cancel();
    }
}

async fn run(mut scribe: Scribe, outcomes: Outcomes) {
    let (mut batch, mut is_open) = (Vec::new(), true);
    // Acceptances that the database refuses. Their senders wait, so there are never more of them than senders.
    let mut kept: Vec<Job> = Vec::new();
    let mut again = tokio::time::interval(AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while is_open || !kept.is_empty() {
        tokio::select! {
            has_taken = take(&outcomes, &mut batch, &scribe.engine, a_moment), if is_open => is_open = has_taken,
            _ = again.tick(), if !kept.is_empty() => batch.append(&mut kept),
        }
        kept.extend(scribe.settle(std::mem::take(&mut batch)).await);
        if kept.is_empty() {
            scribe.refused.tell(Ok(()));
        }
    }
}

/// Who writes, and what the log was told: that the database is away by one for all, what it refuses by each.
struct Scribe {
    engine: Engine,
    away: Once,
    refused: Once,
}

impl Scribe {
    fn new(engine: Engine, away: Once) -> Self {
        Self { engine, away, refused: Once::new("recording what the relay accepted") }
    }

    /// Writes outcomes and tells their senders; returns those that must be written and could not be.
    async fn settle(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        let (outcomes, senders): (Vec<Outcome>, Vec<_>) = jobs.into_iter().map(|job| (job.outcome, job.done)).unzip();
        let outcomes: Arc<[Outcome]> = outcomes.into();
        let is_written = self.write(&outcomes, Along::Everything(note_bounce)).await.is_ok();
        let (mut over, mut kept) = (Vec::new(), Vec::new());
        for (outcome, done) in outcomes.iter().zip(senders) {
            if is_written || self.write_by_itself(outcome).await {
                over.push((outcome.delivery.id, done));
            } else {
                kept.push(Job { outcome: outcome.clone(), done });
            }
        }
        self.engine.hand.put_down(over.iter().map(|(id, _)| *id));
        for (_, done) in over {
            // A sender that ended meanwhile needs no answer.
            let _was_heard = done.send(()).is_ok();
        }
        kept
    }

    /// One at a time, because one of them cannot be written as it is; `false` when it must be tried again.
    ///
    /// A note that cannot be written must not undo what came of the delivery. What the relay has is never given up,
    /// because it would be mailed again; all else may go again when its lease runs out.
    async fn write_by_itself(&mut self, outcome: &Outcome) -> bool {
        let one: Arc<[Outcome]> = Arc::new([outcome.clone()]);
        let mut last = Ok(());
        for along in [Along::Everything(note_bounce), Along::Curve, Along::Nothing] {
            last = self.write(&one, along).await;
            if last.is_ok() {
                return true;
            }
        }
        if matches!(outcome.verdict, Verdict::Accepted { .. }) {
            self.refused.tell(last);
            return false;
        }
        tracing::error!(delivery = %outcome.delivery.id, ?last, "what came of a delivery cannot be recorded");
        true
    }

    /// Writes as soon as the database is there; an error when it refuses.
    async fn write(&mut self, done: &Arc<[Outcome]>, along: Along) -> Result<(), StoreError> {
        let is_first = matches!(along, Along::Everything(_));
        let is_one_statement = is_first && !self.engine.app.db.writes_alone() && queue::are_accepted(done);
        loop {
            let written = if is_one_statement { self.accept(done).await } else { self.record(done, along).await };
            match written {
                Err(error) if !error.is_passing() => return Err(error),
                written => {
                    if self.away.tell(written).is_some() {
                        return Ok(());
                    }
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn record(&self, done: &Arc<[Outcome]>, along: Along) -> Result<(), StoreError> {
        let (outcomes, node) = (Arc::clone(done), self.engine.node.id.clone());
        let (db, now, hand) = (&self.engine.app.db, self.engine.app.clock.now(), self.engine.hand.clone());
        let work = move |conn: &mut Conn| {
            let proves = !matches!(along, Along::Nothing);
            if proves {
                prove::hold(conn, &outcomes)?;
            }
            queue::record(conn, &node, &outcomes, along, now)?;
            if proves { prove::prove(conn, &hand, &outcomes, now) } else { Ok(()) }
        };
        db.write_here(work).await
    }

    /// Nothing but acceptances of campaigns, which touch no proof.
    async fn accept(&self, done: &[Outcome]) -> Result<(), StoreError> {
        let now = self.engine.app.clock.now();
        self.engine.app.db.write_one_here(|conn| queue::accept(conn, done, now)).await
    }
}

fn note_bounce(conn: &mut Conn, to: &Delivery, refusal: &Refusal<'_>, now: Timestamp) -> Result<(), StoreError> {
    if refusal.is_final {
        bounces::record_reply(conn, to, refusal.code, refusal.reply, now).map(drop)
    } else {
        bounces::record_deferral(conn, to, refusal.code, refusal.reply, now)
    }
}

/// An outcome that was handed in; it ends when it is in the database.
pub(super) struct Unwritten {
    id: DeliveryId,
    written: oneshot::Receiver<()>,
}

#[cfg(test)]
impl Job {
    /// One whose sender hears no answer.
    pub(super) fn any(delivery: Delivery) -> Self {
        let outcome = Outcome { delivery: Box::new(delivery), verdict: Verdict::GivenBack };
        Self { outcome, done: oneshot::channel().0 }
    }

    /// Says that it is in the database.
    pub(super) fn tell_written(self) {
        self.done.send(()).unwrap();
    }
}

impl Unwritten {
    /// Whether it is in the database by now.
    pub(super) fn is_written(&mut self) -> bool {
        self.written.try_recv().is_ok()
    }

    /// Returns when it is in the database.
    pub(super) async fn written(self) {
        if self.written.await.is_err() {
            tracing::error!(delivery = %self.id, "nobody records any more; the lease will run out");
        }
    }
}

/// Hands in an outcome.
///
/// A sender ends no other message before this one is written, so that after a crash not more is doubled than there are
/// connections.
pub(super) async fn hand_in(outcomes: &mpsc::Sender<Job>, delivery: Delivery, verdict: Verdict) -> Unwritten {
    let id = delivery.id;
    let (done, written) = oneshot::channel();
    let job = Job { outcome: Outcome { delivery: Box::new(delivery), verdict }, done };
    // Where nobody records any more, the other end is dropped with the job, and who waits is told.
    let _was_taken = outcomes.send(job).await.is_ok();
    Unwritten { id, written }
}

/// Records an outcome; returns when it is in the database.
pub(super) async fn written_down(outcomes: &mpsc::Sender<Job>, delivery: Delivery, verdict: Verdict) {
    hand_in(outcomes, delivery, verdict).await.written().await;
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
