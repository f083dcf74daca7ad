//! The links in confirmation mails, as rows of `confirmations`: the digest of the token, and the nonce it is derived
//! from. The token itself is kept nowhere, so the database alone confirms nothing.

mod store;

use chrono::TimeDelta;

use crate::forms::Attributes;
use crate::keyring::{Keyring, Purpose, digest, random_bytes};
use crate::storage::{Conn, FormId, StoreError, SubscriberId, SubscriptionId, Timestamp};

/// How long a link in a confirmation mail works.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(7);

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// SHA-256 of the token.
    pub(super) token_hash: Vec<u8>,
    /// What the token is derived from.
    pub(super) nonce: Vec<u8>,
    /// What it confirms.
    pub(super) subscription_id: SubscriptionId,
    /// The form, and which version of it, that was filled in.
    pub(super) form: Option<(FormId, i32)>,
    /// What the person agreed to.
    pub(super) wording: String,
    /// What was answered; it counts once confirmed.
    pub(super) attributes: Attributes,
    /// When the mail was asked for.
    pub(super) created_at: Timestamp,
    /// Until when it works.
    pub(super) expires_at: Timestamp,
    /// When it, or another one of the same subscription, was used.
    pub(super) used_at: Option<Timestamp>,
}

/// What a link is made of, beside its token.
pub(super) struct Asked<'a> {
    pub(super) subscription_id: SubscriptionId,
    pub(super) form: Option<(FormId, i32)>,
    pub(super) wording: &'a str,
    pub(super) attributes: &'a Attributes,
}

/// Makes a link and returns the digest of its token, which the delivery carries as its cause.
pub(super) fn create(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    let nonce = random_bytes::<16>();
    let token = keys.derive(Purpose::Confirm, &nonce).into_iter().next().unwrap_or_default();
    let link = Link {
        token_hash: digest(token.as_bytes()).to_vec(),
        nonce: nonce.to_vec(),
        subscription_id: asked.subscription_id,
        form: asked.form,
        wording: asked.wording.to_owned(),
        attributes: asked.attributes.clone(),
        created_at: now,
        expires_at: now + LIFETIME,
        used_at: None,
    };
    store::insert(conn, &link)?;
    Ok(link.token_hash)
}

/// The link with this token.
pub(super) fn find(conn: &mut Conn, token: &str) -> Result<Option<Link>, StoreError> {
    find_by_hash(conn, &digest(token.as_bytes()))
}

/// The link whose token has this digest.
pub(super) fn find_by_hash(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Link>, StoreError> {
    store::find(conn, token_hash)
}

/// The latest link of this subscription.
pub(super) fn latest(conn: &mut Conn, subscription: SubscriptionId) -> Result<Option<Link>, StoreError> {
    store::latest(conn, subscription)
}

/// When links of this subscription were made since `since`, newest first.
pub(super) fn made_since(
    conn: &mut Conn,
    subscription: SubscriptionId,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    store::made_since(conn, subscription, since)
}

/// Uses up every open link of a subscription.
pub(super) fn use_up(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    store::use_up(conn, subscription, now)
}

/// Forgets what a person answered on every request.
pub(super) fn forget_answers(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    store::forget_answers(conn, subscriber)
}
