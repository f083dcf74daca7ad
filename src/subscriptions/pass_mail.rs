//! "Here is the link to your own page": the mail that carries a pass.

use super::letter::{self, Letter, Link};
use super::pass::{PASS_LIFETIME, pass};
use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::keyring::Keyring;
use crate::lists;
use crate::mail::Notice;
use crate::storage::{Conn, StoreError};
use crate::subscribers;
use crate::texts::Texts;

/// The mail of a delivery of kind preferences; `None` when the person has another address by now, or none.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn pass_mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let (Some(account), Some(list), Some(id)) = (delivery.account_id, delivery.list_id, delivery.subscriber_id) else {
        return Ok(None);
    };
    let Some(person) = subscribers::find(conn, account, id)? else { return Ok(None) };
    let Some(to) = person.address.clone().filter(|address| delivery.address.as_ref() == Some(address)) else {
        return Ok(None);
    };
    let Some(list) = lists::find_even_closed(conn, account, list)? else { return Ok(None) };
    let sign = letter::sign(conn, settings, &list)?;
    // A second attempt at the same mail carries the same link.
    let until = delivery.created_at + PASS_LIFETIME;
    let link = settings.link(&format!("/preferences/{}", pass(keys, &person, until)));
    let texts = Texts(list.language);
    let letter = Letter {
        subject: texts.say1("pass-subject", "sender", sign.sender.as_str()),
        heading: texts.say("pass-heading"),
        lines: vec![texts.say1("pass-line", "sender", sign.sender.as_str())],
        button: Some(Link::new(texts.say("pass-button"), link)),
        after: vec![texts.say1("pass-until", "moment", texts.moment(until)), texts.say("pass-not-me")],
        why: texts.say1("pass-why", "address", to.as_str()),
        ..Letter::new(texts)
    };
    letter.notice(sign, to).map(Some)
}
