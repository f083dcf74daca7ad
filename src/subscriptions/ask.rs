//! Asking the owner of an address: one mail for all the lists that were asked for at once, in one write.

use super::judge::{self, Silence};
use super::signup::{Signup, mails_to, on_list, record, standing};
use super::{State, Subscription, requests, store};
use crate::deliveries::{self, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::lists::List;
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::{ceilings, consent};

/// When the mail goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// At once.
    Now,
    /// Not before this.
    At(Timestamp),
    /// When somebody lets it.
    Held,
}

/// Asks for every list that may be asked for; the chain of the account is held. The first subscription that the mail
/// asks for, or why there is no mail.
pub(super) fn ask(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    lists: &[List],
    pace: Pace,
    now: Timestamp,
) -> Result<Result<SubscriptionId, Silence>, StoreError> {
    // Whoever else asks this address waits here, and then sees what was asked (CON-10).
    ceilings::hold(conn, &mails_to(keys, &asked.address), now)?;
    let known = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
    let mut silence = None;
    let mut open = Vec::new();
    for list in lists {
        let before = on_list(conn, known.as_ref(), list.id)?;
        let standing = standing(conn, keys, asked, known.as_ref(), before.as_ref(), now)?;
        match judge::silence(&standing, asked.via, now) {
            Some(why) => silence = silence.or(Some(why)),
            None => open.push((list, before)),
        }
    }
    if open.is_empty() {
        return Ok(Err(silence.unwrap_or(Silence::ListCeiling)));
    }
    let subscriber = match known {
        Some(known) => known_again(conn, known, &asked.address)?,
        None => subscribers::create(conn, asked.account_id, &asked.address, &asked.attributes, now)?,
    };
    let mut pending = Vec::new();
    for (list, before) in open {
        let subscription = make_pending(conn, &subscriber, list, before.as_ref(), now)?;
        consent::append(conn, &record(asked, list, &subscription), now)?;
        pending.push(subscription);
    }
    let Some((first, others)) = pending.split_first() else { return Ok(Err(Silence::ListCeiling)) };
    send(conn, keys, asked, first, others, pace, now)?;
    Ok(Ok(first.id))
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
fn make_pending(
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

/// The link, and the mail that carries it: now, later, or when somebody lets it.
#[expect(clippy::too_many_arguments, reason = "one write, told in one call")]
fn send(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    first: &Subscription,
    others: &[Subscription],
    pace: Pace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let name = mails_to(keys, &asked.address);
    let link = requests::Asked {
        subscription_id: first.id,
        form: asked.form,
        wording: &asked.wording,
        attributes: &asked.attributes,
        asked_name: Some(&name),
        together: others.iter().map(|other| other.id).collect(),
        is_held: pace == Pace::Held,
    };
    let cause = requests::create(conn, keys, &link, now)?;
    for other in others {
        // Never mailed: it says what was asked for this list, and when.
        let silent = requests::Asked {
            subscription_id: other.id,
            asked_name: None,
            together: Vec::new(),
            is_held: false,
            ..link.clone()
        };
        requests::create(conn, keys, &silent, now)?;
    }
    ceilings::hit(conn, &name, now)?;
    let due_at = match pace {
        Pace::Now => now,
        Pace::At(due_at) => due_at,
        Pace::Held => return Ok(()),
    };
    deliveries::enqueue_at(conn, &mail_of(first, cause, &asked.address, now), due_at, now)?;
    Ok(())
}

/// The mail that asks.
pub(super) fn mail_of(
    subscription: &Subscription,
    cause: Vec<u8>,
    address: &EmailAddress,
    now: Timestamp,
) -> NewDelivery {
    NewDelivery {
        kind: Kind::Confirmation,
        account_id: Some(subscription.account_id),
        campaign_id: None,
        list_id: Some(subscription.list_id),
        subscriber_id: Some(subscription.subscriber_id),
        subscription_id: Some(subscription.id),
        cause: Some(cause),
        address: address.clone(),
        expires_at: now + requests::LIFETIME,
    }
}
