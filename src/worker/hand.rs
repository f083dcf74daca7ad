//! What this node holds: claimed, and not yet recorded.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::consent::KeptMail;
use crate::storage::DeliveryId;

/// The deliveries in the hand of this node.
#[derive(Debug, Clone, Default)]
pub(super) struct Hand {
    held: Arc<Mutex<Held>>,
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Held {
    ids: HashSet<DeliveryId>,
    /// How often the connection broke in the middle of this delivery.
    cuts: HashMap<DeliveryId, u8>,
    /// What goes into the proof once the mail was accepted.
    copies: HashMap<DeliveryId, Arc<KeptMail>>,
}

/// A message that broke the connection so often is deferred like one that got a 4xx.
const MOST_CUTS: u8 = 3;

impl Hand {
    pub(super) fn take(&self, ids: impl Iterator<Item = DeliveryId>) {
        self.lock().ids.extend(ids);
    }

    pub(super) fn put_down(&self, ids: impl Iterator<Item = DeliveryId>) {
        let mut held = self.lock();
        for id in ids {
            held.ids.remove(&id);
            held.copies.remove(&id);
        }
        drop(held);
        self.freed.notify_one();
    }

    /// Keeps the copy of a confirmation mail until what came of it is recorded.
    pub(super) fn keep_copy(&self, id: DeliveryId, copy: Option<Arc<KeptMail>>) {
        if let Some(copy) = copy {
            self.lock().copies.insert(id, copy);
        }
    }

    pub(super) fn copy(&self, id: DeliveryId) -> Option<Arc<KeptMail>> {
        self.lock().copies.get(&id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().ids.len()
    }

    pub(super) fn ids(&self) -> Vec<DeliveryId> {
        self.lock().ids.iter().copied().collect()
    }

    /// Returns when something was put down since the last call.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Counts a broken connection; says whether it was one too many.
    pub(super) fn was_cut(&self, id: DeliveryId) -> bool {
        let mut held = self.lock();
        let cuts = held.cuts.entry(id).or_default();
        *cuts += 1;
        let is_too_many = *cuts >= MOST_CUTS;
        if is_too_many {
            held.cuts.remove(&id);
        }
        is_too_many
    }

    /// Forgets the broken connections of a delivery that was answered.
    pub(super) fn was_answered(&self, id: DeliveryId) {
        self.lock().cuts.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
