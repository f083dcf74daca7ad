//! The mail that tells of a flood.

use askama::Template;

use super::store;
use crate::accounts::{self, users};
use crate::config::Settings;
use crate::deliveries::Delivery;
use crate::forms;
use crate::mail::{EmailAddress, Mailbox, Notice};
use crate::storage::{Conn, FloodId, StoreError};
use crate::texts::{Language, Texts};

/// The name before the @ of the installation's own notices.
const OWN_NAME: &str = "noreply";

#[derive(Template)]
#[template(path = "mail/flood/body.txt", escape = "none")]
struct TextPart<'a> {
    mail: &'a Mail,
}

#[derive(Template)]
#[template(path = "mail/flood/body.html")]
struct HtmlPart<'a> {
    mail: &'a Mail,
}

struct Mail {
    texts: Texts,
    subject: String,
    lines: Vec<String>,
    link: String,
}

/// The mail of a delivery of kind flood; `None` when its flood, form or reader is gone.
///
/// # Errors
/// When the database cannot be read, or a template is broken.
pub fn flood_mail(conn: &mut Conn, settings: &Settings, delivery: &Delivery) -> Result<Option<Notice>, StoreError> {
    let id = delivery.cause.as_deref().and_then(|bytes| uuid::Uuid::from_slice(bytes).ok()).map(FloodId);
    let (Some(id), Some(to)) = (id, delivery.address.clone()) else { return Ok(None) };
    let Some(flood) = store::find(conn, id)? else { return Ok(None) };
    let Some(form) = forms::find_even_closed(conn, flood.account_id, flood.form_id)? else { return Ok(None) };
    let account = accounts::find(conn, flood.account_id)?.map(|account| account.name).unwrap_or_default();
    let texts = Texts(users::find_by_address(conn, &to)?.map_or(Language::ENGLISH, |user| user.language));
    let path = match delivery.account_id {
        Some(_) => format!("/lists/{}/forms/{}", form.list_id, form.id),
        None => "/operator".to_owned(),
    };
    let about = [
        ("form", form.wording.title.as_str().into()),
        ("account", account.as_str().into()),
        ("count", flood.tried.into()),
        ("day", texts.moment(flood.began_at).into()),
    ];
    let lines = ["flood-line", "flood-defence", "flood-act"].map(|key| texts.say_with(key, &about)).to_vec();
    let mail = Mail { texts, subject: texts.say_with("flood-subject", &about), lines, link: settings.link(&path) };
    notice(settings, mail, to).map(Some)
}

fn notice(settings: &Settings, mail: Mail, to: EmailAddress) -> Result<Notice, StoreError> {
    let broken = |error: askama::Error| StoreError::Refused(format!("the mail about a flood: {error}"));
    let from = Mailbox {
        name: "Estampille".to_owned(),
        address: EmailAddress::of_installation(OWN_NAME, &settings.mail_domain),
    };
    Ok(Notice {
        from,
        reply_to: None,
        to,
        text: TextPart { mail: &mail }.render().map_err(broken)?,
        html: HtmlPart { mail: &mail }.render().map_err(broken)?,
        language: mail.texts.0,
        of_list: None,
        subject: mail.subject,
    })
}
