//! Which of our signed marks a message carries, and so whose it is.
//!
//! Only a mark made here opens; what a report says in clear is never believed. But a Message-ID or trace is copied into
//! answers, archives and forwarded mail, and anybody may write to abuse@ and fbl@: a mark *in* a report shows that its
//! writer saw the message, not that mail to the address came back. So a bounce acts only by the return path that it was
//! sent to ([`of_address`]), at every door alike: the listener's `RCPT TO`, the recipient that an MTA's pipe names, and,
//! for `POST /api/v1/reports`, an address in the header of the posted message ([`own_return_path`]), for deliveries of
//! the token's account only. A bounce with nothing but marks inside is kept as unmarked. Complaints keep all marks
//! ([`of_report`]): feedback loops report to one address for all mail.

use chrono::TimeDelta;

use crate::deliveries::{self, Delivery};
use crate::keyring::Keyring;
use crate::mail::inbound::Inbound;
use crate::mail::{dsn, marks, return_path};
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, SubscriptionId, Timestamp};
use crate::subscriptions;

/// How long reports about a delivery count after the relay took it (or refused it for good): thirteen months and some
/// days. Later ones can only be old mail that somebody found, or a mark that got about. Marks of unsubscribe addresses
/// work for ever.
pub const COUNT_FOR: TimeDelta = TimeDelta::days(400);

/// Whether a report that came at this moment is too late to count.
#[must_use]
pub fn is_over(delivery: &Delivery, received_at: Timestamp) -> bool {
    delivery.finished_at.is_some_and(|finished| received_at >= finished + COUNT_FOR)
}

/// What a mark of ours names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ours {
    /// A delivery, by its return path, complaint id, trace or Message-ID.
    Delivery(DeliveryId),
    /// A subscription, by its mailed unsubscribe address.
    Subscription(SubscriptionId),
}

/// What an envelope recipient names, when it is an address of ours with a valid mark.
#[must_use]
pub fn of_address(keys: &Keyring, address: &str) -> Option<Ours> {
    let delivery = return_path::open(keys, address).map(Ours::Delivery);
    delivery.or_else(|| {
        let token = marks::unsubscribe_token(address)?;
        subscriptions::open_unsubscribe_token(keys, token).map(Ours::Subscription)
    })
}

/// Where a message was going whose envelope is lost: the first of these addresses that is one of ours. Without any it
/// is kept all the same, under the first one: a refusal would make somebody write to somebody.
#[must_use]
pub fn destination(keys: &Keyring, candidates: &[String]) -> String {
    let is_ours = |address: &&String| of_address(keys, address).is_some() || is_for_the_operator(address);
    candidates.iter().find(is_ours).or(candidates.first()).cloned().unwrap_or_default()
}

/// The delivery that the message inside a report names by one of our marks.
#[must_use]
pub fn of_report(keys: &Keyring, read: &Inbound) -> Option<DeliveryId> {
    let by_feedback = read.feedback.as_ref().and_then(|report| {
        return_path::open(keys, &report.mail_from).or_else(|| marks::open_complaint_id(keys, &report.feedback_id))
    });
    by_feedback.or_else(|| of_header(keys, &read.returned))
}

/// The first of these addresses that is the return path of a delivery of the account: where a message came in that the
/// account hands in without an envelope. Reads the database.
///
/// # Errors
/// When the database could not be read.
pub fn own_return_path(
    conn: &mut Conn,
    keys: &Keyring,
    account: AccountId,
    addresses: &[String],
) -> Result<Option<String>, StoreError> {
    for address in addresses {
        let Some(id) = return_path::open(keys, address) else { continue };
        if deliveries::find(conn, id)?.is_some_and(|delivery| delivery.account_id == Some(account)) {
            return Ok(Some(address.clone()));
        }
    }
    Ok(None)
}

/// The delivery that header lines name by one of our marks.
#[must_use]
pub fn of_header(keys: &Keyring, header: &str) -> Option<DeliveryId> {
    dsn::unfolded(header).iter().find_map(|(name, value)| of_field(keys, name, value))
}

/// The delivery that one header field names by one of our marks; `name` in lower case.
#[must_use]
pub fn of_field(keys: &Keyring, name: &str, value: &str) -> Option<DeliveryId> {
    let value = value.trim().trim_start_matches('<').trim_end_matches('>');
    match name {
        "cfbl-feedback-id" => marks::open_complaint_id(keys, value),
        "x-estampille-trace" => marks::open_trace(keys, value),
        "message-id" => marks::open_message_id(keys, value),
        "return-path" | "x-return-path" | "x-envelope-from" => return_path::open(keys, value),
        _ => None,
    }
}

/// Whether an address is one that people write to when something is wrong (RFC 2142).
#[must_use]
pub fn is_for_the_operator(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    ["abuse", "postmaster", "fbl"].iter().any(|known| local.eq_ignore_ascii_case(known))
}
