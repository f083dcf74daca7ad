//! The hashes that bind the records.

use serde_json::json;

use super::{Circumstances, Record};
use crate::keyring::{digest, hex, is_same, keyed_hash};
use crate::storage::AccountId;

/// What the hash of a new record covers: everything. The first scheme knew neither its own number nor mails.
pub(super) const SCHEME: i32 = 2;

/// The salted hash that stands for network and user agent.
pub(super) fn personal_hash(salt: &[u8], from: &Circumstances) -> Vec<u8> {
    let text = json!([from.network, from.user_agent]).to_string();
    keyed_hash(salt, text.as_bytes()).to_vec()
}

/// SHA-256 over the previous hash and the canonical JSON: sorted keys, no spaces, ids and times as the API prints them.
pub(super) fn hash_of(record: &Record, account: AccountId, address_hash: &[u8]) -> Vec<u8> {
    // serde_json keeps the keys of a map sorted, which makes the text canonical.
    let mut value = json!({
        "account_id": account,
        "address_hash": hex(address_hash),
        "at": record.at.micros(),
        "detail": record.detail,
        "event": record.event,
        "form_id": record.form_id,
        "form_version": record.form_version,
        "language": record.language,
        "list_id": record.list_id,
        "origin": record.circumstances.origin,
        "personal_hash": hex(&record.personal_hash),
        "subscriber_id": record.subscriber_id,
        "subscription_id": record.subscription_id,
        "via": record.via,
        "wording": record.wording,
    });
    // The records of the first scheme, and any mail that is said to belong to one, are told apart by what is missing.
    if let (Some(value), true) = (value.as_object_mut(), record.scheme != 1 || record.mail_hash.is_some()) {
        value.insert("id".to_owned(), json!(record.id));
        value.insert("mail_hash".to_owned(), json!(record.mail_hash.as_deref().map(hex)));
        value.insert("scheme".to_owned(), json!(record.scheme));
    }
    let before = record.previous_hash.as_deref().unwrap_or_default();
    digest(&[before, value.to_string().as_bytes()].concat()).to_vec()
}

/// Whether network, user agent and salt are what was written, or were all taken away by an erasure.
pub(super) fn is_personal_kept(record: &Record) -> bool {
    match &record.personal_salt {
        Some(salt) => is_same(&personal_hash(salt, &record.circumstances), &record.personal_hash),
        None => record.circumstances.network.is_empty() && record.circumstances.user_agent.is_empty(),
    }
}

/// Whether everything else is what was written.
pub(super) fn is_as_written(record: &Record, account: AccountId, address_hash: &[u8]) -> bool {
    is_same(&hash_of(record, account, address_hash), &record.hash)
}
