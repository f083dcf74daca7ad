//! Who may open a reader's own page.
//!
//! The link in a mail works for ever and travels with the mail when it is forwarded, so it opens nothing: it only leads to
//! a page that offers to mail a **pass** to the address itself. A pass opens the page for a day, as long as the address is
//! the one that it was mailed to.

use chrono::TimeDelta;

use super::{marks, store};
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::{Keyring, Purpose, is_same};
use crate::lists::{self, List};
use crate::storage::{Conn, StoreError, SubscriberId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::suppressions::{self, Reason};
use crate::{ceilings, consent};

/// How long a pass opens the page.
pub const PASS_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Most passes that are mailed to one address in [`MAILS_SPAN`].
const MOST_MAILS: i64 = 3;
/// The span over which passes to one address are counted.
const MAILS_SPAN: TimeDelta = TimeDelta::days(1);
/// Most passes that one network asks for in [`NETWORK_SPAN`].
const MOST_OF_A_NETWORK: i64 = 30;
/// The span over which the askings of a network are counted.
const NETWORK_SPAN: TimeDelta = TimeDelta::hours(1);
/// How much of the keyed hash of the address stands in a pass.
const HASH: usize = 4;

/// What a link to a reader's own page does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A pass that is good: the page opens.
    Open(Box<Subscriber>),
    /// A link of a mail, or a pass that is over: a new one can be mailed to the address.
    Closed(Box<Subscriber>),
}

/// A pass for this person, good until `until`.
#[must_use]
pub fn pass(keys: &Keyring, subscriber: &Subscriber, until: Timestamp) -> String {
    let hash = subscriber.address_hash.get(..HASH).unwrap_or_default();
    let payload = [subscriber.id.bytes().as_slice(), &until.seconds().to_be_bytes(), hash].concat();
    keys.sign(Purpose::PreferencesPass, &payload)
}

/// What a link does; `None` when it is none of ours, or its person is not there.
///
/// A person who changed their address is met at the new one.
///
/// # Errors
/// When the database cannot be read.
pub fn door(conn: &mut Conn, keys: &Keyring, token: &str, now: Timestamp) -> Result<Option<Door>, StoreError> {
    if let Some(id) = marks::open_preferences_token(keys, token) {
        return Ok(subscribers::find_moved(conn, id)?.map(|person| Door::Closed(Box::new(person))));
    }
    let Some(payload) = keys.open(Purpose::PreferencesPass, token) else { return Ok(None) };
    let Some((id, until, hash)) = parts(&payload) else { return Ok(None) };
    let Some(person) = subscribers::find_moved(conn, id)? else { return Ok(None) };
    let is_its_address = person.id == id && is_same(person.address_hash.get(..HASH).unwrap_or_default(), hash);
    let is_good = now.seconds() < until && person.address.is_some() && is_its_address;
    let person = Box::new(person);
    Ok(Some(if is_good { Door::Open(person) } else { Door::Closed(person) }))
}

fn parts(payload: &[u8]) -> Option<(SubscriberId, i64, &[u8])> {
    let (id, rest) = payload.split_at_checked(16)?;
    let (until, hash) = rest.split_at_checked(8)?;
    let id = uuid::Uuid::from_slice(id).ok()?;
    Some((SubscriberId(id), i64::from_be_bytes(until.try_into().ok()?), hash)).filter(|_| hash.len() == HASH)
}

/// What became of the wish for a pass. The page says the same of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassOutcome {
    /// The mail is queued.
    Mailed,
    /// Nothing is mailed: no address, a ceiling, or a person who asked never to be written to.
    Silent,
}

/// Mails a pass to the person's own address.
///
/// # Errors
/// When the database cannot do it.
pub fn mail_pass(
    conn: &mut Conn,
    keys: &Keyring,
    id: SubscriberId,
    network: &str,
    now: Timestamp,
) -> Result<PassOutcome, StoreError> {
    let Some(person) = subscribers::find_any(conn, id)? else { return Ok(PassOutcome::Silent) };
    consent::hold(conn, person.account_id)?;
    let Some(address) = person.address.clone() else { return Ok(PassOutcome::Silent) };
    let Some(list) = speaking_list(conn, &person)? else { return Ok(PassOutcome::Silent) };
    let reasons = suppressions::in_force(conn, person.account_id, &person.address_hash)?;
    if reasons.into_iter().any(wants_silence) {
        return Ok(PassOutcome::Silent);
    }
    let of_address = ceilings::name(keys, "pass", &address.folded());
    let of_network = ceilings::name(keys, "pass-network", network);
    if ceilings::hits(conn, &of_address, MAILS_SPAN, now)? >= MOST_MAILS
        || ceilings::hits(conn, &of_network, NETWORK_SPAN, now)? >= MOST_OF_A_NETWORK
    {
        return Ok(PassOutcome::Silent);
    }
    ceilings::hit(conn, &of_address, now)?;
    ceilings::hit(conn, &of_network, now)?;
    let delivery = NewDelivery {
        kind: Kind::Preferences,
        account_id: Some(person.account_id),
        campaign_id: None,
        list_id: Some(list.id),
        subscriber_id: Some(person.id),
        subscription_id: None,
        cause: None,
        address,
        expires_at: now + PASS_LIFETIME,
    };
    deliveries::enqueue(conn, &delivery, now)?;
    Ok(PassOutcome::Mailed)
}

/// Who reported us, said "not me", or has a dead mailbox is not written to, even when somebody with an old mail asks. The
/// account's own decision does not stand between people and what is kept of them.
const fn wants_silence(reason: Reason) -> bool {
    !matches!(reason, Reason::Manual | Reason::SoftBounces)
}

/// The list in whose name a mail about everything is written: the one that was asked for last.
pub(super) fn speaking_list(conn: &mut Conn, person: &Subscriber) -> Result<Option<List>, StoreError> {
    let subscriptions = store::of_subscriber(conn, person.id)?;
    match subscriptions.into_iter().max_by_key(|found| found.requested_at) {
        Some(latest) => lists::find_even_closed(conn, person.account_id, latest.list_id),
        None => Ok(None),
    }
}
