//! The short mails to one reader that are no campaign: no advertising, no tracking, and who writes at their foot.

use askama::Template;

use super::confirmation_mail;
use crate::accounts;
use crate::config::Settings;
use crate::lists::List;
use crate::mail::{EmailAddress, Mailbox, Notice};
use crate::storage::{Conn, StoreError};
use crate::texts::Texts;

#[derive(Template)]
#[template(path = "mail/letter/body.txt", escape = "none")]
struct TextPart<'a> {
    mail: &'a Letter,
    sign: &'a Sign,
}

#[derive(Template)]
#[template(path = "mail/letter/body.html")]
struct HtmlPart<'a> {
    mail: &'a Letter,
    sign: &'a Sign,
}

/// Words that lead somewhere.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) label: String,
    pub(super) address: String,
}

impl Link {
    pub(super) fn new(label: String, address: impl Into<String>) -> Self {
        Self { label, address: address.into() }
    }
}

/// One of many things that a mail tells of.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) address: Option<String>,
}

/// What one of these mails says, from top to bottom.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) texts: Texts,
    pub(super) subject: String,
    pub(super) heading: String,
    pub(super) lines: Vec<String>,
    /// What it lists below them.
    pub(super) items: Vec<Item>,
    /// The one thing to do.
    pub(super) button: Option<Link>,
    /// What stands below it.
    pub(super) after: Vec<String>,
    /// Quieter ways out, each on a line of its own.
    pub(super) links: Vec<Link>,
    /// Why the reader gets it.
    pub(super) why: String,
}

impl Letter {
    pub(super) const fn new(texts: Texts) -> Self {
        Self {
            texts,
            subject: String::new(),
            heading: String::new(),
            lines: Vec::new(),
            items: Vec::new(),
            button: None,
            after: Vec::new(),
            links: Vec::new(),
            why: String::new(),
        }
    }

    /// Words before an address, with the sign that the language puts there.
    fn leading(&self, link: &Link) -> String {
        self.texts.say1("mail-leads-to", "label", &link.label)
    }

    /// The letter whose button leads there.
    pub(super) fn with_link(self, address: String) -> Self {
        let button = self.button.map(|button| Link { address, ..button });
        Self { button, ..self }
    }

    /// The mail.
    pub(super) fn notice(self, sign: Sign, to: EmailAddress) -> Result<Notice, StoreError> {
        let broken = |error: askama::Error| StoreError::Refused(format!("a mail to a reader: {error}"));
        Ok(Notice {
            text: TextPart { mail: &self, sign: &sign }.render().map_err(broken)?,
            html: HtmlPart { mail: &self, sign: &sign }.render().map_err(broken)?,
            language: self.texts.0,
            of_list: None,
            subject: self.subject,
            from: sign.from,
            reply_to: sign.reply_to,
            to,
        })
    }
}

/// Who writes, in the header and at the foot (LAW-01).
pub(super) struct Sign {
    from: Mailbox,
    reply_to: Option<EmailAddress>,
    /// The account, which is who answers for it.
    pub(super) sender: String,
    postal_address: Vec<String>,
    contact: String,
}

/// The signature of a list's account.
pub(super) fn sign(conn: &mut Conn, settings: &Settings, list: &List) -> Result<Sign, StoreError> {
    let (from, reply_to) = confirmation_mail::sender(conn, settings, list)?;
    let account = accounts::find(conn, list.account_id)?;
    let (sender, postal_address) = account.map(|account| (account.name, account.postal_address)).unwrap_or_default();
    let lines = postal_address.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(Sign {
        from,
        reply_to,
        sender,
        postal_address: lines.map(str::to_owned).collect(),
        contact: list.reply_to.as_ref().unwrap_or(&list.from_address).to_string(),
    })
}
