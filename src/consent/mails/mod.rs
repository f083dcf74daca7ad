//! Confirmation mails as they were sent, byte for byte, kept small.
//!
//! All mails of one list are alike but for the address, the links, the dates and the signature. So a mail is kept as a
//! deflate stream (RFC 1951) whose window starts with a *sample*: the same mail for nobody in particular, kept once. A
//! mail also holds the link that confirms, so it is enciphered with the installation key: the database alone still
//! confirms nobody. An erasure deletes it; its hash stays in the record.

mod pack;
mod store;

use std::collections::HashMap;

use crate::keyring::{Keyring, Purpose, digest, is_same};
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, SubscriberId};

/// A mail ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMail {
    /// SHA-256 of its bytes as they were sent.
    pub hash: Vec<u8>,
    /// The same mail for nobody in particular.
    sample: Vec<u8>,
    /// What it adds to that, enciphered.
    kept: Vec<u8>,
}

impl KeptMail {
    /// Packs a mail; `None` when it cannot be enciphered.
    #[must_use]
    pub fn of(keys: &Keyring, message: &[u8], sample: Vec<u8>) -> Option<Self> {
        let kept = keys.conceal(Purpose::ConsentMail, pack::pack(&sample, message)?)?;
        Some(Self { hash: digest(message).to_vec(), sample, kept })
    }
}

/// What is kept of a mail.
pub(super) struct Kept {
    sample_hash: Vec<u8>,
    kept: Vec<u8>,
}

/// Writes a mail down beside its record.
pub(super) fn insert(conn: &mut Conn, record: ConsentRecordId, mail: &KeptMail) -> Result<(), StoreError> {
    let sample_hash = digest(&mail.sample);
    store::insert_sample(conn, &sample_hash, &mail.sample)?;
    store::insert(conn, record, &sample_hash, &mail.kept)
}

/// The mails that belong to an account's records from the first to the last of these.
pub(super) fn between(
    conn: &mut Conn,
    account: AccountId,
    first: ConsentRecordId,
    last: ConsentRecordId,
) -> Result<HashMap<ConsentRecordId, Kept>, StoreError> {
    let rows = store::between(conn, account, first, last)?;
    Ok(rows.into_iter().map(|(id, sample_hash, kept)| (id, Kept { sample_hash, kept })).collect())
}

/// Deletes the mails to a person whose records were blanked before.
pub(super) fn forget(conn: &mut Conn, account: AccountId, subscriber: SubscriberId) -> Result<(), StoreError> {
    store::forget(conn, account, subscriber)
}

/// The mail that a record of this account speaks of, as it was sent; `None` after an erasure or without its key.
///
/// # Errors
/// When the database cannot be read.
pub fn mail_of(
    conn: &mut Conn,
    keys: &Keyring,
    account: AccountId,
    record: ConsentRecordId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(kept) = between(conn, account, record, record)?.remove(&record) else { return Ok(None) };
    Samples::default().open(conn, keys, &kept)
}

/// The samples that were needed last, so that each is read once and not once a mail.
#[derive(Default)]
pub(super) struct Samples(HashMap<Vec<u8>, Vec<u8>>);

/// A sample is some kilobytes; a walk over many lists drops those it has passed.
const MOST_SAMPLES: usize = 200;

impl Samples {
    pub(super) fn is_mail(
        &mut self,
        conn: &mut Conn,
        keys: &Keyring,
        kept: &Kept,
        hash: &[u8],
    ) -> Result<bool, StoreError> {
        let message = self.open(conn, keys, kept)?;
        Ok(message.is_some_and(|message| is_same(&digest(&message), hash)))
    }

    fn open(&mut self, conn: &mut Conn, keys: &Keyring, kept: &Kept) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.0.contains_key(&kept.sample_hash) {
            if self.0.len() >= MOST_SAMPLES {
                self.0.clear();
            }
            let Some(sample) = store::sample(conn, &kept.sample_hash)? else { return Ok(None) };
            self.0.insert(kept.sample_hash.clone(), sample);
        }
        let Some(sample) = self.0.get(&kept.sample_hash) else { return Ok(None) };
        let is_as_written = is_same(&digest(sample), &kept.sample_hash);
        let packed = keys.reveal(Purpose::ConsentMail, &kept.kept).filter(|_| is_as_written);
        Ok(packed.and_then(|packed| pack::unpack(sample, &packed)))
    }
}
