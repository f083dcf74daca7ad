//! The signed marks that each mail of ours carries, and how they are found again in what comes back.

use crate::keyring::{Keyring, Purpose};
use crate::storage::{AccountId, CampaignId, DeliveryId};

const UNSUBSCRIBE_PREFIX: &str = "u-";

/// A mark that names a delivery for one purpose.
#[must_use]
pub fn sign(keys: &Keyring, purpose: Purpose, delivery: DeliveryId) -> String {
    keys.sign(purpose, &delivery.0.to_be_bytes())
}

/// The delivery that a mark of this purpose names.
#[must_use]
pub fn open(keys: &Keyring, purpose: Purpose, mark: &str) -> Option<DeliveryId> {
    let payload = keys.open(purpose, mark.trim())?;
    payload.try_into().ok().map(|bytes| DeliveryId(i64::from_be_bytes(bytes)))
}

/// `Message-ID` of a delivery, without its angle brackets: its own for each recipient, the same at each attempt.
#[must_use]
pub fn message_id(keys: &Keyring, domain: &str, delivery: DeliveryId) -> String {
    format!("{}@{domain}", sign(keys, Purpose::MessageId, delivery))
}

/// The delivery of one of our Message-IDs, with or without its angle brackets.
#[must_use]
pub fn open_message_id(keys: &Keyring, message_id: &str) -> Option<DeliveryId> {
    let inner = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    open(keys, Purpose::MessageId, inner.split('@').next()?)
}

/// `X-Estampille-Trace` of a delivery.
#[must_use]
pub fn trace(keys: &Keyring, delivery: DeliveryId) -> String {
    sign(keys, Purpose::Trace, delivery)
}

/// The delivery that a trace mark names.
#[must_use]
pub fn open_trace(keys: &Keyring, mark: &str) -> Option<DeliveryId> {
    open(keys, Purpose::Trace, mark)
}

/// `CFBL-Feedback-ID` of a delivery (RFC 9477, section 3.2).
#[must_use]
pub fn complaint_id(keys: &Keyring, delivery: DeliveryId) -> String {
    sign(keys, Purpose::Complaint, delivery)
}

/// The delivery that a complaint id names.
#[must_use]
pub fn open_complaint_id(keys: &Keyring, mark: &str) -> Option<DeliveryId> {
    open(keys, Purpose::Complaint, mark)
}

/// Where complaints go (`CFBL-Address`, RFC 9477, section 3.1).
#[must_use]
pub fn complaint_address(domain: &str) -> String {
    format!("fbl@{domain}")
}

/// `Feedback-ID`: campaign, account, kind and the sender id, which is the same for the whole installation (HDR-06).
///
/// No field speaks of a person, and none repeats another.
#[must_use]
pub fn feedback_id(account: Option<AccountId>, campaign: Option<CampaignId>, kind: &str) -> String {
    let short = |bytes: Option<&[u8; 16]>| {
        bytes.map_or_else(|| "0".to_owned(), |bytes| crate::keyring::encode(bytes.get(6..).unwrap_or_default()))
    };
    let campaign = short(campaign.as_ref().map(CampaignId::bytes));
    let account = short(account.as_ref().map(AccountId::bytes));
    format!("c{campaign}:a{account}:{kind}:estampille")
}

/// The address at which a mail ends a subscription (RFC 2369); `token` is the one of the unsubscribe link.
#[must_use]
pub fn unsubscribe_address(token: &str, domain: &str) -> String {
    format!("{UNSUBSCRIBE_PREFIX}{token}@{domain}")
}

/// The unsubscribe token in such an address, or in its local part alone.
#[must_use]
pub fn unsubscribe_token(address: &str) -> Option<&str> {
    let local = address.split('@').next()?;
    let is_ours = local.get(..UNSUBSCRIBE_PREFIX.len())?.eq_ignore_ascii_case(UNSUBSCRIBE_PREFIX);
    if is_ours { local.get(UNSUBSCRIBE_PREFIX.len()..).filter(|token| !token.is_empty()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keyring {
        Keyring::new(vec![[7; 32]]).expect("a key")
    }

    #[test]
    fn every_mark_names_its_delivery_for_its_own_purpose_only() {
        let (keys, id) = (keys(), DeliveryId(1_234_567_890_123));
        let message_id = format!("<{}>", message_id(&keys, "lists.example.org", id));
        assert_eq!(open_message_id(&keys, &message_id), Some(id));
        assert_eq!(open_trace(&keys, &trace(&keys, id)), Some(id));
        assert_eq!(open_complaint_id(&keys, &complaint_id(&keys, id)), Some(id));
        assert_eq!(open_trace(&keys, &complaint_id(&keys, id)), None);
        assert_eq!(open_message_id(&keys, "<someone@example.org>"), None);
    }

    /// HDR-02: a thousand copies, a thousand ids.
    #[test]
    fn hdr_02_each_delivery_has_its_own_message_id() {
        let keys = keys();
        let ids: std::collections::HashSet<String> =
            (0..1000).map(|id| message_id(&keys, "lists.example.org", DeliveryId(id))).collect();
        assert_eq!(ids.len(), 1000);
    }

    /// HDR-06.
    #[test]
    fn hdr_06_the_feedback_id_has_four_fields_and_a_short_constant_sender() {
        let text = feedback_id(Some(AccountId::new()), Some(CampaignId::new()), "campaign");
        let fields: Vec<&str> = text.split(':').collect();
        assert_eq!(fields.len(), 4);
        assert!((5..=15).contains(&fields[3].len()));
        assert_eq!(fields.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }

    #[test]
    fn the_token_of_an_unsubscribe_address_is_found_in_either_case() {
        assert_eq!(unsubscribe_token(&unsubscribe_address("abc", "lists.example.org")), Some("abc"));
        assert_eq!(unsubscribe_token("U-ABC"), Some("ABC"));
        assert_eq!(unsubscribe_token("u-@lists.example.org"), None);
        assert_eq!(unsubscribe_token("anne@example.org"), None);
    }
}
