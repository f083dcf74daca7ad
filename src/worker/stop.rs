//! The orderly end: the senders first, then what they handed to the record, then the leases.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::mail::relay_state::RelayState;

/// The running loops.
#[derive(Debug)]
pub struct WorkerHandle {
    pub(super) stop: CancellationToken,
    /// SMTP transactions under way at a stop have so long to end. RFC 5321, section 4.5.3.2.6, grants a final dot ten
    /// minutes; service managers kill long before, and what is cut here goes again with the same `Message-ID`.
    pub(super) stop_timeout: Duration,
    /// Everything is written.
    pub(super) drained: CancellationToken,
    pub(super) relay: RelayState,
    /// The loops that begin work: they claim, send and start campaigns.
    pub(super) feeders: Vec<JoinHandle<()>>,
    /// The loop that writes what came of it.
    pub(super) record: JoinHandle<()>,
    /// The loop that renews the leases, until everything is written.
    pub(super) housekeeping: JoinHandle<()>,
}

impl WorkerHandle {
    /// The relay, as this node knows it.
    #[must_use]
    pub const fn relay(&self) -> &RelayState {
        &self.relay
    }

    /// No new claims; transactions in flight have the set time to end, what was not begun goes back.
    ///
    /// What came of them is recorded however long that takes: while the database is away this does not return.
    pub async fn stop(self) {
        self.stop.cancel();
        let deadline = tokio::time::Instant::now() + self.stop_timeout;
        for mut task in self.feeders {
            if let Ok(ended) = tokio::time::timeout_at(deadline, &mut task).await {
                tell(ended);
                continue;
            }
            tracing::error!("a loop did not end in time; what it held goes again at the next start");
            task.abort();
            // The record ends when nobody is left who could hand it anything, so this one has to be gone.
            let _was_cut = task.await.is_err();
        }
        tell(self.record.await);
        self.drained.cancel();
        tell(self.housekeeping.await);
    }
}

fn tell(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a loop ended early");
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    #[tokio::test]
    async fn a_sender_that_hangs_is_cut_and_the_record_writes_all_it_was_handed_however_long_it_takes() {
        let (outcomes, mut to_record) = mpsc::channel::<&str>(8);
        let (tell_gone, senders_gone) = oneshot::channel();
        let (let_write, may_write) = oneshot::channel::<()>();
        let (written, mut is_written) = mpsc::unbounded_channel();
        let record = tokio::spawn(async move {
            let mut all = Vec::new();
            while to_record.recv_many(&mut all, 8).await > 0 {}
            tell_gone.send(()).unwrap();
            may_write.await.unwrap();
            written.send(all).unwrap();
        });
        let (ends, hangs) = (outcomes.clone(), outcomes);
        let ends = tokio::spawn(async move { ends.send("sent").await.unwrap() });
        let hangs = tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(hangs);
        });
        let drained = CancellationToken::new();
        let until = drained.clone();
        let housekeeping = tokio::spawn(async move { until.cancelled().await });
        let leases = drained.clone();
        let (stop, relay, feeders) = (CancellationToken::new(), RelayState::default(), vec![hangs, ends]);
        let stop_timeout = Duration::from_millis(20);
        let handle = WorkerHandle { stop, stop_timeout, drained, relay, feeders, record, housekeeping };
        let stopping = tokio::spawn(handle.stop());
        senders_gone.await.unwrap();
        assert!(!stopping.is_finished() && !leases.is_cancelled(), "nothing is written yet");
        let_write.send(()).unwrap();
        stopping.await.unwrap();
        assert_eq!(is_written.try_recv().unwrap(), ["sent"]);
        assert!(leases.is_cancelled());
    }
}
