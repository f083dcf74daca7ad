//! The wish: two mails, one to each mailbox.

use chrono::TimeDelta;

use super::super::{pass, signup};
use super::{AddressChange, LIFETIME, Outcome, Side, store};
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::{Keyring, Purpose, digest, random_bytes};
use crate::mail::EmailAddress;
use crate::storage::{Conn, ListId, StoreError, SubscriberId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::{ceilings, consent, suppressions};

/// Most changes that one person asks for in [`SPAN`].
const MOST_CHANGES: i64 = 3;
/// Most mails of this kind and confirmations to one address in [`SPAN`], whoever asks.
const MOST_FOR_AN_ADDRESS: i64 = 3;
/// The span over which they are counted.
const SPAN: TimeDelta = TimeDelta::days(1);

/// What became of the wish. The page says the same of the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskOutcome {
    /// Both mailboxes are asked.
    Asked,
    /// Nobody is asked: a ceiling, a suppressed address, or one that the account knows already.
    Silent,
    /// It is the person's address already.
    Same,
}

/// Asks both mailboxes. An address that the account knows already gets a link to its own page instead: it is its owner's
/// to say what happens there.
///
/// # Errors
/// When the database cannot do it.
pub fn ask(
    conn: &mut Conn,
    keys: &Keyring,
    id: SubscriberId,
    new: &EmailAddress,
    network: &str,
    now: Timestamp,
) -> Result<AskOutcome, StoreError> {
    let Some(person) = subscribers::find_any(conn, id)? else { return Ok(AskOutcome::Silent) };
    consent::hold(conn, person.account_id)?;
    let Some(old) = person.address.clone() else { return Ok(AskOutcome::Silent) };
    if old.folded() == new.folded() {
        return Ok(AskOutcome::Same);
    }
    if is_too_often(conn, keys, &person, new, now)? || !is_free(conn, &person, new)? {
        return Ok(AskOutcome::Silent);
    }
    if let Some(known) = known(conn, &person, new)? {
        pass::mail_pass(conn, keys, known.id, network, now)?;
        return Ok(AskOutcome::Silent);
    }
    let Some(list) = pass::speaking_list(conn, &person)? else { return Ok(AskOutcome::Silent) };
    for waiting in store::of_subscriber(conn, id)?.iter().filter(|change| change.ended_at.is_none()) {
        store::end(conn, waiting, Outcome::Replaced, now)?;
    }
    let change = wish(keys, &person, list.id, new, now);
    store::insert(conn, &change)?;
    ceilings::hit(conn, &signup::mails_to(keys, new), now)?;
    ceilings::hit(conn, &of_person(keys, id), now)?;
    for (side, address) in [(Side::Old, old), (Side::New, new.clone())] {
        deliveries::enqueue(conn, &delivery(&change, side, address), now)?;
    }
    Ok(AskOutcome::Asked)
}

/// The change, to which nobody has agreed.
fn wish(keys: &Keyring, person: &Subscriber, list: ListId, new: &EmailAddress, now: Timestamp) -> AddressChange {
    let ((old_nonce, old_hash), (new_nonce, new_hash)) = (token(keys), token(keys));
    AddressChange {
        account_id: person.account_id,
        subscriber_id: person.id,
        list_id: list,
        new_address: Some(new.clone()),
        old_nonce,
        old_hash,
        new_nonce,
        new_hash,
        created_at: now,
        expires_at: now + LIFETIME,
        old_agreed_at: None,
        new_agreed_at: None,
        ended_at: None,
        outcome: None,
    }
}

fn of_person(keys: &Keyring, id: SubscriberId) -> String {
    ceilings::name(keys, "address-change", &id.to_string())
}

fn is_too_often(
    conn: &mut Conn,
    keys: &Keyring,
    person: &Subscriber,
    new: &EmailAddress,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(ceilings::hits(conn, &of_person(keys, person.id), SPAN, now)? >= MOST_CHANGES
        || ceilings::hits(conn, &signup::mails_to(keys, new), SPAN, now)? >= MOST_FOR_AN_ADDRESS)
}

/// Whether nothing forbids the account to write to the new address.
pub(super) fn is_free(conn: &mut Conn, person: &Subscriber, new: &EmailAddress) -> Result<bool, StoreError> {
    let Some(hash) = subscribers::hash_for(conn, person.account_id, new)? else { return Ok(false) };
    Ok(suppressions::in_force(conn, person.account_id, &hash)?.is_empty())
}

/// Somebody else whom the account knows at the new address; whoever moved away from it is nobody any more.
pub(super) fn known(
    conn: &mut Conn,
    person: &Subscriber,
    new: &EmailAddress,
) -> Result<Option<Subscriber>, StoreError> {
    let found = subscribers::find_by_address(conn, person.account_id, new)?;
    Ok(found.filter(|found| found.moved_to.is_none() || found.address.is_some()))
}

fn token(keys: &Keyring) -> (Vec<u8>, Vec<u8>) {
    let nonce = random_bytes::<16>();
    let token = keys.derive(Purpose::AddressChange, &nonce).into_iter().next().unwrap_or_default();
    (nonce.to_vec(), digest(token.as_bytes()).to_vec())
}

fn delivery(change: &AddressChange, side: Side, address: EmailAddress) -> NewDelivery {
    let cause = match side {
        Side::Old => &change.old_hash,
        Side::New => &change.new_hash,
    };
    NewDelivery {
        kind: Kind::AddressChange,
        account_id: Some(change.account_id),
        campaign_id: None,
        list_id: Some(change.list_id),
        subscriber_id: Some(change.subscriber_id),
        subscription_id: None,
        cause: Some(cause.clone()),
        address,
        expires_at: change.expires_at,
    }
}
