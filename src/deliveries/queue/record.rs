//! What came of a claim, many at once in one transaction.

use std::collections::BTreeMap;

use super::super::{Delivery, Kind, State};
use super::claim::uncount;
use super::progress::{Progress, count_progress};
use super::store::{Settled, give_back, settle};
use crate::clock::Timestamp;
use crate::mail::plain;
use crate::pacing::warm_up::{self, Trouble};
use crate::storage::{CampaignId, Conn, DeliveryId, StoreError};

/// What came of one claim.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The delivery as it was claimed.
    pub delivery: Box<Delivery>,
    /// What came of it.
    pub verdict: Verdict,
}

/// What can come of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The relay has it.
    Accepted {
        /// The reply code.
        code: u16,
        /// The reply text.
        reply: String,
    },
    /// A 4xx: again later.
    Deferred {
        /// The reply code.
        code: u16,
        /// The reply text.
        reply: String,
        /// Not before this.
        due_at: Timestamp,
        /// And not after this.
        expires_at: Timestamp,
    },
    /// A 5xx, or a 4xx too many.
    Failed {
        /// The reply code.
        code: u16,
        /// The reply text.
        reply: String,
    },
    /// It may not be sent any more.
    Skipped {
        /// Why.
        cause: String,
    },
    /// Not tried, through no fault of its own: back to the queue, no attempt counted.
    GivenBack,
    /// Not tried, or in vain, because its receiver or the relay cannot be reached now: again at that time, no attempt
    /// counted.
    PutOff {
        /// Not before this.
        due_at: Timestamp,
        /// Why, for who looks at it.
        cause: String,
    },
}

/// Told of every refusal in the transaction that records it; the engine hands in the one of `bounces`.
pub type RefusalNote = fn(&mut Conn, &Delivery, &Refusal<'_>, Timestamp) -> Result<(), StoreError>;

/// A refusal at send time.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The reply code.
    pub code: u16,
    /// The reply text.
    pub reply: &'a str,
    /// Whether the delivery failed with it; else it waits and is tried again.
    pub is_final: bool,
}

/// What is written along with the states: the first to go when the database refuses a row.
#[derive(Debug, Clone, Copy)]
pub enum Along {
    /// What a refusal says of its address, and the count of the campaign's real curve.
    Everything(RefusalNote),
    /// The curve alone.
    Curve,
    /// The state and nothing else.
    Nothing,
}

/// The longest reply that is kept, in bytes.
const LONGEST_REPLY: usize = 1024;

/// Writes what came of these claims of `node`. A claim that the node lost meanwhile is left alone, but for an
/// acceptance.
///
/// # Errors
/// When the rows cannot be written; then nothing was.
pub fn record(
    conn: &mut Conn,
    node: &str,
    outcomes: &[Outcome],
    along: Along,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_given = |outcome: &&Outcome| outcome.verdict == Verdict::GivenBack;
    let given: Vec<DeliveryId> = outcomes.iter().filter(is_given).map(|outcome| outcome.delivery.id).collect();
    let given = give_back(conn, node, &given)?;
    let is_given_back = |outcome: &&Outcome| given.contains(&outcome.delivery.id);
    let mut untried: Vec<&Delivery> =
        outcomes.iter().filter(is_given_back).map(|outcome| outcome.delivery.as_ref()).collect();
    let mut settled: Vec<Settled> = outcomes.iter().filter_map(|outcome| settled(outcome, now)).collect();
    // Rows are taken in one order by everybody who takes several.
    settled.sort_by_key(|row| row.id);
    let written = settle(conn, node, &settled)?;
    let mut written: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| !is_given(outcome) && written.contains(&outcome.delivery.id)).collect();
    // Accounts are held one after the other, and by every node in the same order.
    written.sort_by_key(|outcome| outcome.delivery.account_id);
    for outcome in &written {
        note(conn, outcome, along, now)?;
        // What was not tried is no part of the curve, nor of what was sent.
        if matches!(outcome.verdict, Verdict::PutOff { .. }) {
            untried.push(&outcome.delivery);
        }
    }
    if matches!(along, Along::Nothing) {
        return uncount(conn, &untried, &[], now);
    }
    uncount(conn, &untried, &met(&written), now)?;
    for (campaign, more) in progress(&written) {
        count_progress(conn, campaign, more, now)?;
    }
    Ok(())
}

/// What counts against those who are warmed up.
fn met<'a>(written: &[&'a Outcome]) -> Vec<warm_up::Met<'a>> {
    let met = |outcome: &&'a Outcome| {
        let trouble = match outcome.verdict {
            Verdict::Failed { .. } => Trouble::Hard,
            Verdict::Deferred { .. } => Trouble::Deferred,
            _ => return None,
        };
        outcome.delivery.met(trouble)
    };
    written.iter().filter_map(met).collect()
}

/// What is added to the curves: a test mail carries its campaign's content, but is no part of its curve.
fn progress(written: &[&Outcome]) -> BTreeMap<CampaignId, Progress> {
    let mut progress: BTreeMap<CampaignId, Progress> = BTreeMap::new();
    for outcome in written {
        if let (Kind::Campaign, Some(campaign)) = (outcome.delivery.kind, outcome.delivery.campaign_id)
            && let Some(state) = outcome.verdict.state()
        {
            progress.entry(campaign).or_default().add(state);
        }
    }
    progress
}

/// Hands a refusal on, for ever or for now, to whoever judges what it says of the address.
fn note(conn: &mut Conn, outcome: &Outcome, along: Along, now: Timestamp) -> Result<(), StoreError> {
    match (along, &outcome.verdict) {
        (Along::Everything(note), Verdict::Failed { code, reply } | Verdict::Deferred { code, reply, .. }) => {
            let is_final = matches!(outcome.verdict, Verdict::Failed { .. });
            note(conn, &outcome.delivery, &Refusal { code: *code, reply: &plain(reply, LONGEST_REPLY), is_final }, now)
        }
        _ => Ok(()),
    }
}

impl Verdict {
    /// The state in which an attempt ended; none when there was none to speak of.
    const fn state(&self) -> Option<State> {
        match self {
            Self::Accepted { .. } => Some(State::Accepted),
            Self::Deferred { .. } => Some(State::Deferred),
            Self::Failed { .. } => Some(State::Failed),
            Self::Skipped { .. } => Some(State::Skipped),
            Self::GivenBack | Self::PutOff { .. } => None,
        }
    }
}

/// What is written of an outcome; nothing of what goes back.
pub(super) fn settled(outcome: &Outcome, now: Timestamp) -> Option<Settled> {
    let (id, attempts) = (outcome.delivery.id, outcome.delivery.attempts);
    let untried = |state, reply: &str| Settled {
        id,
        state,
        attempts,
        due_at: None,
        expires_at: None,
        last_code: None,
        last_reply: Some(plain(reply, LONGEST_REPLY)),
        finished_at: None,
    };
    let tried = |state, code: &u16, reply: &str| Settled {
        attempts: attempts.saturating_add(1),
        last_code: Some(i32::from(*code)),
        ..untried(state, reply)
    };
    let finished_at = Some(now);
    match &outcome.verdict {
        Verdict::Accepted { code, reply } => Some(Settled { finished_at, ..tried(State::Accepted, code, reply) }),
        Verdict::Failed { code, reply } => Some(Settled { finished_at, ..tried(State::Failed, code, reply) }),
        Verdict::Deferred { code, reply, due_at, expires_at } => Some(Settled {
            due_at: Some(*due_at),
            expires_at: Some(*expires_at),
            ..tried(State::Deferred, code, reply)
        }),
        Verdict::Skipped { cause } => Some(Settled { finished_at, ..untried(State::Skipped, cause) }),
        Verdict::PutOff { due_at, cause } => Some(Settled { due_at: Some(*due_at), ..untried(State::Deferred, cause) }),
        Verdict::GivenBack => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_kept_without_control_characters_and_within_a_kilobyte() {
        assert_eq!(plain("5.1.1 no\r\nsuch\0user \n", LONGEST_REPLY), "5.1.1 no  such user");
        let long = plain(&"é".repeat(2000), LONGEST_REPLY);
        assert_eq!((long.len(), long.chars().count()), (1024, 512));
    }
}
