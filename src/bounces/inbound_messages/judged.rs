//! What became of a message, and what is to follow from it.

use super::{Note, Reporter, State};
use crate::bounces::Told;
use crate::deliveries::Delivery;
use crate::pacing::warm_up::Trouble;
use crate::storage::{AccountId, DeliveryId, ListId};

/// What became of a stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgeOutcome {
    /// It does not wait any more: another node judged it.
    NotWaiting,
    /// A name server did not answer; it waits on for a while.
    PutOff,
    /// It stands there now.
    Judged(Judged),
}

impl JudgeOutcome {
    /// Where the message stands, when it was judged.
    #[must_use]
    pub const fn judged(&self) -> Option<&Judged> {
        match self {
            Self::Judged(judged) => Some(judged),
            Self::NotWaiting | Self::PutOff => None,
        }
    }
}

/// Where a message stands after it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its new state.
    pub state: State,
    /// What it is, as `estampille inspect` says it; empty when it cannot be read.
    pub kind: &'static str,
    /// Whose delivery it speaks of.
    pub account_id: Option<AccountId>,
    /// The delivery it speaks of.
    pub delivery_id: Option<DeliveryId>,
    /// What followed, or why nothing did.
    pub note: Note,
    /// Of a complaint: who reports.
    pub reporter: Option<Reporter>,
    /// Of a bounce that was not known: what it tells of how we send.
    pub told: Option<Box<Told>>,
    /// What counts against the warm-up of the delivery's sender.
    pub(super) trouble: Option<(AccountId, ListId, String, Trouble)>,
}

impl Judged {
    pub(super) const fn nobody(state: State, kind: &'static str, note: Note) -> Self {
        Self { state, kind, account_id: None, delivery_id: None, note, reporter: None, told: None, trouble: None }
    }

    pub(super) fn of(delivery: &Delivery, state: State, kind: &'static str, note: Note) -> Self {
        let (account_id, delivery_id) = (delivery.account_id, Some(delivery.id));
        Self { account_id, delivery_id, ..Self::nobody(state, kind, note) }
    }

    pub(super) fn meets(self, delivery: &Delivery, trouble: Trouble) -> Self {
        let met = delivery.met(trouble);
        Self { trouble: met.map(|(account, list, lane, trouble)| (account, list, lane.to_owned(), trouble)), ..self }
    }
}
