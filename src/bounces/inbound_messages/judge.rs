//! Judges a stored message: what it is, whose delivery it speaks of, what follows. Read before the write, which is one
//! for each.

use super::marks::{self, Ours};
use super::opened::AGAIN_AFTER;
use super::reporter::Reporter;
use super::{JudgeOutcome, Judged, Note, Opened, State, store};
use crate::bounces::act::{self, Refused};
use crate::bounces::classify::{Verdict, classify};
use crate::bounces::told::told;
use crate::bounces::{Severity, severity_of};
use crate::complaints::{self, NewReport};
use crate::consent::Circumstances;
use crate::deliveries::{self, Delivery};
use crate::keyring::Keyring;
use crate::mail::inbound::{Inbound, Kind, Refusal};
use crate::pacing::warm_up::Trouble;
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::subscriptions::{self, EndReason, UnsubscribeOutcome};

/// Judges one stored message that was read. Nothing is ever sent in answer to it.
///
/// # Errors
/// When the database could not be read or written; the message then waits on.
pub(super) fn judge_stored(
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
        Some(Ours::Subscription(_)) if !opened.is_wish(read) => {
            return Ok(Judged::nobody(State::Judged, word_of(read), Note::NotAWish));
        }
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
        Kind::Bounce => return returned(conn, opened, delivery, read, now),
        Kind::Complaint => return complain(conn, opened, delivery, read, now),
        Kind::Delayed => Note::Late,
        Kind::AutoReply | Kind::Unsubscribe | Kind::Unrelated => Note::Nothing,
    };
    Ok(Judged::of(delivery, State::Judged, word_of(read), note))
}

/// A delivery came back: for its address, and the first time also for its lane and its campaign.
fn returned(
    conn: &mut Conn,
    opened: &Opened,
    delivery: &Delivery,
    read: &Inbound,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let refusal = refusal_of(delivery, read);
    let verdict = verdict_of(&refusal, read);
    let reply = if refusal.reply.is_empty() { read.prose.trim() } else { refusal.reply.as_str() };
    let outcome = act::record(conn, delivery, &Refused { verdict: &verdict, reply, report: Some(opened.id) }, now)?;
    let of = |note| Judged::of(delivery, State::Judged, word_of(read), note);
    Ok(match outcome {
        act::RecordOutcome::AlreadyKnown => of(Note::KnownBounce),
        act::RecordOutcome::NobodyConcerned => of(Note::NoAccount),
        act::RecordOutcome::Recorded => {
            let told = told(conn, delivery, (&verdict, reply), now)?.map(Box::new);
            let judged = Judged { told, ..of(Note::Recorded) };
            let is_hard = verdict.severity == Some(Severity::Hard);
            if is_hard { judged.meets(delivery, Trouble::Hard) } else { judged }
        }
    })
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
    let outcome = complaints::take_out(conn, delivery, &report, now)?;
    let of = |note| Judged { reporter, ..Judged::of(delivery, State::Judged, word_of(read), note) };
    Ok(match outcome {
        complaints::RecordOutcome::Recorded => of(Note::Recorded).meets(delivery, Trouble::Complaint),
        complaints::RecordOutcome::AlreadyKnown => of(Note::KnownComplaint),
        complaints::RecordOutcome::NobodyConcerned => of(Note::NoAccount),
    })
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
