//! Judges a stored message: what it is, whose delivery it speaks of, what follows. Read before the write, which is one
//! for each.

use super::marks::{self, Ours};
use super::opened::AGAIN_AFTER;
use super::reporter::Reporter;
use super::{Note, Opened, State, store};
use crate::bounces::act::{self, Refused};
use crate::bounces::classify::{Verdict, classify};
use crate::bounces::{Severity, severity_of};
use crate::complaints::{self, NewReport};
use crate::consent::Circumstances;
use crate::deliveries::{self, Delivery};
use crate::keyring::Keyring;
use crate::mail::inbound::{Inbound, Kind, Refusal};
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, SubscriptionId, Timestamp};
use crate::subscriptions::{self, EndReason, UnsubscribeOutcome};

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
}

impl Judged {
    const fn nobody(state: State, kind: &'static str, note: Note) -> Self {
        Self { state, kind, account_id: None, delivery_id: None, note, reporter: None }
    }

    fn of(delivery: &Delivery, state: State, kind: &'static str, note: Note) -> Self {
        let (account_id, delivery_id) = (delivery.account_id, Some(delivery.id));
        Self { state, kind, account_id, delivery_id, note, reporter: None }
    }
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
    if opened.may_be_surer_later(now) {
        store::put_off(conn, opened.id, now + AGAIN_AFTER)?;
        return Ok(JudgeOutcome::PutOff);
    }
    // Taken first, so that two nodes never judge one message.
    if !store::take(conn, (opened.id, opened.received_at), now)? {
        return Ok(JudgeOutcome::NotWaiting);
    }
    let judged = match &opened.read {
        None => Judged::nobody(State::Unreadable, "", Note::Unreadable),
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
                return Ok(Judged::nobody(State::Unmarked, word_of(read), Note::NotByReturnPath));
            }
            found => found,
        },
    };
    match delivery {
        Some(delivery) => match deliveries::find(conn, delivery)? {
            Some(delivery) if !opened.is_about(&delivery) => {
                Ok(Judged::nobody(State::Unmarked, word_of(read), Note::AnotherAddress))
            }
            Some(delivery) if marks::is_over(&delivery, opened.received_at) => {
                Ok(Judged::of(&delivery, State::Expired, word_of(read), Note::Expired))
            }
            Some(delivery) => about(conn, opened, &delivery, read, now),
            None => Ok(Judged::nobody(State::Unmarked, word_of(read), Note::DeliveryGone)),
        },
        None if marks::is_for_the_operator(&opened.envelope_to) => {
            Ok(Judged::nobody(State::Kept, word_of(read), Note::ForOperator))
        }
        None => Ok(Judged::nobody(State::Unmarked, word_of(read), Note::NoMark)),
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
        // Who calls the mail unwanted at this address wants to be taken off.
        Kind::Unsubscribe | Kind::Unrelated | Kind::Complaint => {}
        // A program that answers by itself, or returns mail, is nobody's wish.
        Kind::Bounce | Kind::Delayed | Kind::AutoReply => {
            return Ok(Judged::nobody(State::Judged, word_of(read), Note::NotAWish));
        }
    }
    let from = Circumstances { origin: "mail".to_owned(), ..Circumstances::default() };
    // Who complains gets nothing more, not even a goodbye.
    let reason = if read.kind == Kind::Complaint { EndReason::Complaint } else { EndReason::Mail };
    let mut judged = Judged::nobody(State::Judged, Kind::Unsubscribe.word(), Note::Unsubscribed);
    match subscriptions::unsubscribe(conn, subscription, reason, &from, now)? {
        UnsubscribeOutcome::Ended(list) => judged.account_id = Some(list.account_id),
        UnsubscribeOutcome::AlreadyEnded(list) => {
            judged.account_id = Some(list.account_id);
            judged.note = Note::HadUnsubscribed;
        }
        UnsubscribeOutcome::Gone => judged.note = Note::SubscriptionGone,
    }
    Ok(judged)
}

fn about(
    conn: &mut Conn,
    opened: &Opened,
    delivery: &Delivery,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let note = match read.kind {
        Kind::Bounce => {
            let refusal = refusal_of(delivery, read);
            let verdict = verdict_of(&refusal, read);
            let reply = if refusal.reply.is_empty() { read.prose.trim() } else { refusal.reply.as_str() };
            match act::record(conn, delivery, &Refused { verdict: &verdict, reply, report: Some(opened.id) }, now)? {
                act::RecordOutcome::Recorded => Note::Recorded,
                act::RecordOutcome::AlreadyKnown => Note::KnownBounce,
                act::RecordOutcome::NobodyConcerned => Note::NoAccount,
            }
        }
        Kind::Complaint => return complain(conn, opened, delivery, read, now),
        Kind::Delayed => Note::Late,
        Kind::AutoReply | Kind::Unsubscribe | Kind::Unrelated => Note::Nothing,
    };
    Ok(Judged::of(delivery, State::Judged, word_of(read), note))
}

/// A complaint acts when its reporter is known (BNC-08); else it is kept aside.
fn complain(
    conn: &mut Conn,
    opened: &Opened,
    delivery: &Delivery,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let reporter = Some(opened.reporter_of(delivery));
    if !reporter.is_some_and(Reporter::is_believed) {
        let judged = Judged::of(delivery, State::Quarantined, word_of(read), Note::NotBelieved);
        return Ok(Judged { reporter, ..judged });
    }
    let feedback = read.feedback.as_ref();
    let report = NewReport {
        inbound_message_id: Some(opened.id),
        feedback_type: feedback.map_or("abuse", |report| report.feedback_type.as_str()),
        source: feedback.map_or("", |report| report.user_agent.as_str()),
    };
    let note = match complaints::record(conn, delivery, &report, now)? {
        complaints::RecordOutcome::Recorded => Note::Recorded,
        complaints::RecordOutcome::AlreadyKnown => Note::KnownComplaint,
        complaints::RecordOutcome::NobodyConcerned => Note::NoAccount,
    };
    Ok(Judged { reporter, ..Judged::of(delivery, State::Judged, word_of(read), note) })
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
