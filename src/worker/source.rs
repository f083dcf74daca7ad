//! What lies ready for the senders: what somebody waits for goes before what belongs to a campaign, or tells of some.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::deliveries::Kind;

/// What belongs to a delivery of some kind.
pub(super) trait OfKind {
    /// The kind.
    fn kind(&self) -> Kind;
}

/// What all senders take from.
pub(super) struct Source<T>(Arc<Mutex<Ready<T>>>);

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Ready<T> {
    single: mpsc::Receiver<T>,
    campaigns: mpsc::Receiver<T>,
}

/// Where the claim, and the late check, put what they have.
#[derive(Clone)]
pub(super) struct Feed<T> {
    single: mpsc::Sender<T>,
    campaigns: mpsc::Sender<T>,
}

/// A feed and its source, with room for so many of each kind.
pub(super) fn channel<T: OfKind>(room: usize) -> (Feed<T>, Source<T>) {
    let (single, from_single) = mpsc::channel(room);
    let (campaigns, from_campaigns) = mpsc::channel(room);
    let ready = Ready { single: from_single, campaigns: from_campaigns };
    (Feed { single, campaigns }, Source(Arc::new(Mutex::new(ready))))
}

impl<T: OfKind> Source<T> {
    /// The next ones, `most` of what lies ready; none when nothing will come any more.
    pub(super) async fn group(&self, most: usize) -> Vec<T> {
        let mut group: Vec<T> = self.next().await.into_iter().collect();
        let mut ready = self.0.lock().await;
        while !group.is_empty() && group.len() < most {
            match ready.single.try_recv().or_else(|_| ready.campaigns.try_recv()) {
                Ok(delivery) => group.push(delivery),
                Err(_) => break,
            }
        }
        group
    }

    /// The next one; none when nothing will come any more.
    pub(super) async fn next(&self) -> Option<T> {
        let mut ready = self.0.lock().await;
        let Ready { single, campaigns } = &mut *ready;
        tokio::select! {
            biased;
            Some(delivery) = single.recv() => Some(delivery),
            Some(delivery) = campaigns.recv() => Some(delivery),
            else => None,
        }
    }

    /// A campaign's that lies ready, for somebody who still has another one to send: nobody waits for it.
    pub(super) fn one_of_a_campaign(&self) -> Option<T> {
        self.0.try_lock().ok()?.campaigns.try_recv().ok()
    }
}

impl<T: OfKind> Feed<T> {
    /// Puts one to the others; it comes back when nobody takes any more.
    pub(super) async fn send(&self, one: T) -> Result<(), T> {
        let to = if one.kind().is_limited() { &self.campaigns } else { &self.single };
        to.send(one).await.map_err(|refused| refused.0)
    }
}
