//! Which of our signed marks a message carries, and so whose it is. Pure.
//!
//! Only a mark made here opens; what a report says in clear is never believed.

use crate::keyring::Keyring;
use crate::mail::inbound::Inbound;
use crate::mail::{dsn, marks, return_path};
use crate::storage::{DeliveryId, SubscriptionId};
use crate::subscriptions;

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

/// The first valid mark of a message: in its envelope recipient, then in the message that it reports on.
#[must_use]
pub fn find(keys: &Keyring, envelope_to: &str, read: &Inbound) -> Option<Ours> {
    of_address(keys, envelope_to).or_else(|| {
        let feedback = read.feedback.as_ref();
        let by_feedback = feedback.and_then(|report| {
            return_path::open(keys, &report.mail_from).or_else(|| marks::open_complaint_id(keys, &report.feedback_id))
        });
        by_feedback.or_else(|| of_header(keys, &read.returned)).map(Ours::Delivery)
    })
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
