//! What lies ready for the senders: what somebody waits for goes before what belongs to a campaign.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::deliveries::{Delivery, Kind};

/// What all senders take from.
#[derive(Clone)]
pub(super) struct Source(Arc<Mutex<Ready>>);

struct Ready {
    single: mpsc::Receiver<Delivery>,
    campaigns: mpsc::Receiver<Delivery>,
}

/// Where the claim puts what it got.
#[derive(Clone)]
pub(super) struct Feed {
    single: mpsc::Sender<Delivery>,
    campaigns: mpsc::Sender<Delivery>,
}

/// A feed and its source, with room for so many of each kind.
pub(super) fn channel(room: usize) -> (Feed, Source) {
    let (single, from_single) = mpsc::channel(room);
    let (campaigns, from_campaigns) = mpsc::channel(room);
    let ready = Ready { single: from_single, campaigns: from_campaigns };
    (Feed { single, campaigns }, Source(Arc::new(Mutex::new(ready))))
}

impl Source {
    /// The next deliveries, `most` of what lies ready; none when nothing will come any more.
    pub(super) async fn group(&self, most: usize) -> Vec<Delivery> {
        let mut group: Vec<Delivery> = self.next().await.into_iter().collect();
        let mut ready = self.0.lock().await;
        while !group.is_empty() && group.len() < most {
            match ready.single.try_recv().or_else(|_| ready.campaigns.try_recv()) {
                Ok(delivery) => group.push(delivery),
                Err(_) => break,
            }
        }
        group
    }

    /// The next delivery; none when nothing will come any more.
    pub(super) async fn next(&self) -> Option<Delivery> {
        let mut ready = self.0.lock().await;
        let Ready { single, campaigns } = &mut *ready;
        tokio::select! {
            biased;
            Some(delivery) = single.recv() => Some(delivery),
            Some(delivery) = campaigns.recv() => Some(delivery),
            else => None,
        }
    }
}

impl Feed {
    /// Puts a delivery to the others; it comes back when nobody takes any more.
    pub(super) async fn send(&self, delivery: Delivery) -> Result<(), Delivery> {
        let to = if delivery.kind == Kind::Campaign { &self.campaigns } else { &self.single };
        to.send(delivery).await.map_err(|refused| refused.0)
    }
}
