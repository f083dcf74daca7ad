//! Judges a stored message: what it is, whose delivery it speaks of, what follows. Read before the write, which is one
//! for each.

use super::marks::{self, Ours};
use super::{State, Waiting, store};
use crate::bounces::act::{self, Refused};
use crate::bounces::classify::{Verdict, classify};
use crate::bounces::{Severity, severity_of};
use crate::complaints::{self, NewReport};
use crate::consent::Circumstances;
use crate::deliveries::{self, Delivery};
use crate::keyring::Keyring;
use crate::mail::inbound::{self, Inbound, Kind, Refusal};
use crate::mail::relay_events;
use crate::storage::{AccountId, Conn, DeliveryId, InboundMessageId, StoreError, SubscriptionId, Timestamp};
use crate::subscriptions::{self, EndReason, UnsubscribeOutcome};

/// What became of a stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JudgeOutcome {
    /// It does not wait any more: another node judged it.
    NotWaiting,
    /// It stands there now.
    Judged(Judged),
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
    pub note: &'static str,
}

impl Judged {
    const fn nobody(state: State, kind: &'static str, note: &'static str) -> Self {
        Self { state, kind, account_id: None, delivery_id: None, note }
    }

    fn of(delivery: &Delivery, kind: &'static str, note: &'static str) -> Self {
        Self { state: State::Judged, kind, account_id: delivery.account_id, delivery_id: Some(delivery.id), note }
    }
}

/// A stored message, read: megabytes are not looked through while the database is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The row.
    pub id: InboundMessageId,
    /// `RCPT TO`.
    envelope_to: String,
    /// What it says; `None` when it cannot be read as a message.
    read: Option<Inbound>,
    /// Of a relay's own event, whose signature was verified at the door: the addresses that it was handed.
    handed_to: Option<Vec<String>>,
}

impl Opened {
    /// A message that could not even be looked at.
    #[must_use]
    pub const fn unreadable(id: InboundMessageId) -> Self {
        Self { id, envelope_to: String::new(), read: None, handed_to: None }
    }

    /// Whether a relay's event speaks of the address that the delivery was for; a mark alone can be copied into other
    /// mail that leaves through the same relay.
    fn is_about(&self, delivery: &Delivery) -> bool {
        let (Some(handed_to), Some(address)) = (&self.handed_to, &delivery.address) else { return true };
        handed_to.iter().any(|one| one.to_lowercase() == address.folded())
    }
}

/// Reads a message that waits. Pure, and slow for a long one.
#[must_use]
pub fn open(waiting: &Waiting) -> Opened {
    let (id, envelope_to) = (waiting.id, waiting.envelope_to.clone());
    // The door says what it is: a message that calls itself an event is none.
    if let Some(provider) = waiting.channel.provider() {
        let event = relay_events::read(provider, &waiting.message);
        let (read, handed_to) = event.map(|event| (event.inbound, event.handed_to)).unzip();
        return Opened { id, envelope_to, read, handed_to };
    }
    Opened { id, envelope_to, read: inbound::read(&waiting.message), handed_to: None }
}

/// Judges one stored message that was read. Nothing is ever sent in answer to it.
///
/// # Errors
/// When the database could not be read or written; the message then waits on.
pub fn judge_stored(
    conn: &mut Conn,
    keys: &Keyring,
    opened: &Opened,
    now: Timestamp,
) -> Result<JudgeOutcome, StoreError> {
    // Taken first, so that two nodes never judge one message.
    if !store::take(conn, opened.id, now)? {
        return Ok(JudgeOutcome::NotWaiting);
    }
    let judged = match &opened.read {
        None => Judged::nobody(State::Unreadable, "", "cannot be read as a message"),
        Some(read) => judge_read(conn, keys, opened, read, now)?,
    };
    store::finish(conn, opened.id, &judged)?;
    Ok(JudgeOutcome::Judged(judged))
}

fn judge_read(
    conn: &mut Conn,
    keys: &Keyring,
    opened: &Opened,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let delivery = match marks::of_address(keys, &opened.envelope_to) {
        Some(Ours::Subscription(subscription)) => return unsubscribe(conn, subscription, read, now),
        Some(Ours::Delivery(delivery)) => Some(delivery),
        None => match marks::of_report(keys, read) {
            // Whoever saw the message can write this, but not with the signature of our relay.
            Some(_) if read.kind == Kind::Bounce && opened.handed_to.is_none() => {
                return Ok(Judged::nobody(State::Unmarked, word_of(read), "did not come to the return path"));
            }
            found => found,
        },
    };
    match delivery {
        Some(delivery) => match deliveries::find(conn, delivery)? {
            Some(delivery) if !opened.is_about(&delivery) => {
                Ok(Judged::nobody(State::Unmarked, word_of(read), "names another address than its delivery"))
            }
            Some(delivery) => about(conn, opened.id, &delivery, read, now),
            None => Ok(Judged::nobody(State::Unmarked, word_of(read), "its delivery is not there any more")),
        },
        None if marks::is_for_the_operator(&opened.envelope_to) => {
            Ok(Judged::nobody(State::Kept, word_of(read), "for the operator"))
        }
        None => Ok(Judged::nobody(State::Unmarked, word_of(read), "carries no valid mark of ours")),
    }
}

/// What the message is, hard and soft told apart; the word that `estampille inspect` prints.
#[must_use]
pub fn word_of(read: &Inbound) -> &'static str {
    match read.kind {
        Kind::Bounce if severity_of(read) == Severity::Hard => "bounce-hard",
        Kind::Bounce => "bounce-soft",
        other => other.word(),
    }
}

fn unsubscribe(
    conn: &mut Conn,
    subscription: SubscriptionId,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    match read.kind {
        Kind::Unsubscribe | Kind::Unrelated => {}
        // A program that answers by itself, or returns mail, is nobody's wish.
        Kind::Bounce | Kind::Delayed | Kind::Complaint | Kind::AutoReply => {
            return Ok(Judged::nobody(State::Judged, word_of(read), "not a person's wish to leave"));
        }
    }
    let from = Circumstances { origin: "mail".to_owned(), ..Circumstances::default() };
    let mut judged = Judged::nobody(State::Judged, Kind::Unsubscribe.word(), "unsubscribed");
    match subscriptions::unsubscribe(conn, subscription, EndReason::Mail, &from, now)? {
        UnsubscribeOutcome::Ended(list) => judged.account_id = Some(list.account_id),
        UnsubscribeOutcome::AlreadyEnded(list) => {
            judged.account_id = Some(list.account_id);
            judged.note = "had unsubscribed before";
        }
        UnsubscribeOutcome::Gone => judged.note = "the subscription is not there any more",
    }
    Ok(judged)
}

fn about(
    conn: &mut Conn,
    id: InboundMessageId,
    delivery: &Delivery,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let note = match read.kind {
        Kind::Bounce => {
            let refusal = refusal_of(delivery, read);
            let verdict = verdict_of(&refusal, read);
            let reply = if refusal.reply.is_empty() { read.prose.trim() } else { refusal.reply.as_str() };
            match act::record(conn, delivery, &Refused { verdict: &verdict, reply, report: Some(id) }, now)? {
                act::RecordOutcome::Recorded => "recorded",
                act::RecordOutcome::AlreadyKnown => "had come back before",
                act::RecordOutcome::NobodyConcerned => "a delivery of no account",
            }
        }
        Kind::Complaint => {
            let feedback = read.feedback.as_ref();
            let report = NewReport {
                inbound_message_id: Some(id),
                feedback_type: feedback.map_or("abuse", |report| report.feedback_type.as_str()),
                source: feedback.map_or("", |report| report.user_agent.as_str()),
            };
            match complaints::record(conn, delivery, &report, now)? {
                complaints::RecordOutcome::Recorded => "recorded",
                complaints::RecordOutcome::AlreadyKnown => "was complained of before",
                complaints::RecordOutcome::NobodyConcerned => "a delivery of no account",
            }
        }
        Kind::Delayed => "late, the other side goes on trying",
        Kind::AutoReply | Kind::Unsubscribe | Kind::Unrelated => "nothing follows",
    };
    Ok(Judged::of(delivery, word_of(read), note))
}

/// What the report says of our recipient; a forwarding mailbox reports another address, so one of one is ours as well.
fn refusal_of(delivery: &Delivery, read: &Inbound) -> Refusal {
    let own = delivery.address.as_ref().map(|address| address.folded()).unwrap_or_default();
    let exact = read.refusals.iter().find(|one| one.address.to_lowercase() == own);
    exact.or(read.refusals.first()).cloned().unwrap_or_default()
}

/// What one recipient's refusal in a report means.
fn verdict_of(refusal: &Refusal, read: &Inbound) -> Verdict {
    classify(&refusal.status, &refusal.reply, &read.prose)
}
