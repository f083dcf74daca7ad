//! The daily seal: one digest over the heads of all chains, bound to the seal before it.
//!
//! Whoever can write to the database could write whole chains anew, with hashes that fit. A seal of yesterday that lies
//! elsewhere, printed, mailed or published, shows it: `digest = SHA-256(previous digest ‖ canonical JSON of day, moment,
//! number of accounts and heads digest)`, and the heads digest is SHA-256 over the id and the head of every account, in
//! the order of their ids.

mod store;
mod verify;

use chrono::TimeDelta;
use serde_json::json;

use crate::keyring::{digest, hex};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

pub(super) use store::{SealedHead, heads_of};
pub use verify::verify_seals;

/// One day's seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The day that it closes, `2026-11-21`, in UTC.
    pub day: String,
    /// When it was made.
    pub sealed_at: Timestamp,
    /// How many accounts had records.
    pub accounts: i64,
    /// The digest over their heads.
    pub heads: Vec<u8>,
    /// The seal before; none for the first.
    pub previous: Option<Vec<u8>>,
    /// The seal itself.
    pub digest: Vec<u8>,
}

/// Seals the day before `now`, once; `None` when it is sealed, or when nothing was ever recorded.
///
/// # Errors
/// When the database cannot do it; [`StoreError::AlreadyThere`] when another node does so at this moment.
pub fn seal(conn: &mut Conn, now: Timestamp) -> Result<Option<Seal>, StoreError> {
    let day = day_of(now - TimeDelta::days(1));
    let last = store::last(conn)?;
    if last.as_ref().is_some_and(|last| last.day >= day) {
        return Ok(None);
    }
    let heads = store::heads(conn)?;
    if heads.is_empty() {
        return Ok(None);
    }
    let known = store::last_heads(conn)?;
    let moved: Vec<(AccountId, Vec<u8>)> =
        heads.iter().filter(|(account, head)| known.get(account) != Some(head)).cloned().collect();
    let mut seal = Seal {
        day,
        sealed_at: now,
        accounts: i64::try_from(heads.len()).unwrap_or(i64::MAX),
        heads: digest_of_heads(heads.iter().map(|(account, head)| (account, head))),
        previous: last.map(|last| last.digest),
        digest: Vec::new(),
    };
    seal.digest = digest_of(&seal);
    store::insert(conn, &seal, &moved)?;
    Ok(Some(seal))
}

/// The seals, newest first, at most `limit` of them.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Seal>, StoreError> {
    store::newest(conn, limit)
}

/// The first seal that covers what was recorded at this moment: the one of its day, or the next one after.
///
/// # Errors
/// When the database cannot be read.
pub fn covering(conn: &mut Conn, at: Timestamp) -> Result<Option<Seal>, StoreError> {
    store::first_sealed_after(conn, at)
}

fn day_of(moment: Timestamp) -> String {
    moment.utc().format("%Y-%m-%d").to_string()
}

fn digest_of_heads<'a>(heads: impl Iterator<Item = (&'a AccountId, &'a Vec<u8>)>) -> Vec<u8> {
    let bytes: Vec<u8> = heads.flat_map(|(account, head)| [account.bytes().as_slice(), head].concat()).collect();
    digest(&bytes).to_vec()
}

fn digest_of(seal: &Seal) -> Vec<u8> {
    let text = json!({
        "accounts": seal.accounts,
        "day": seal.day,
        "heads": hex(&seal.heads),
        "sealed_at": seal.sealed_at.micros(),
    });
    digest(&[seal.previous.as_deref().unwrap_or_default(), text.to_string().as_bytes()].concat()).to_vec()
}
