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
    /// How often the connection broke in the middle of this delivery, and how many answers there had been at the first.
    cuts: HashMap<DeliveryId, (u8, u64)>,
    /// Deliveries that the relay answered.
    answers: u64,
    /// What goes into the proof once the mail was accepted.
    copies: HashMap<DeliveryId, Arc<KeptMail>>,
}

/// Whose fault a broken connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Too early to say.
    Unknown,
    /// It broke again and again, and nothing else was answered meanwhile.
    OfTheRelay,
    /// It broke again and again, while others were answered.
    OfTheMessage,
}

/// A message that broke the connection so often makes room for others.
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

    /// Counts a broken connection and says whose fault it is.
    pub(super) fn was_cut(&self, id: DeliveryId) -> Fault {
        let mut held = self.lock();
        let answers = held.answers;
        let (cuts, before) = held.cuts.entry(id).or_insert((0, answers));
        *cuts = cuts.saturating_add(1);
        match (*cuts >= MOST_CUTS, answers > *before) {
            (false, _) => Fault::Unknown,
            (true, false) => Fault::OfTheRelay,
            (true, true) => {
                held.cuts.remove(&id);
                Fault::OfTheMessage
            }
        }
    }

    /// Forgets the broken connections of a delivery that was answered.
    pub(super) fn was_answered(&self, id: DeliveryId) {
        let mut held = self.lock();
        held.answers += 1;
        held.cuts.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_that_breaks_connections_while_others_are_answered_is_at_fault() {
        let (hand, poison, other) = (Hand::default(), DeliveryId(1), DeliveryId(2));
        let faults = |count: usize| (0..count).map(|_| hand.was_cut(poison)).collect::<Vec<_>>();
        assert_eq!(faults(4), [Fault::Unknown, Fault::Unknown, Fault::OfTheRelay, Fault::OfTheRelay]);
        hand.was_answered(other);
        assert_eq!(faults(2), [Fault::OfTheMessage, Fault::Unknown], "and it begins anew");
        hand.was_answered(poison);
        assert_eq!(faults(3), [Fault::Unknown, Fault::Unknown, Fault::OfTheRelay]);
    }
}
