//! The welcome and the goodbye, where a list has them: one short mail each, without advertising.

use chrono::TimeDelta;

use super::letter::{self, Letter, Link};
use super::{EndReason, State, Subscription, marks, store};
use crate::config::Settings;
use crate::deliveries::{self, Delivery, Kind, NewDelivery};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::mail::{Notice, OfList};
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::texts::Texts;
use crate::{subscribers, suppressions};

/// After this a greeting is not worth sending.
const WORTH: TimeDelta = TimeDelta::days(2);

/// Queues the welcome of a list that has one.
pub(super) fn welcome(conn: &mut Conn, to: &Subscription, list: &List, now: Timestamp) -> Result<(), StoreError> {
    if list.sends_welcome { greet(conn, Kind::Welcome, to, now) } else { Ok(()) }
}

/// Queues the goodbye of a list that has one, for a person who was stamped and left by their own hand: whoever complained,
/// bounced or never confirmed is left alone.
pub(super) fn goodbye(
    conn: &mut Conn,
    before: &Subscription,
    reason: EndReason,
    list: &List,
    now: Timestamp,
) -> Result<(), StoreError> {
    let has_left = before.state == State::Confirmed && is_goodbye(Some(reason));
    if list.sends_goodbye && has_left { greet(conn, Kind::Goodbye, before, now) } else { Ok(()) }
}

const fn is_goodbye(reason: Option<EndReason>) -> bool {
    matches!(reason, Some(EndReason::OneClick | EndReason::Page | EndReason::Mail))
}

fn greet(conn: &mut Conn, kind: Kind, to: &Subscription, now: Timestamp) -> Result<(), StoreError> {
    let person = subscribers::find(conn, to.account_id, to.subscriber_id)?;
    let Some(address) = person.and_then(|person| person.address) else { return Ok(()) };
    let delivery = NewDelivery {
        kind,
        account_id: Some(to.account_id),
        campaign_id: None,
        list_id: Some(to.list_id),
        subscriber_id: Some(to.subscriber_id),
        subscription_id: Some(to.id),
        cause: None,
        address,
        expires_at: now + WORTH,
    };
    deliveries::enqueue(conn, &delivery, now).map(drop)
}

/// The late check of a goodbye: the person left by their own hand, and nothing else speaks against the address since.
///
/// # Errors
/// When the database cannot be read: then nothing is sent.
pub fn may_say_goodbye(conn: &mut Conn, id: SubscriptionId) -> Result<bool, StoreError> {
    let left = store::find(conn, id)?.filter(|found| found.state == State::Ended && is_goodbye(found.end_reason));
    let Some(subscription) = left else { return Ok(false) };
    let person = subscribers::find(conn, subscription.account_id, subscription.subscriber_id)?;
    match person {
        Some(person) => Ok(suppressions::in_force(conn, person.account_id, &person.address_hash)?.is_empty()),
        None => Ok(false),
    }
}

/// The mail of a delivery of kind welcome or goodbye; `None` when its list or person is gone.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn greeting_mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let Some(id) = delivery.subscription_id else { return Ok(None) };
    let Some(subscription) = store::find(conn, id)? else { return Ok(None) };
    let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? else {
        return Ok(None);
    };
    let Some(to) = delivery.address.clone() else { return Ok(None) };
    let sign = letter::sign(conn, settings, &list)?;
    let token = marks::unsubscribe_token(keys, id);
    let way_out = settings.link(&format!("/unsubscribe/{token}"));
    let own_page =
        settings.link(&format!("/preferences/{}", marks::preferences_token(keys, subscription.subscriber_id)));
    let texts = Texts(list.language);
    let (letter, why) = match delivery.kind {
        Kind::Goodbye => (farewell(texts, &list, &subscription, &way_out), "goodbye-why"),
        _ => (reception(texts, &list, &subscription, [&way_out, &own_page]), "welcome-why"),
    };
    let about = [("address", to.as_str().into()), ("list", list.name.as_str().into())];
    let notice = Letter { why: texts.say_with(why, &about), ..letter }.notice(sign, to)?;
    // The goodbye has a way out too: every mail of a list can be left, and who has left stays so.
    let of_list = OfList {
        account_id: list.account_id,
        list_id: list.id,
        name: list.name,
        kind: delivery.kind.word(),
        link: way_out,
        token,
    };
    Ok(Some(Notice { of_list: Some(of_list), ..notice }))
}

fn reception(texts: Texts, list: &List, to: &Subscription, [way_out, own_page]: [&str; 2]) -> Letter {
    let confirmed_at = to.confirmed_at.unwrap_or(to.requested_at);
    let about = [("list", list.name.as_str().into()), ("day", texts.day(confirmed_at).into())];
    let mut lines = vec![texts.say_with("welcome-line", &about)];
    lines.extend(Some(list.description.clone()).filter(|text| !text.is_empty()));
    Letter {
        subject: texts.say1("welcome-subject", "list", list.name.as_str()),
        heading: texts.say1("welcome-heading", "list", list.name.as_str()),
        lines,
        links: vec![
            Link::new(texts.say("welcome-own-page"), own_page),
            Link::new(texts.say("footer-unsubscribe"), way_out),
        ],
        ..Letter::new(texts)
    }
}

/// Its link leads to the page of the way out, which after the leaving offers the way back.
fn farewell(texts: Texts, list: &List, of: &Subscription, way_back: &str) -> Letter {
    let about =
        [("list", list.name.as_str().into()), ("day", texts.day(of.ended_at.unwrap_or(of.requested_at)).into())];
    let contact = list.reply_to.as_ref().unwrap_or(&list.from_address);
    Letter {
        subject: texts.say1("goodbye-subject", "list", list.name.as_str()),
        heading: texts.say("left-title"),
        lines: vec![texts.say_with("goodbye-line", &about), texts.say1("goodbye-write", "contact", contact.as_str())],
        links: vec![Link::new(texts.say("goodbye-mistake"), way_back)],
        ..Letter::new(texts)
    }
}
