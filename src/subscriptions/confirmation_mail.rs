//! "Is this you?": the only mail that goes to an address before its owner said yes (CON-01, CON-06).

use askama::Template;

use super::{State, look, requests, store};
use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::keyring::{Keyring, Purpose};
use crate::lists::List;
use crate::mail::{EmailAddress, Mailbox, Notice};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::texts::Texts;
use crate::{lists, sending_domains};

/// The name before the @ when the installation itself asks.
const OWN_NAME: &str = "confirm";
/// The name before the @ of a sample.
const NOBODY: &str = "reader";

#[derive(Template)]
#[template(path = "mail/confirmation/subject.txt", escape = "none")]
struct Subject<'a> {
    mail: &'a Mail,
}

#[derive(Template)]
#[template(path = "mail/confirmation/body.txt", escape = "none")]
struct TextPart<'a> {
    mail: &'a Mail,
}

#[derive(Template)]
#[template(path = "mail/confirmation/body.html")]
struct HtmlPart<'a> {
    mail: &'a Mail,
}

/// What the mail says; the answers of the form are not in it, so that a stranger cannot write into somebody's mailbox.
struct Mail {
    texts: Texts,
    list: String,
    sender: String,
    address: String,
    site: String,
    asked_at: Timestamp,
    expires_at: Timestamp,
    confirm_link: String,
    not_me_link: String,
}

/// The mail of a delivery of kind confirmation; `None` when there is nothing to confirm any more.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn confirmation_mail(
    conn: &mut Conn,
    keys: &Keyring,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let Some(cause) = &delivery.cause else { return Ok(None) };
    let Some(link) = requests::find_by_hash(conn, cause)?.filter(|link| link.used_at.is_none()) else {
        return Ok(None);
    };
    let pending = store::find(conn, link.subscription_id)?.filter(|found| found.state == State::Pending);
    let Some(subscription) = pending else { return Ok(None) };
    let Some(list) = lists::find(conn, subscription.account_id, subscription.list_id)? else { return Ok(None) };
    let Some(to) = delivery.address.clone() else { return Ok(None) };
    let (from, reply_to) = sender(conn, settings, &list)?;
    let Some(token) = keys.find_derived(Purpose::Confirm, &link.nonce, &link.token_hash) else { return Ok(None) };
    let confirm_link = settings.link(&format!("/confirm/{token}"));
    let mail = Mail {
        texts: Texts(list.language),
        list: look::names_of(conn, &link, &list)?,
        sender: list.from_name,
        address: to.as_str().to_owned(),
        site: settings.base_url.host_str().unwrap_or_default().to_owned(),
        asked_at: link.created_at,
        expires_at: link.expires_at,
        not_me_link: format!("{confirm_link}#not-me"),
        confirm_link,
    };
    Ok(Some(written(&mail, from, reply_to, to)?))
}

/// The same mail for nobody in particular: the same for every reader of a list, so that proofs keep only what differs.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn confirmation_sample(
    conn: &mut Conn,
    settings: &Settings,
    delivery: &Delivery,
) -> Result<Option<Notice>, StoreError> {
    let (Some(account), Some(list)) = (delivery.account_id, delivery.list_id) else { return Ok(None) };
    let Some(list) = lists::find_even_closed(conn, account, list)? else { return Ok(None) };
    let (from, reply_to) = sender(conn, settings, &list)?;
    let to = EmailAddress::of_installation(NOBODY, &settings.mail_domain);
    let confirm_link = settings.link("/confirm/");
    let mail = Mail {
        texts: Texts(list.language),
        list: list.name,
        sender: list.from_name,
        address: to.as_str().to_owned(),
        site: settings.base_url.host_str().unwrap_or_default().to_owned(),
        asked_at: Timestamp::from_micros(0),
        expires_at: Timestamp::from_micros(0),
        not_me_link: format!("{confirm_link}#not-me"),
        confirm_link,
    };
    Ok(Some(written(&mail, from, reply_to, to)?))
}

fn written(mail: &Mail, from: Mailbox, reply_to: Option<EmailAddress>, to: EmailAddress) -> Result<Notice, StoreError> {
    let broken = |error: askama::Error| StoreError::Refused(format!("the confirmation mail: {error}"));
    Ok(Notice {
        from,
        reply_to,
        to,
        subject: Subject { mail }.render().map_err(broken)?.trim().to_owned(),
        text: TextPart { mail }.render().map_err(broken)?,
        html: HtmlPart { mail }.render().map_err(broken)?,
        language: mail.texts.0,
        of_list: None,
    })
}

/// Who writes, and where answers go.
///
/// A From address whose domain the account may not send from is not forged: the installation writes in the list's name,
/// and answers go to the list. So signups work before DNS does.
pub(super) fn sender(
    conn: &mut Conn,
    settings: &Settings,
    list: &List,
) -> Result<(Mailbox, Option<EmailAddress>), StoreError> {
    let (domain, allows) = (list.from_address.receiving_domain(), settings.allows_unverified_domains);
    let name = list.from_name.clone();
    if sending_domains::may_send_from(conn, list.account_id, domain, allows)? {
        return Ok((Mailbox { name, address: list.from_address.clone() }, list.reply_to.clone()));
    }
    let own = EmailAddress::of_installation(OWN_NAME, &settings.mail_domain);
    let answers_to = list.reply_to.clone().unwrap_or_else(|| list.from_address.clone());
    Ok((Mailbox { name, address: own }, Some(answers_to)))
}

#[cfg(test)]
#[path = "confirmation_mail_tests.rs"]
mod tests;
