//! Writes what the sessions hand in: as much as waits goes into one write, which begins as soon as the one before it
//! ended. No timer; one message alone waits for nobody, and a burst costs few commits.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::keep::{Handed, KeepOutcome, keep};
use crate::app::App;
use crate::ceilings;
use crate::storage::StoreError;
use crate::worker::once::Once;

/// Most messages in one write, so that a signup never waits long behind one.
const MOST: usize = 32;

/// What a session may ask of the writer.
enum Job {
    Keep(Arc<Handed>, oneshot::Sender<KeepOutcome>),
    CountRefused(i64),
}

/// The way to the writer.
#[derive(Clone)]
pub(super) struct Keeper(mpsc::Sender<Job>);

impl Keeper {
    /// Starts the writer; it ends when nobody holds the way to it any more. `nudge` wakes the judge loop.
    pub(super) fn start(app: App, nudge: Arc<Notify>) -> (Self, JoinHandle<()>) {
        let (sender, jobs) = mpsc::channel(MOST);
        (Self(sender), tokio::spawn(run(app, jobs, nudge)))
    }

    /// Keeps a message; the answer comes when it is committed.
    pub(super) async fn keep(&self, handed: Handed) -> KeepOutcome {
        let (answer, answered) = oneshot::channel();
        match self.0.send(Job::Keep(Arc::new(handed), answer)).await {
            Ok(()) => answered.await.unwrap_or(KeepOutcome::NotNow),
            Err(_) => KeepOutcome::NotNow,
        }
    }

    /// Counts recipients that were refused because their mark is not ours.
    pub(super) async fn count_refused(&self, refused: usize) {
        let counted = self.0.send(Job::CountRefused(i64::try_from(refused).unwrap_or(i64::MAX))).await;
        if counted.is_err() {
            tracing::debug!(refused, "not counted, the listener stops");
        }
    }
}

async fn run(app: App, mut jobs: mpsc::Receiver<Job>, nudge: Arc<Notify>) {
    let (mut waiting, mut told) = (Vec::with_capacity(MOST), Once::new("keeping reports"));
    while jobs.recv_many(&mut waiting, MOST).await > 0 {
        let (mut kept, mut refused) = (Vec::with_capacity(waiting.len()), 0);
        for job in waiting.drain(..) {
            match job {
                Job::Keep(handed, answer) => kept.push((handed, answer)),
                Job::CountRefused(more) => refused += more,
            }
        }
        let outcomes =
            told.tell(write(&app, kept.iter().map(|(handed, _)| Arc::clone(handed)).collect(), refused).await);
        let mut outcomes = outcomes.unwrap_or_default().into_iter();
        for (_, answer) in kept {
            // A session that ended meanwhile hears nothing; its client sends the message again.
            if answer.send(outcomes.next().unwrap_or(KeepOutcome::NotNow)).is_err() {
                tracing::debug!("a client left before the answer");
            }
        }
        nudge.notify_one();
    }
}

/// Writes messages together; where that is refused, each by itself, so that one does not hold up the others.
async fn write(app: &App, batch: Vec<Arc<Handed>>, refused: i64) -> Result<Vec<KeepOutcome>, StoreError> {
    let (now, shared) = (app.clock.now(), batch.clone());
    let together = app.db.write(move |conn| {
        if refused > 0 {
            ceilings::hit_times(conn, ceilings::REFUSED_REPORTS, refused, now)?;
        }
        shared.iter().map(|handed| keep(conn, handed, now)).collect::<Result<Vec<_>, _>>()
    });
    match together.await {
        Err(error) if !error.is_passing() && batch.len() > 1 => {
            let mut outcomes = Vec::with_capacity(batch.len());
            for handed in batch {
                let alone = app.db.write(move |conn| keep(conn, &handed, now)).await;
                outcomes.push(alone.unwrap_or_else(|error| {
                    tracing::warn!(%error, "a report could not be kept; its sender was asked to try again");
                    KeepOutcome::NotNow
                }));
            }
            Ok(outcomes)
        }
        result => result,
    }
}
