//! What follows from a complaint, in one write.

use super::store::{self, NewComplaint};
use crate::consent::{self, Circumstances};
use crate::deliveries::{self, Delivery};
use crate::mail::plain;
use crate::pacing::warm_up::{self, Trouble};
use crate::storage::{AccountId, ComplaintId, Conn, InboundMessageId, StoreError, Timestamp};
use crate::subscriptions::{self, EndReason};
use crate::suppressions::{self, NewSuppression, Reason};

/// Longest `Feedback-Type` that is kept, in bytes.
const LONGEST_TYPE: usize = 40;
/// Longest name of a reporter that is kept, in bytes.
const LONGEST_SOURCE: usize = 200;

/// A complaint as a report tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport<'a> {
    /// The message it was read from.
    pub inbound_message_id: Option<InboundMessageId>,
    /// `Feedback-Type` (RFC 5965).
    pub feedback_type: &'a str,
    /// Who reports.
    pub source: &'a str,
}

/// Whether a complaint was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordOutcome {
    /// It is on record, and the address is out.
    Recorded,
    /// This delivery was complained of before; nothing was written.
    AlreadyKnown,
    /// The delivery is of no account: there is nobody to take out.
    NobodyConcerned,
}

/// Records a complaint about a delivery: every subscription of its address in the account ends, the address is
/// suppressed so that no user can lift it, and nothing is sent. The address is the delivery's, never the report's.
///
/// # Errors
/// When the database could not be written.
pub fn record(
    conn: &mut Conn,
    delivery: &Delivery,
    report: &NewReport<'_>,
    now: Timestamp,
) -> Result<RecordOutcome, StoreError> {
    let outcome = take_out(conn, delivery, report, now)?;
    if let (RecordOutcome::Recorded, Some(met)) = (outcome, delivery.met(Trouble::Complaint)) {
        warm_up::note(conn, &[met], now)?;
    }
    Ok(outcome)
}

/// [`record`] without the count against a warm-up, for who records several and counts them in their order at the end.
///
/// # Errors
/// As [`record`].
pub fn take_out(
    conn: &mut Conn,
    delivery: &Delivery,
    report: &NewReport<'_>,
    now: Timestamp,
) -> Result<RecordOutcome, StoreError> {
    let Some(account) = delivery.account_id else { return Ok(RecordOutcome::NobodyConcerned) };
    consent::hold(conn, account)?;
    if !deliveries::mark_complained(conn, delivery.id, now)? {
        return Ok(RecordOutcome::AlreadyKnown);
    }
    let (feedback_type, source) = (plain(report.feedback_type, LONGEST_TYPE), plain(report.source, LONGEST_SOURCE));
    let evidence = format!("{feedback_type} reported by {source}");
    store::insert(
        conn,
        &NewComplaint {
            id: ComplaintId::new(),
            account_id: account,
            delivery_id: delivery.id,
            campaign_id: delivery.campaign_id,
            subscriber_id: delivery.subscriber_id,
            inbound_message_id: report.inbound_message_id,
            feedback_type,
            source,
            at: now,
        },
    )?;
    leave(conn, account, delivery, evidence, now)?;
    Ok(RecordOutcome::Recorded)
}

/// Ends every subscription of the address, and suppresses it.
fn leave(
    conn: &mut Conn,
    account: AccountId,
    delivery: &Delivery,
    evidence: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(subscriber) = delivery.subscriber_id {
        let from = Circumstances { origin: "complaint".to_owned(), ..Circumstances::default() };
        subscriptions::end_all(conn, subscriber, EndReason::Complaint, &from, now)?;
    }
    if let Some(address) = delivery.address.clone() {
        let (reason, delivery_id) = (Reason::Complaint, Some(delivery.id));
        suppressions::suppress(
            conn,
            &NewSuppression { account_id: account, address, reason, evidence, delivery_id },
            now,
        )?;
    }
    Ok(())
}
