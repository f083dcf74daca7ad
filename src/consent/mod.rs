//! What a person was shown and did, as append-only records, each bound to the one before it by its hash.
//!
//! The chain runs through an account: `hash = SHA-256(previous hash ‖ canonical JSON of the record)`, and its head stands
//! in the account's row, written in the same transaction. The JSON holds, with sorted keys, everything but the network
//! and the user agent; of those two it holds HMAC-SHA-256 with a salt of the record's own. So an erasure can take both,
//! and their salt, away: the chain still verifies, and nobody can guess the network from what is left. The same holds for
//! the confirmation mail ([`mails`]): the record has its hash, and the mail itself can go. A record that names the version of
//! a form holds the hash of it, so that what was shown is proved like what was done.
//!
//! Triggers refuse every other change (`consent_stays`); [`verify_chain`] finds what was changed past them, and
//! [`seals`] what was written anew with hashes that fit (CON-05).

mod append;
mod chain;
mod links;
pub mod mails;
pub mod seals;
mod store;
mod verify;
mod verify_person;
mod versions;
pub mod walks;

use crate::config::KeptNetworks;
use crate::storage::{
    AccountId, Conn, ConsentRecordId, FormId, Language, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp,
    words,
};

pub use append::{Chain, append, append_mail, hold};
pub use mails::{KeptMail, mail_of};
pub use verify::{Break, ChainState, Difference, Walk, verify_chain};
pub use verify_person::{Checked, LONGEST_AT_ONCE, Scope, verify_for};

words! {
    /// What happened to a subscription.
    pub enum Event {
        /// Somebody asked for it.
        Requested = "requested",
        /// The mail that asks for a confirmation was handed over.
        Mailed = "mailed",
        /// Its owner confirmed: this record is the stamp.
        Confirmed = "confirmed",
        /// It ended.
        Withdrawn = "withdrawn",
    }
}

/// From where something was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The page on which it was done (an address without its query), or a word such as `mail`.
    pub origin: String,
    /// The network address of the reader's machine; empty where there is none.
    pub network: String,
    /// What the reader's program calls itself; empty where there is none.
    pub user_agent: String,
}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// Whose chain.
    pub account_id: AccountId,
    /// Which subscription.
    pub subscription_id: SubscriptionId,
    /// Which person.
    pub subscriber_id: SubscriberId,
    /// Which list.
    pub list_id: ListId,
    /// What happened.
    pub event: Event,
    /// Through which door: a word of `subscriptions::Via` or `subscriptions::EndReason`.
    pub via: &'static str,
    /// The form, and which version of it, where one was shown.
    pub form: Option<(FormId, i32)>,
    /// In which language our own words stood on it; none where it is not on record that we drew it for the person
    /// ourselves, as with HTML or a script of somebody else.
    pub shown_in: Option<Language>,
    /// The words that the person agreed to; may be empty.
    pub wording: String,
    /// The language of those words.
    pub language: Language,
    /// From where.
    pub circumstances: Circumstances,
    /// What else shows it, such as where an import says it comes from; may be empty.
    pub detail: String,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, rising along the chain.
    pub id: ConsentRecordId,
    /// Which subscription.
    pub subscription_id: SubscriptionId,
    /// Which person.
    pub subscriber_id: SubscriberId,
    /// Which list.
    pub list_id: ListId,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// Through which door.
    pub via: String,
    /// The form that was shown.
    pub form_id: Option<FormId>,
    /// Which version of it.
    pub form_version: Option<i32>,
    /// The words that the person agreed to.
    pub wording: String,
    /// The language of those words.
    pub language: Language,
    /// From where; network and user agent are empty after an erasure.
    pub circumstances: Circumstances,
    /// What else shows it.
    pub detail: String,
    /// The salt of the personal part; gone after an erasure.
    pub personal_salt: Option<Vec<u8>>,
    /// The salted hash of network and user agent.
    pub personal_hash: Vec<u8>,
    /// The hash of the record before it; none for an account's first.
    pub previous_hash: Option<Vec<u8>>,
    /// Its own hash.
    pub hash: Vec<u8>,
    /// Which of the ways to compute that hash.
    pub scheme: i32,
    /// SHA-256 of the mail that was handed over, where the record is about one.
    pub mail_hash: Option<Vec<u8>>,
    /// SHA-256 of the version of the form that was shown, as [`crate::forms::version_hash`] says; none for records of
    /// older schemes.
    pub form_hash: Option<Vec<u8>>,
    /// In which language our own words stood on that form; none where that is not on record.
    pub shown_in: Option<Language>,
}

/// Sets how much of a network address the records keep from now on, for every node and command.
///
/// # Errors
/// When the database cannot do it.
pub fn keep_networks(conn: &mut Conn, kept: KeptNetworks) -> Result<(), StoreError> {
    store::keep_networks(conn, kept)
}

/// Everything recorded about one person, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_subscriber(conn: &mut Conn, account: AccountId, subscriber: SubscriberId) -> Result<Vec<Record>, StoreError> {
    store::of_subscriber(conn, account, subscriber)
}

/// The stamp of a subscription: its latest confirmation.
///
/// # Errors
/// When the database cannot be read.
pub fn stamp_of(conn: &mut Conn, subscription: SubscriptionId) -> Result<Option<Record>, StoreError> {
    store::latest(conn, subscription, Event::Confirmed)
}

/// Whether the last thing that the person themselves did with this subscription was to leave it.
///
/// What a mail server, a clock or a sender ended is not the person's doing.
///
/// # Errors
/// When the database cannot be read.
pub fn has_left(conn: &mut Conn, subscription: SubscriptionId) -> Result<bool, StoreError> {
    store::has_left(conn, subscription, &DOORS_OF_THE_PERSON)
}

/// The words of `subscriptions::EndReason` that are a person's own wish; a test compares them.
pub(crate) const DOORS_OF_THE_PERSON: [&str; 6] = ["one_click", "page", "mail", "complaint", "not_me", "erased"];

/// Takes network, user agent and mails away from everything recorded about a person; the chain still verifies.
///
/// # Errors
/// When the database cannot do it.
pub fn forget_personal(conn: &mut Conn, account: AccountId, subscriber: SubscriberId) -> Result<(), StoreError> {
    store::blank_personal(conn, account, subscriber)?;
    mails::forget(conn, account, subscriber)
}
