//! People from a file: pending at once, asked one by one as the import's pace lets them go (CON-09).

use super::judge::{self, ADDRESS_SPAN, LIST_SPAN, MOST_FOR_AN_ADDRESS, MOST_UNCONFIRMED, Silence, Standing};
use super::signup::{self, Signup};
use super::{State, Subscription, requests, store, strangers};
use crate::consent;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{AccountId, Conn, DeliveryId, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::{ceilings, subscribers, suppressions};

/// What became of a person in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterOutcome {
    /// Pending; the request waits for its mail.
    Registered {
        /// The subscription.
        subscription: SubscriptionId,
        /// What names the request for [`ask_registered`].
        request: Vec<u8>,
    },
    /// Waits to be confirmed already; nothing changed.
    Repeated(SubscriberId),
    /// Nothing changed.
    Left(Silence, Option<SubscriberId>),
    /// The account has no such open list.
    NoList,
}

/// Makes a subscription pending without a mail; the request does not expire before its mail goes.
///
/// # Errors
/// When the database cannot do it.
pub fn register(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    now: Timestamp,
) -> Result<RegisterOutcome, StoreError> {
    let Some(list) = lists::find(conn, asked.account_id, asked.list_id)? else { return Ok(RegisterOutcome::NoList) };
    consent::hold(conn, asked.account_id)?;
    let known = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
    let before = signup::on_list(conn, known.as_ref(), list.id)?;
    if let (Some(State::Pending), Some(known)) = (before.as_ref().map(|before| before.state), &known) {
        return Ok(RegisterOutcome::Repeated(known.id));
    }
    let standing = signup::standing(conn, keys, asked, known.as_ref(), before.as_ref(), now)?;
    // The ceiling of the address counts when the mail goes.
    let standing = Standing { address_mails: 0, ..standing };
    if let Some(why) = judge::silence(&standing, asked.via, now) {
        return Ok(RegisterOutcome::Left(why, known.map(|known| known.id)));
    }
    let subscriber = match known {
        Some(known) => known,
        None => subscribers::create(conn, asked.account_id, &asked.address, &asked.attributes, now)?,
    };
    let subscription = pending(&list, subscriber.id, before.as_ref(), now);
    match before {
        Some(_) => store::update(conn, &subscription)?,
        None => store::insert(conn, &subscription)?,
    }
    consent::append(conn, &signup::record(asked, &list, &subscription), now)?;
    let request = request(conn, keys, asked, subscription.id, now)?;
    Ok(RegisterOutcome::Registered { subscription: subscription.id, request })
}

/// [`register`] of many people for one list, those of whom nothing is known: the same for each, and everything that can be
/// asked of the database once is asked once. `None` for the others, who are taken one by one.
///
/// # Errors
/// When the database cannot do it.
pub fn register_strangers(
    conn: &mut Conn,
    keys: &Keyring,
    (account, list): (AccountId, ListId),
    asked: &[Signup],
    now: Timestamp,
) -> Result<Vec<Option<RegisterOutcome>>, StoreError> {
    let Some(list) = lists::find(conn, account, list)? else { return Ok(vec![None; asked.len()]) };
    let mut chain = consent::Chain::hold(conn, account)?;
    let hashes = subscribers::hashes_for(conn, account, asked.iter().map(|one| &one.address))?;
    let strangers = strangers::among(conn, keys, account, (asked, &hashes), now)?;
    let mut outcomes = Vec::with_capacity(asked.len());
    for ((one, hash), is_stranger) in asked.iter().zip(hashes).zip(strangers) {
        outcomes.push(if is_stranger {
            Some(take_in(conn, keys, (&mut chain, &list), (one, hash), now)?)
        } else {
            None
        });
    }
    chain.end(conn)?;
    Ok(outcomes)
}

fn take_in(
    conn: &mut Conn,
    keys: &Keyring,
    (chain, list): (&mut consent::Chain, &List),
    (asked, address_hash): (&Signup, Vec<u8>),
    now: Timestamp,
) -> Result<RegisterOutcome, StoreError> {
    let new = (&asked.address, address_hash);
    let subscriber = subscribers::create_hashed(conn, list.account_id, new, &asked.attributes, now)?;
    let subscription = pending(list, subscriber.id, None, now);
    store::insert(conn, &subscription)?;
    chain.append(conn, &signup::record(asked, list, &subscription), &subscriber.address_hash, now)?;
    let request = request(conn, keys, asked, subscription.id, now)?;
    Ok(RegisterOutcome::Registered { subscription: subscription.id, request })
}

fn pending(list: &List, subscriber: SubscriberId, before: Option<&Subscription>, now: Timestamp) -> Subscription {
    Subscription {
        id: before.map_or_else(SubscriptionId::new, |before| before.id),
        account_id: list.account_id,
        subscriber_id: subscriber,
        list_id: list.id,
        state: State::Pending,
        requested_at: now,
        confirmed_at: None,
        ended_at: None,
        end_reason: None,
        expires_at: None,
    }
}

/// The request that waits for its mail. Nobody was asked yet: the address is counted when the mail goes.
fn request(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    subscription_id: SubscriptionId,
    now: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    let link = requests::Asked {
        subscription_id,
        form: None,
        wording: &asked.wording,
        attributes: &asked.attributes,
        asked_name: None,
        together: Vec::new(),
        is_held: false,
    };
    requests::create(conn, keys, &link, now)
}

/// What became of a person whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskRegisteredOutcome {
    /// The mail is on its way.
    Asked(DeliveryId),
    /// Too many such mails went to this address today; another time.
    Later,
    /// There is nothing to ask any more: confirmed, left, suppressed or erased meanwhile.
    Over,
}

/// Sends the mail to somebody whom [`register`] made pending; from now on the request expires.
///
/// # Errors
/// When the database cannot do it.
pub fn ask_registered(
    conn: &mut Conn,
    keys: &Keyring,
    id: SubscriptionId,
    request: &[u8],
    now: Timestamp,
) -> Result<AskRegisteredOutcome, StoreError> {
    let over = Ok(AskRegisteredOutcome::Over);
    let Some(subscription) = store::find(conn, id)?.filter(|found| found.state == State::Pending) else { return over };
    let link = requests::find_by_hash(conn, request)?.filter(|link| link.used_at.is_none());
    let list = lists::find(conn, subscription.account_id, subscription.list_id)?;
    let person = subscribers::find(conn, subscription.account_id, subscription.subscriber_id)?;
    let (Some(_), Some(list), Some(person)) = (link, list, person) else { return over };
    let Some(address) = person.address else { return over };
    if !suppressions::in_force(conn, list.account_id, &person.address_hash)?.is_empty() {
        return over;
    }
    let ceiling = signup::mails_to(keys, &address);
    let asked_before = requests::unconfirmed(conn, &ceiling, now - LIST_SPAN)?;
    if requests::is_unwanted(conn, &ceiling)? || asked_before >= MOST_UNCONFIRMED {
        return over;
    }
    if ceilings::hits(conn, &ceiling, ADDRESS_SPAN, now)? >= MOST_FOR_AN_ADDRESS {
        return Ok(AskRegisteredOutcome::Later);
    }
    ceilings::hit(conn, &ceiling, now)?;
    let expires_at = now + requests::LIFETIME;
    requests::ask_now(conn, request, &ceiling, now)?;
    store::update(conn, &Subscription { expires_at: Some(expires_at), ..subscription })?;
    let delivery = NewDelivery {
        kind: Kind::Confirmation,
        account_id: Some(list.account_id),
        campaign_id: None,
        list_id: Some(list.id),
        subscriber_id: Some(person.id),
        subscription_id: Some(subscription.id),
        cause: Some(request.to_vec()),
        address,
        expires_at,
    };
    Ok(AskRegisteredOutcome::Asked(deliveries::enqueue(conn, &delivery, now)?))
}

/// Ends the registrations of an import that is given up, before anybody was asked; it leaves no mail and no request.
///
/// # Errors
/// When the database cannot do it.
pub fn withdraw_registered(conn: &mut Conn, id: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    let waits = |found: &Subscription| found.state == State::Pending && found.expires_at.is_none();
    if store::find(conn, id)?.is_some_and(|found| waits(&found)) {
        let from = super::Circumstances { origin: "import".to_owned(), ..super::Circumstances::default() };
        super::unsubscribe(conn, id, super::EndReason::Sender, &from, now)?;
    }
    Ok(())
}
