//! People from a file: pending at once, asked one by one as the import's pace lets them go (CON-09).

use super::judge::{self, ADDRESS_SPAN, LIST_SPAN, MOST_FOR_AN_ADDRESS, MOST_UNCONFIRMED, Silence, Standing};
use super::signup::{self, Signup};
use super::{State, Subscription, requests, store, strangers};
use crate::consent;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::mail::EmailAddress;
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
    let request = requests::create(conn, keys, &unasked(asked, subscription.id), now)?;
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
    let taken = strangers::take_in(conn, keys, (&list, State::Pending), asked, now)?;
    let pairs = asked.iter().zip(&taken);
    let links: Vec<_> = pairs.filter_map(|(asked, new)| Some(unasked(asked, new.as_ref()?.id))).collect();
    let mut requests = requests::create_all(conn, keys, &links, now)?.into_iter();
    let mut registered =
        |new: Subscription| Some(RegisterOutcome::Registered { subscription: new.id, request: requests.next()? });
    Ok(taken.into_iter().map(|new| new.and_then(&mut registered)).collect())
}

/// The subscription of somebody who is known, or of a new person.
fn pending(list: &List, subscriber: SubscriberId, before: Option<&Subscription>, now: Timestamp) -> Subscription {
    let fresh = strangers::fresh(list, subscriber, State::Pending, now);
    Subscription { id: before.map_or(fresh.id, |before| before.id), ..fresh }
}

/// The request that waits for its mail. Nobody was asked yet: the address is counted when the mail goes.
const fn unasked(asked: &Signup, subscription_id: SubscriptionId) -> requests::Asked<'_> {
    requests::Asked {
        subscription_id,
        form: None,
        wording: asked.wording.as_str(),
        attributes: &asked.attributes,
        asked_name: None,
        together: Vec::new(),
        is_held: false,
    }
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
    let subscription = Subscription { expires_at: Some(expires_at), ..subscription };
    store::update(conn, &subscription)?;
    let delivery = confirmation(&subscription, request, address, expires_at);
    Ok(AskRegisteredOutcome::Asked(deliveries::enqueue(conn, &delivery, now)?))
}

fn confirmation(of: &Subscription, request: &[u8], address: EmailAddress, expires_at: Timestamp) -> NewDelivery {
    NewDelivery {
        kind: Kind::Confirmation,
        account_id: Some(of.account_id),
        campaign_id: None,
        list_id: Some(of.list_id),
        subscriber_id: Some(of.subscriber_id),
        subscription_id: Some(of.id),
        cause: Some(request.to_vec()),
        address,
        expires_at,
    }
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
