//! What follows from a refusal, in one write: the record, and for a dead address the end of its subscriptions.

use super::judge::{Decision, Threshold, judge};
use super::store::{self, NewBounce};
use super::{Lasting, Severity, Verdict, classify_reply};
use crate::accounts::brakes;
use crate::consent::{self, Circumstances};
use crate::deliveries::{self, Delivery};
use crate::mail::plain;
use crate::storage::{AccountId, BounceId, Conn, InboundMessageId, StoreError, Timestamp};
use crate::subscriptions::{self, EndReason};
use crate::suppressions::{self, NewSuppression, Reason};

/// Longest reply that is kept with a bounce, in bytes.
const LONGEST_REPLY: usize = 2000;
/// Longest enhanced status that is kept; RFC 3463 needs nine characters.
const LONGEST_STATUS: usize = 20;

/// Records the reply that refused a delivery at send time and does what follows from it.
///
/// `code` is the reply code of RFC 5321, `reply` its text, with or without the code.
///
/// # Errors
/// When the database could not be written.
pub fn record_reply(
    conn: &mut Conn,
    delivery: &Delivery,
    code: u16,
    reply: &str,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let reply = with_code(code, reply);
    let verdict = classify_reply(&reply);
    record(conn, delivery, &Refused { verdict: &verdict, reply: &reply, report: None }, now)?;
    Ok(verdict)
}

fn with_code(code: u16, reply: &str) -> String {
    let code = code.to_string();
    if reply.starts_with(&code) { reply.to_owned() } else { format!("{code} {reply}") }
}

/// Records the 4xx that put a delivery off, where it speaks of the mailbox (it is full, closed, not known), and judges
/// it over the address's history: at most one row for a delivery, a class and a day, and never more than a soft bounce.
///
/// Greylisting, a busy server, throttling and policies leave no row: the delivery is tried again, and has not bounced.
///
/// # Errors
/// When the database could not be written.
pub fn record_deferral(
    conn: &mut Conn,
    delivery: &Delivery,
    code: u16,
    reply: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reply = with_code(code, reply);
    let mut verdict = classify_reply(&reply);
    let (Some(account), Some(_)) = (delivery.account_id, delivery.subscriber_id) else { return Ok(()) };
    if !verdict.class.is_of_the_mailbox() {
        return Ok(());
    }
    // Whatever its words say, a 4xx is not for ever.
    (verdict.severity, verdict.lasting) = (Some(Severity::Soft), Lasting::ForNow);
    consent::hold(conn, account)?;
    write(conn, account, delivery, &Refused { verdict: &verdict, reply: &reply, report: None }, now)
}

/// A refusal, and where it was read.
pub(super) struct Refused<'a> {
    pub(super) verdict: &'a Verdict,
    pub(super) reply: &'a str,
    pub(super) report: Option<InboundMessageId>,
}

/// Whether a refusal was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordOutcome {
    /// It is on record, and what follows was done.
    Recorded,
    /// This delivery had come back before, and this says nothing worse; nothing was written.
    AlreadyKnown,
    /// The delivery is of no account (an operator's invitation): there is nobody to take out.
    NobodyConcerned,
}

/// Records a refusal of a delivery, judges it over the address's history and acts. The address acted on is the one of
/// the delivery, whatever the report says. What a report means for a warm-up is left to its judge, and what a reply at
/// send time means to who recorded that.
pub(super) fn record(
    conn: &mut Conn,
    delivery: &Delivery,
    refused: &Refused<'_>,
    now: Timestamp,
) -> Result<RecordOutcome, StoreError> {
    let Some(account) = delivery.account_id else { return Ok(RecordOutcome::NobodyConcerned) };
    consent::hold(conn, account)?;
    let severity = refused.verdict.severity.unwrap_or(Severity::Soft);
    let is_first = deliveries::mark_bounced(conn, delivery.id, now)?;
    if !is_first && (severity == Severity::Soft || store::has_hard(conn, delivery.id)?) {
        return Ok(RecordOutcome::AlreadyKnown);
    }
    write(conn, account, delivery, refused, now)?;
    Ok(RecordOutcome::Recorded)
}

/// Writes a refusal and does what follows from it; nothing when one that waits was refused likewise earlier that day.
fn write(
    conn: &mut Conn,
    account: AccountId,
    delivery: &Delivery,
    refused: &Refused<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let severity = refused.verdict.severity.unwrap_or(Severity::Soft);
    let is_retry = severity == Severity::Soft && refused.report.is_none();
    if is_retry && store::has_of_day(conn, delivery, refused.verdict.class, now)? {
        return Ok(());
    }
    let before = match delivery.subscriber_id {
        Some(subscriber) => store::history(conn, subscriber, now)?,
        None => Vec::new(),
    };
    let reply = plain(refused.reply, LONGEST_REPLY);
    store::insert(conn, &row(account, delivery, refused, reply.clone(), now))?;
    let soft = Threshold::soft(&brakes::bounds(conn)?);
    match judge(refused.verdict, &before, soft, now) {
        Decision::Record => Ok(()),
        Decision::EndForHardBounce => {
            end(conn, account, delivery, (EndReason::HardBounce, Reason::HardBounce), reply, now)
        }
        Decision::EndForSoftBounces => {
            end(conn, account, delivery, (EndReason::SoftBounces, Reason::SoftBounces), reply, now)
        }
    }
}

fn row(account: AccountId, delivery: &Delivery, refused: &Refused<'_>, reply: String, now: Timestamp) -> NewBounce {
    NewBounce {
        id: BounceId::new(),
        account_id: account,
        delivery_id: delivery.id,
        campaign_id: delivery.campaign_id,
        subscriber_id: delivery.subscriber_id,
        inbound_message_id: refused.report,
        severity: refused.verdict.severity.unwrap_or(Severity::Soft),
        class: refused.verdict.class,
        status: plain(&refused.verdict.status, LONGEST_STATUS),
        reply,
        at: now,
    }
}

fn end(
    conn: &mut Conn,
    account: AccountId,
    delivery: &Delivery,
    (end, reason): (EndReason, Reason),
    evidence: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(subscriber) = delivery.subscriber_id else { return Ok(()) };
    let from = Circumstances { origin: "bounce".to_owned(), ..Circumstances::default() };
    subscriptions::end_all(conn, subscriber, end, &from, now)?;
    if let Some(address) = delivery.address.clone() {
        let delivery_id = Some(delivery.id);
        suppressions::suppress(
            conn,
            &NewSuppression { account_id: account, address, reason, evidence, delivery_id },
            now,
        )?;
    }
    Ok(())
}
