//! Somebody asks for a list: one write, and the same answer whatever is known of the address.

use std::net::IpAddr;

use chrono::TimeDelta;

use super::judge::{self, ADDRESS_SPAN, LIST_SPAN, Silence, Standing};
use super::{Circumstances, State, Subscription, Via, requests, store};
use crate::consent::{self, Event, NewRecord};
use crate::deliveries::{self, Kind, NewDelivery};
use crate::forms::Attributes;
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, FormId, Language, ListId, StoreError, SubscriptionId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::{ceilings, suppressions};

/// Most signups of one network in an hour: far above an office behind one address, far below a machine that tries.
const MOST_OF_A_NETWORK: i64 = 1000;
/// The span over which the signups of a network are counted.
const NETWORK_SPAN: TimeDelta = TimeDelta::hours(1);
/// After how long a network that signed up too often may try again.
const NETWORK_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Signup {
    /// Whose list.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Which address.
    pub address: EmailAddress,
    /// What was answered beside it.
    pub attributes: Attributes,
    /// The form, and which version of it, that was filled in.
    pub form: Option<(FormId, i32)>,
    /// The words that were agreed to; may be empty.
    pub wording: String,
    /// The language of those words; the list's when absent.
    pub language: Option<Language>,
    /// Through which door.
    pub via: Via,
    /// From where.
    pub circumstances: Circumstances,
    /// What else is known of its origin, such as the `source` of the API; may be empty.
    pub detail: String,
}

/// What became of a signup. Whoever fills in a form sees no difference between the first two (CON-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignupOutcome {
    /// The subscription is pending, and a confirmation mail is on its way.
    Asked(SubscriptionId),
    /// Nothing changed and nothing is mailed.
    Silent(Silence),
    /// The account has no such open list.
    NoList,
    /// This network signed up too often; it may try again after so many seconds.
    TooMany {
        /// For `Retry-After`.
        retry_after_seconds: i64,
    },
}

/// Takes a signup.
///
/// # Errors
/// When the database cannot do it.
pub fn signup(conn: &mut Conn, keys: &Keyring, asked: &Signup, now: Timestamp) -> Result<SignupOutcome, StoreError> {
    if is_network_too_busy(conn, keys, asked, now)? {
        return Ok(SignupOutcome::TooMany { retry_after_seconds: NETWORK_PAUSE.num_seconds() });
    }
    let Some(list) = lists::find(conn, asked.account_id, asked.list_id)? else { return Ok(SignupOutcome::NoList) };
    consent::hold(conn, asked.account_id)?;
    let known = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
    let subscription = on_list(conn, known.as_ref(), list.id)?;
    let standing = standing(conn, keys, asked, known.as_ref(), subscription.as_ref(), now)?;
    if let Some(why) = judge::silence(&standing, asked.via, now) {
        return Ok(SignupOutcome::Silent(why));
    }
    let subscriber = match known {
        Some(known) => known_again(conn, known, &asked.address)?,
        None => subscribers::create(conn, asked.account_id, &asked.address, &asked.attributes, now)?,
    };
    let subscription = pending(conn, &subscriber, &list, subscription.as_ref(), now)?;
    ask(conn, keys, asked, &list, &subscription, now)?;
    Ok(SignupOutcome::Asked(subscription.id))
}

pub(super) fn on_list(
    conn: &mut Conn,
    subscriber: Option<&Subscriber>,
    list: ListId,
) -> Result<Option<Subscription>, StoreError> {
    subscriber.map_or(Ok(None), |subscriber| store::find_on_list(conn, subscriber.id, list))
}

/// Counts the signup for its network, unless that network is over its ceiling.
fn is_network_too_busy(conn: &mut Conn, keys: &Keyring, asked: &Signup, now: Timestamp) -> Result<bool, StoreError> {
    if !asked.via.is_the_person() || asked.circumstances.network.is_empty() {
        return Ok(false);
    }
    let name = ceilings::name(keys, "signup", &neighbourhood(&asked.circumstances.network));
    if ceilings::hits(conn, &name, NETWORK_SPAN, now)? >= MOST_OF_A_NETWORK {
        return Ok(true);
    }
    ceilings::hit(conn, &name, now)?;
    Ok(false)
}

/// The network that is counted together: an IPv4 address, or the /64 that one IPv6 customer gets.
fn neighbourhood(network: &str) -> String {
    match network.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => network.to_owned(),
    }
}

pub(super) fn standing(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    subscriber: Option<&Subscriber>,
    subscription: Option<&Subscription>,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let suppressed = match subscribers::hash_for(conn, asked.account_id, &asked.address)? {
        Some(hash) => suppressions::in_force(conn, asked.account_id, &hash)?,
        None => Vec::new(),
    };
    let (has_left, list_mails) = match subscription {
        Some(found) => (consent::has_left(conn, found.id)?, requests::made_since(conn, found.id, now - LIST_SPAN)?),
        None => (false, Vec::new()),
    };
    let is_erased = subscriber.is_some_and(|subscriber| subscriber.erased_at.is_some());
    Ok(Standing {
        state: subscription.map(|subscription| subscription.state),
        has_left: has_left || is_erased,
        suppressed,
        list_mails,
        address_mails: ceilings::hits(conn, &mails_to(keys, &asked.address), ADDRESS_SPAN, now)?,
    })
}

pub(super) fn mails_to(keys: &Keyring, address: &EmailAddress) -> String {
    ceilings::name(keys, "confirmation", &address.folded())
}

/// A person who had everything erased and asks again is written to at the address they give.
fn known_again(conn: &mut Conn, known: Subscriber, address: &EmailAddress) -> Result<Subscriber, StoreError> {
    if known.address.is_some() {
        return Ok(known);
    }
    subscribers::restore_address(conn, known.id, address)?;
    Ok(Subscriber { address: Some(address.clone()), erased_at: None, ..known })
}

/// The subscription, pending from now on.
fn pending(
    conn: &mut Conn,
    subscriber: &Subscriber,
    list: &List,
    before: Option<&Subscription>,
    now: Timestamp,
) -> Result<Subscription, StoreError> {
    let subscription = Subscription {
        id: before.map_or_else(SubscriptionId::new, |before| before.id),
        account_id: list.account_id,
        subscriber_id: subscriber.id,
        list_id: list.id,
        state: State::Pending,
        requested_at: now,
        confirmed_at: None,
        ended_at: None,
        end_reason: None,
        expires_at: Some(now + requests::LIFETIME),
    };
    match before {
        Some(_) => store::update(conn, &subscription)?,
        None => store::insert(conn, &subscription)?,
    }
    Ok(subscription)
}

/// The consent record, the link and the mail that carries it.
fn ask(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    list: &List,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<(), StoreError> {
    consent::append(conn, &record(asked, list, subscription), now)?;
    let link = requests::Asked {
        subscription_id: subscription.id,
        form: asked.form,
        wording: &asked.wording,
        attributes: &asked.attributes,
    };
    let cause = requests::create(conn, keys, &link, now)?;
    ceilings::hit(conn, &mails_to(keys, &asked.address), now)?;
    let delivery = NewDelivery {
        kind: Kind::Confirmation,
        account_id: Some(list.account_id),
        campaign_id: None,
        list_id: Some(list.id),
        subscriber_id: Some(subscription.subscriber_id),
        subscription_id: Some(subscription.id),
        cause: Some(cause),
        address: asked.address.clone(),
        expires_at: now + requests::LIFETIME,
    };
    deliveries::enqueue(conn, &delivery, now)?;
    Ok(())
}

pub(super) fn record(asked: &Signup, list: &List, subscription: &Subscription) -> NewRecord {
    NewRecord {
        account_id: list.account_id,
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        list_id: list.id,
        event: Event::Requested,
        via: asked.via.word(),
        form: asked.form,
        wording: asked.wording.clone(),
        language: asked.language.unwrap_or(list.language),
        circumstances: asked.circumstances.clone(),
        detail: asked.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::neighbourhood;

    #[test]
    fn one_customer_of_a_provider_is_one_network() {
        assert_eq!(neighbourhood("192.0.2.7"), "192.0.2.7");
        assert_eq!(neighbourhood("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(neighbourhood("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_eq!(neighbourhood("unknown"), "unknown");
    }
}
