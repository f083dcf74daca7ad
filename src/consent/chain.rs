//! The hashes that bind the records, and the walk that checks them.

use serde_json::json;

use super::{Circumstances, Record, store};
use crate::keyring::{digest, hex, is_same, keyed_hash};
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError};

/// How many records are read at once while a chain is checked.
const CHUNK: i64 = 500;

/// What a walk along an account's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// Every record is as it was written; so many there are.
    Whole(u64),
    /// The first record that is not as it was written, or whose predecessor is missing.
    BrokenAt(ConsentRecordId),
    /// Every record that is there holds, but the last ones are gone: the account's head names another.
    Shortened,
}

impl ChainState {
    /// Whether nothing was changed or taken away.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

/// The salted hash that stands for network and user agent.
pub(super) fn personal_hash(salt: &[u8], from: &Circumstances) -> Vec<u8> {
    let text = json!([from.network, from.user_agent]).to_string();
    keyed_hash(salt, text.as_bytes()).to_vec()
}

/// SHA-256 over the previous hash and the canonical JSON: sorted keys, no spaces, ids and times as the API prints them.
pub(super) fn hash_of(record: &Record, account: AccountId, address_hash: &[u8]) -> Vec<u8> {
    // serde_json keeps the keys of a map sorted, which makes the text canonical.
    let text = json!({
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
    })
    .to_string();
    let before = record.previous_hash.as_deref().unwrap_or_default();
    digest(&[before, text.as_bytes()].concat()).to_vec()
}

/// Walks along the chain of an account, from its first record to its head.
///
/// # Errors
/// When the database cannot be read.
pub fn verify_chain(conn: &mut Conn, account: AccountId) -> Result<ChainState, StoreError> {
    let mut before: Option<Vec<u8>> = None;
    let mut after_id = ConsentRecordId(0);
    let mut count = 0;
    loop {
        let chunk = store::chain_after(conn, account, after_id, CHUNK)?;
        if chunk.is_empty() {
            break;
        }
        for (record, address_hash) in chunk {
            if record.previous_hash != before || !is_as_written(&record, account, &address_hash) {
                return Ok(ChainState::BrokenAt(record.id));
            }
            after_id = record.id;
            before = Some(record.hash);
            count += 1;
        }
    }
    let head = store::head(conn, account)?;
    Ok(if head == before { ChainState::Whole(count) } else { ChainState::Shortened })
}

fn is_as_written(record: &Record, account: AccountId, address_hash: &[u8]) -> bool {
    let is_personal_kept = match &record.personal_salt {
        Some(salt) => is_same(&personal_hash(salt, &record.circumstances), &record.personal_hash),
        None => record.circumstances.network.is_empty() && record.circumstances.user_agent.is_empty(),
    };
    is_personal_kept && is_same(&hash_of(record, account, address_hash), &record.hash)
}
