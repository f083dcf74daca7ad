//! The links in confirmation mails, as rows of `confirmations`: the digest of the token, and the nonce it is derived
//! from. The token itself is kept nowhere, so the database alone confirms nothing.

mod spent;
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
    /// The keyed name of the address, which all accounts share; none where no mail goes out.
    pub(super) asked_name: Option<String>,
    /// The other subscriptions that were asked for at once and that the same mail confirms.
    pub(super) together: Vec<SubscriptionId>,
    /// Since when its mail is held back.
    pub(super) held_at: Option<Timestamp>,
}

/// What a link is made of, beside its token.
#[derive(Clone)]
pub(super) struct Asked<'a> {
    pub(super) subscription_id: SubscriptionId,
    pub(super) form: Option<(FormId, i32)>,
    pub(super) wording: &'a str,
    pub(super) attributes: &'a Attributes,
    pub(super) asked_name: Option<&'a str>,
    pub(super) together: Vec<SubscriptionId>,
    pub(super) is_held: bool,
}

/// Makes a link and returns the digest of its token, which the delivery carries as its cause.
pub(super) fn create(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    let link = link(keys, asked, now);
    store::insert_all(conn, std::slice::from_ref(&link))?;
    Ok(link.token_hash)
}

/// [`create`] of many, in their order.
pub(super) fn create_all(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &[Asked<'_>],
    now: Timestamp,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let links: Vec<Link> = asked.iter().map(|asked| link(keys, asked, now)).collect();
    store::insert_all(conn, &links)?;
    Ok(links.into_iter().map(|link| link.token_hash).collect())
}

fn link(keys: &Keyring, asked: &Asked<'_>, now: Timestamp) -> Link {
    let nonce = random_bytes::<16>();
    let token = keys.derive(Purpose::Confirm, &nonce).into_iter().next().unwrap_or_default();
    Link {
        token_hash: digest(token.as_bytes()).to_vec(),
        nonce: nonce.to_vec(),
        subscription_id: asked.subscription_id,
        form: asked.form,
        wording: asked.wording.to_owned(),
        attributes: asked.attributes.clone(),
        created_at: now,
        expires_at: now + LIFETIME,
        used_at: None,
        asked_name: asked.asked_name.map(ToOwned::to_owned),
        together: asked.together.clone(),
        held_at: asked.is_held.then_some(now),
    }
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

/// Counts a link that was made without a mail from now on, when its mail goes to the address of this name.
pub(super) fn ask_now(conn: &mut Conn, token_hash: &[u8], name: &str, now: Timestamp) -> Result<(), StoreError> {
    store::ask_now(conn, token_hash, name, now, now + LIFETIME)
}

/// Uses up every open link of a subscription.
pub(super) fn use_up(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    store::use_up(conn, subscription, now)
}

/// Forgets what a person answered on every request.
pub(super) fn forget_answers(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    store::forget_answers(conn, subscriber)
}

/// How many mails asked the address of this name since `since` and since it last confirmed one, for whichever account.
pub(super) fn unconfirmed(conn: &mut Conn, name: &str, since: Timestamp) -> Result<usize, StoreError> {
    let asked = store::asked_since(conn, name, since)?;
    Ok(asked.iter().take_while(|(_, confirmed_at)| confirmed_at.is_none()).count())
}

/// Says of every open link of a subscription that its owner confirmed; the address may be asked again.
pub(super) fn confirmed(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    store::mark_confirmed(conn, subscription, now)
}

/// Whether the owner of the address of this name said "I did not ask for this".
pub(super) fn is_unwanted(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    store::is_unwanted(conn, name)
}

/// Notes that the owner of the address did not ask; `false` when it was said before.
pub(super) fn refuse_all(conn: &mut Conn, link: &Link, now: Timestamp) -> Result<bool, StoreError> {
    match &link.asked_name {
        Some(name) => store::insert_unwanted(conn, name, link.form.map(|(form, _)| form), now),
        None => Ok(false),
    }
}

/// Forgets that the owner of the address once did not ask: now they confirmed.
pub(super) fn welcome_again(conn: &mut Conn, link: &Link) -> Result<(), StoreError> {
    link.asked_name.as_deref().map_or(Ok(()), |name| store::delete_unwanted(conn, name))
}

/// Every pending subscription that the address of this link was asked for, in whichever account.
pub(super) fn pending_everywhere(conn: &mut Conn, link: &Link) -> Result<Vec<SubscriptionId>, StoreError> {
    link.asked_name.as_deref().map_or(Ok(Vec::new()), |name| store::pending_of(conn, name))
}

/// Uses a pass up; `false` when it was before.
pub(super) fn spend_pass(conn: &mut Conn, pass_hash: &[u8], expires_at: Timestamp) -> Result<bool, StoreError> {
    spent::insert(conn, pass_hash, expires_at)
}

/// Drops what is no longer needed: passes that are too old to prove anything.
pub(super) fn forget_passes(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    spent::delete(conn, now)
}

/// The links of a form whose mail is held, oldest first.
pub(super) fn held(conn: &mut Conn, form: FormId, limit: i64) -> Result<Vec<Link>, StoreError> {
    store::held(conn, form, limit)
}

/// How many mails of a form are held.
pub(super) fn count_held(conn: &mut Conn, form: FormId) -> Result<i64, StoreError> {
    store::count_held(conn, form)
}

/// Lets the mail of a link go, or be forgotten: it is held no more.
pub(super) fn release(conn: &mut Conn, link: &Link) -> Result<(), StoreError> {
    store::release(conn, &link.token_hash)
}
