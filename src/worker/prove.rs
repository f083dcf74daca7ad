//! The confirmation mails that were accepted, written into the proofs of their subscriptions.

use std::collections::BTreeSet;

use super::hand::Hand;
use crate::clock::Timestamp;
use crate::deliveries::queue::{Outcome, Verdict};
use crate::deliveries::{Delivery, Kind};
use crate::mail::plain;
use crate::storage::{AccountId, Conn, StoreError};
use crate::{consent, subscriptions};

/// The longest answer that a proof keeps, in bytes.
const LONGEST_ANSWER: usize = 300;

/// Takes the chains that will be written before any row of theirs, always in the same order.
pub(super) fn hold(conn: &mut Conn, outcomes: &[Outcome]) -> Result<(), StoreError> {
    for account in written(outcomes) {
        consent::hold(conn, account)?;
    }
    Ok(())
}

/// The accounts whose chains outcomes may be written to: those of confirmation mails that were accepted, and those of
/// refusals, which may end a subscription.
pub(super) fn written(outcomes: &[Outcome]) -> BTreeSet<AccountId> {
    let is_written = |outcome: &&Outcome| match outcome.verdict {
        Verdict::Accepted { .. } => outcome.delivery.kind == Kind::Confirmation,
        Verdict::Failed { .. } | Verdict::Deferred { .. } => true,
        Verdict::Skipped { .. } | Verdict::GivenBack | Verdict::PutOff { .. } => false,
    };
    outcomes.iter().filter(is_written).filter_map(|outcome| outcome.delivery.account_id).collect()
}

/// Writes every confirmation mail that was accepted into the proof of its subscription.
pub(super) fn prove(conn: &mut Conn, hand: &Hand, outcomes: &[Outcome], now: Timestamp) -> Result<(), StoreError> {
    for (delivery, answer) in accepted_confirmations(outcomes) {
        if let Some(copy) = hand.copy(delivery.id) {
            subscriptions::record_mail(conn, delivery, &copy, &answer, now)?;
        }
    }
    Ok(())
}

fn accepted_confirmations(outcomes: &[Outcome]) -> impl Iterator<Item = (&Delivery, String)> {
    outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Accepted { reply, .. } if outcome.delivery.kind == Kind::Confirmation => {
            Some((&*outcome.delivery, plain(reply, LONGEST_ANSWER)))
        }
        _ => None,
    })
}
