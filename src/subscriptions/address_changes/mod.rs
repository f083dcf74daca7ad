//! A change of address: asked for on the reader's own page, agreed to by both mailboxes, done once both did.
//!
//! The old mailbox agrees so that nobody who got hold of a page takes a subscription away; the new one, because nobody is
//! written to who did not confirm (CON-01). The person goes on as another row: the old one keeps its keyed hash and every
//! consent record, whose chain binds that hash, and points to the new one. Subscriptions keep their ids, so every link in
//! mail already sent goes on working.

mod agree;
mod ask;
mod carry_out;
mod mail;
mod store;

use chrono::TimeDelta;

use crate::keyring::digest;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriberId, Timestamp, words};

pub use agree::{AgreeOutcome, RefuseOutcome, agree, refuse};
pub use ask::{AskOutcome, ask};
pub use mail::mail;
pub(super) use store::forget;

/// How long both mailboxes have to agree.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(7);

words! {
    /// How a change of address ended.
    pub enum Outcome {
        /// Both agreed, and mail goes to the new address.
        Done = "done",
        /// One of them said no.
        Refused = "refused",
        /// The same person asked for another one.
        Replaced = "replaced",
        /// Not both agreed in time.
        Expired = "expired",
        /// The new address may not be used, or is somebody known by now.
        Impossible = "impossible",
    }
}

/// Which of the two mailboxes a link was mailed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that is left.
    Old,
    /// The one that is to come.
    New,
}

/// A change that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressChange {
    /// Whose account knows the person.
    pub account_id: AccountId,
    /// Who.
    pub subscriber_id: SubscriberId,
    /// In the name of which list the mails are written.
    pub list_id: ListId,
    /// The address that is to come; gone once the change ended.
    pub new_address: Option<EmailAddress>,
    pub(super) old_nonce: Vec<u8>,
    pub(super) old_hash: Vec<u8>,
    pub(super) new_nonce: Vec<u8>,
    pub(super) new_hash: Vec<u8>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Until when both can agree.
    pub expires_at: Timestamp,
    /// When the old mailbox agreed.
    pub old_agreed_at: Option<Timestamp>,
    /// When the new mailbox agreed.
    pub new_agreed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl AddressChange {
    /// Whether it can still be agreed to.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// When this mailbox agreed.
    #[must_use]
    pub const fn agreed_at(&self, side: Side) -> Option<Timestamp> {
        match side {
            Side::Old => self.old_agreed_at,
            Side::New => self.new_agreed_at,
        }
    }
}

/// The change that this token belongs to, and which mailbox it was mailed to.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, token: &str) -> Result<Option<(AddressChange, Side)>, StoreError> {
    find_by_hash(conn, &digest(token.as_bytes()))
}

/// [`find`] by the digest of the token, which the delivery carries.
fn find_by_hash(conn: &mut Conn, hash: &[u8]) -> Result<Option<(AddressChange, Side)>, StoreError> {
    let found = store::find(conn, hash)?;
    Ok(found.map(|change| {
        let side = if change.old_hash == hash { Side::Old } else { Side::New };
        (change, side)
    }))
}

/// Ends changes to which not both mailboxes agreed in time, at most `limit` of them; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn expire(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    store::expire(conn, now, limit)
}

/// The changes that a person asked for, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_subscriber(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<AddressChange>, StoreError> {
    store::of_subscriber(conn, subscriber)
}
