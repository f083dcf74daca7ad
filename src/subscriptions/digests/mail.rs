//! The mail itself.

use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::keyring::Keyring;
use crate::lists;
use crate::mail::{Notice, OfList};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::subscriptions::letter::{self, Item, Letter, Link};
use crate::subscriptions::{marks, store};
use crate::texts::Texts;

/// A letter that a digest tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its title.
    pub subject: String,
    /// When it would have been sent.
    pub at: Timestamp,
    /// Where it can be read; none where it cannot be shown outside a mail.
    pub address: Option<String>,
}

/// The mail of a delivery of kind digest; `None` when its list or person is gone, or there is nothing to tell.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn digest_mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
    told: &[Told],
) -> Result<Option<Notice>, StoreError> {
    let (Some(id), Some(to), false) = (delivery.subscription_id, delivery.address.clone(), told.is_empty()) else {
        return Ok(None);
    };
    let Some(subscription) = store::find(conn, id)? else { return Ok(None) };
    let Some(list) = lists::find(conn, subscription.account_id, subscription.list_id)? else { return Ok(None) };
    let sign = letter::sign(conn, settings, &list)?;
    let token = marks::unsubscribe_token(keys, id);
    let way_out = settings.link(&format!("/unsubscribe/{token}"));
    let own_page =
        settings.link(&format!("/preferences/{}", marks::preferences_token(keys, subscription.subscriber_id)));
    let texts = Texts(list.language);
    let day = texts.day(subscription.confirmed_at.unwrap_or(subscription.requested_at));
    let links = vec![
        Link::new(texts.say("digest-own-page"), own_page),
        Link::new(texts.say("footer-unsubscribe"), way_out.clone()),
    ];
    let why = texts.say_with(
        "digest-why",
        &[("address", to.as_str().into()), ("list", list.name.as_str().into()), ("day", day.into())],
    );
    let notice = Letter { links, why, ..telling(texts, &list.name, told) }.notice(sign, to)?;
    let of_list = OfList {
        account_id: list.account_id,
        list_id: list.id,
        kind: delivery.kind.word(),
        name: list.name,
        link: way_out,
        token,
    };
    Ok(Some(Notice { of_list: Some(of_list), ..notice }))
}

/// The letter but for its links.
fn telling(texts: Texts, list: &str, told: &[Told]) -> Letter {
    Letter {
        subject: texts.say_with("digest-subject", &[("list", list.into()), ("count", told.len().into())]),
        heading: texts.say1("digest-heading", "list", list),
        lines: vec![texts.say_with("digest-line", &[("count", told.len().into())])],
        items: told.iter().map(|told| item(texts, told)).collect(),
        ..Letter::new(texts)
    }
}

fn item(texts: Texts, told: &Told) -> Item {
    Item { title: told.subject.clone(), note: texts.day(told.at), address: told.address.clone() }
}
