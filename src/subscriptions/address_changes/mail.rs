//! The two mails that ask.

use super::super::letter::{self, Letter, Link};
use super::{AddressChange, Side, find_by_hash};
use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::keyring::{Keyring, Purpose};
use crate::lists;
use crate::mail::Notice;
use crate::storage::{Conn, StoreError};
use crate::subscribers;
use crate::texts::Texts;

/// The mail of a delivery of kind address change; `None` when there is nothing to agree to any more.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let Some(cause) = &delivery.cause else { return Ok(None) };
    let Some((change, side)) = find_by_hash(conn, cause)?.filter(|(change, _)| change.ended_at.is_none()) else {
        return Ok(None);
    };
    let (nonce, hash) = match side {
        Side::Old => (&change.old_nonce, &change.old_hash),
        Side::New => (&change.new_nonce, &change.new_hash),
    };
    let Some(token) = keys.find_derived(Purpose::AddressChange, nonce, hash) else { return Ok(None) };
    let Some(list) = lists::find_even_closed(conn, change.account_id, change.list_id)? else { return Ok(None) };
    let old = subscribers::find_any(conn, change.subscriber_id)?.and_then(|person| person.address);
    let (Some(old), Some(new), Some(to)) = (old, change.new_address.clone(), delivery.address.clone()) else {
        return Ok(None);
    };
    let sign = letter::sign(conn, settings, &list)?;
    let letter = written(&change, side, Texts(list.language), &sign.sender, (old.as_str(), new.as_str()));
    let link = settings.link(&format!("/address/{token}"));
    letter.with_link(link).notice(sign, to).map(Some)
}

fn written(change: &AddressChange, side: Side, texts: Texts, sender: &str, (old, new): (&str, &str)) -> Letter {
    let part = match side {
        Side::Old => "address-change-old",
        Side::New => "address-change-new",
    };
    let names = [("sender", sender.into()), ("old", old.into()), ("new", new.into())];
    Letter {
        subject: texts.say1("address-change-subject", "sender", sender),
        heading: texts.say("address-change-heading"),
        lines: vec![texts.say_with(&format!("{part}-line"), &names)],
        button: Some(Link::new(texts.say("address-change-button"), "")),
        after: vec![
            texts.say1("address-change-until", "day", texts.day(change.expires_at)),
            texts.say("address-change-not-me"),
        ],
        ..Letter::new(texts)
    }
}
