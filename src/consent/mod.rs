//! What a person was shown and did, as append-only records, each bound to the one before it by its hash.
//!
//! The chain runs through an account: `hash = SHA-256(previous hash ‖ canonical JSON of the record)`, and its head stands
//! in the account's row, written in the same transaction. The JSON holds, with sorted keys, everything but the network
//! and the user agent; of those two it holds HMAC-SHA-256 with a salt of the record's own. So an erasure can take both,
//! and their salt, away: the chain still verifies, and nobody can guess the network from what is left. The same holds for
//! the confirmation mail ([`mails`]): the record has its hash, and the mail itself can go.
//!
//! Triggers refuse every other change (`consent_stays`); [`verify_chain`] finds what was changed past them, and
//! [`seals`] what was written anew with hashes that fit (CON-05).

mod chain;
pub mod mails;
pub mod seals;
mod store;
mod verify;

use crate::config::KeptNetworks;
use crate::storage::{
    AccountId, Conn, ConsentRecordId, FormId, Language, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp,
    words,
};

pub use mails::{KeptMail, mail_of};
pub use verify::{Break, ChainState, Difference, verify_chain};

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
}

/// Takes the account's chain for this transaction, so that nobody else appends to it meanwhile.
///
/// Use cases call it before they read what they are going to change: then two of them on one account never wait for each
/// other in turns, and one sees what the other wrote.
///
/// # Errors
/// When the database cannot do it, or there is no such account.
pub fn hold(conn: &mut Conn, account: AccountId) -> Result<(), StoreError> {
    store::hold_head(conn, account).map(drop)
}

/// Appends a record to the chain of its account; of the network it keeps what the operator chose.
///
/// # Errors
/// When the database cannot do it.
pub fn append(conn: &mut Conn, new: &NewRecord, now: Timestamp) -> Result<ConsentRecordId, StoreError> {
    append_with(conn, new, None, now)
}

/// [`append`] with the mail that the record is about.
///
/// # Errors
/// When the database cannot do it.
pub fn append_mail(
    conn: &mut Conn,
    new: &NewRecord,
    mail: &KeptMail,
    now: Timestamp,
) -> Result<ConsentRecordId, StoreError> {
    append_with(conn, new, Some(mail), now)
}

fn append_with(
    conn: &mut Conn,
    new: &NewRecord,
    mail: Option<&KeptMail>,
    now: Timestamp,
) -> Result<ConsentRecordId, StoreError> {
    let previous_hash = store::hold_head(conn, new.account_id)?;
    let address_hash = store::address_hash(conn, new.subscriber_id)?;
    let network = store::kept_networks(conn)?.kept(&new.circumstances.network);
    let circumstances = Circumstances { network, ..new.circumstances.clone() };
    let salt = crate::keyring::random_bytes::<16>().to_vec();
    let mut record = Record {
        id: store::next_id(conn)?,
        subscription_id: new.subscription_id,
        subscriber_id: new.subscriber_id,
        list_id: new.list_id,
        at: now,
        event: new.event,
        via: new.via.to_owned(),
        form_id: new.form.map(|(id, _)| id),
        form_version: new.form.map(|(_, version)| version),
        wording: new.wording.clone(),
        language: new.language,
        detail: new.detail.clone(),
        personal_hash: chain::personal_hash(&salt, &circumstances),
        personal_salt: Some(salt),
        circumstances,
        previous_hash,
        hash: Vec::new(),
        scheme: chain::SCHEME,
        mail_hash: mail.map(|mail| mail.hash.clone()),
    };
    record.hash = chain::hash_of(&record, new.account_id, &address_hash);
    store::insert(conn, new.account_id, &record)?;
    store::set_head(conn, new.account_id, &record.hash)?;
    if let Some(mail) = mail {
        mails::insert(conn, record.id, mail)?;
    }
    Ok(record.id)
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
