//! Whole messages, as they leave: INTERFACE.md "Mail that leaves".
//!
//! Every text that came from somebody is put on one line before it becomes a header, and mail-builder encodes it
//! (RFC 2047) and folds it, so that no merge field can add a header (HDR-03). Bodies go out in 7 bits.

use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::headers::url::URL;
use mail_builder::mime::MimePart;

use super::mould::Mould;
use super::{EmailAddress, Mailbox, Notice, marks};
use crate::clock::Timestamp;
use crate::keyring::{Keyring, digest, encode};
use crate::storage::{AccountId, CampaignId, DeliveryId, ListId};

/// What every mail of this installation has in common, and which delivery this one is.
#[derive(Debug, Clone, Copy)]
pub struct Stationery<'a> {
    /// The keys that sign its marks.
    pub keys: &'a Keyring,
    /// The domain of its Message-ID, return path, complaint and unsubscribe addresses.
    pub mail_domain: &'a str,
    /// The delivery.
    pub delivery: DeliveryId,
    /// When it leaves.
    pub date: Timestamp,
}

/// One message of a campaign, rendered for one reader.
#[derive(Debug, Clone)]
pub struct ListMail<'a> {
    /// On whose behalf.
    pub account_id: AccountId,
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// Which list.
    pub list_id: ListId,
    /// The list's name, as readers see it.
    pub list_name: &'a str,
    /// Who writes.
    pub from: &'a Mailbox,
    /// Where answers go, when not to the From address.
    pub reply_to: Option<&'a EmailAddress>,
    /// Who reads.
    pub to: &'a EmailAddress,
    /// The subject.
    pub subject: &'a str,
    /// What it says.
    pub body: Body<'a>,
    /// How to leave; none in a test mail, which nobody subscribed to.
    pub unsubscribe: Option<Unsubscribe<'a>>,
}

/// What a message says.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Two whole parts.
    Parts {
        /// The plain-text part.
        text: &'a str,
        /// The HTML part.
        html: &'a str,
    },
    /// What stands in the campaign's mould for this reader.
    Cast {
        /// The mould.
        mould: &'a Mould,
        /// What differs.
        values: &'a [String],
    },
}

/// The two ways out that mail programs know (RFC 2369, RFC 8058).
#[derive(Debug, Clone, Copy)]
pub struct Unsubscribe<'a> {
    /// The address of the page that takes the one-click POST.
    pub link: &'a str,
    /// The token of that link.
    pub token: &'a str,
}

/// A message of a campaign.
#[must_use]
pub fn list_mail(stationery: &Stationery<'_>, mail: &ListMail<'_>) -> Vec<u8> {
    let message = addressed(stationery, mail.from, mail.reply_to, mail.to, mail.subject);
    let fields = ListFields {
        list_id: mail.list_id,
        list_name: mail.list_name,
        help: mail.reply_to.unwrap_or(&mail.from.address),
        unsubscribe: mail.unsubscribe,
        feedback_id: marks::feedback_id(Some(mail.account_id), Some(mail.campaign_id), "campaign"),
    };
    written(stationery, fields.on(message, stationery), mail.body)
}

/// A confirmation, an invitation, a greeting: no advertising, and nobody's vacation program answers it (RFC 3834).
#[must_use]
pub fn notice(stationery: &Stationery<'_>, notice: &Notice) -> Vec<u8> {
    let message = addressed(stationery, &notice.from, notice.reply_to.as_ref(), &notice.to, &notice.subject)
        .header("Auto-Submitted", raw("auto-generated"))
        .header("Content-Language", raw(notice.language.tag()));
    let message = match &notice.of_list {
        Some(list) => ListFields {
            list_id: list.list_id,
            list_name: &list.name,
            help: notice.reply_to.as_ref().unwrap_or(&notice.from.address),
            unsubscribe: Some(Unsubscribe { link: &list.link, token: &list.token }),
            feedback_id: marks::feedback_id(Some(list.account_id), None, list.kind),
        }
        .on(message, stationery),
        None => message,
    };
    written(stationery, message, Body::Parts { text: &notice.text, html: &notice.html })
}

/// What every mail of a list says of the list, of the way out and of the way to complain.
struct ListFields<'a> {
    list_id: ListId,
    list_name: &'a str,
    help: &'a EmailAddress,
    unsubscribe: Option<Unsubscribe<'a>>,
    feedback_id: String,
}

impl ListFields<'_> {
    fn on<'m>(self, message: MessageBuilder<'m>, stationery: &Stationery<'_>) -> MessageBuilder<'m> {
        let list_id = format!("{}.{}", encode(self.list_id.bytes()), stationery.mail_domain);
        let mut message = message.header("List-Id", Address::new_address(named(self.list_name), list_id));
        if let Some(way_out) = &self.unsubscribe {
            let address = marks::unsubscribe_address(way_out.token, stationery.mail_domain);
            let ways = [way_out.link.to_owned(), format!("mailto:{address}?subject=unsubscribe")];
            message = message
                .header("List-Unsubscribe", URL::new_list(ways.into_iter()))
                .header("List-Unsubscribe-Post", raw("List-Unsubscribe=One-Click"));
        }
        message
            .header("List-Help", URL::new(format!("mailto:{}?subject=help", self.help)))
            .header("List-Post", raw("NO"))
            .header("Precedence", raw("bulk"))
            .header("Feedback-ID", raw(self.feedback_id))
            .header("CFBL-Address", raw(format!("{}; report=arf", marks::complaint_address(stationery.mail_domain))))
            .header("CFBL-Feedback-ID", raw(marks::complaint_id(stationery.keys, stationery.delivery)))
    }
}

fn addressed<'a>(
    stationery: &Stationery<'_>,
    from: &'a Mailbox,
    reply_to: Option<&'a EmailAddress>,
    to: &'a EmailAddress,
    subject: &str,
) -> MessageBuilder<'a> {
    let message = MessageBuilder::new()
        .from(Address::new_address(named(&from.name), from.address.as_str()))
        .to(Address::new_address(None::<&str>, to.as_str()))
        .subject(Text::new(one_line(subject)))
        .date(Date::new(stationery.date.seconds()))
        .message_id(MessageId::new(marks::message_id(stationery.keys, stationery.mail_domain, stationery.delivery)));
    match reply_to {
        Some(address) => message.reply_to(Address::new_address(None::<&str>, address.as_str())),
        None => message,
    }
}

fn written(stationery: &Stationery<'_>, message: MessageBuilder<'_>, said: Body<'_>) -> Vec<u8> {
    let trace = marks::trace(stationery.keys, stationery.delivery);
    // The same at each attempt, so that two copies of one delivery can be seen to be one.
    let boundary = || format!("=_{}", encode(digest(trace.as_bytes()).get(..15).unwrap_or_default()));
    let traced = message.header("X-Estampille-Trace", raw(trace.as_str()));
    match said {
        Body::Parts { text, html } => {
            let parts = vec![MimePart::new("text/plain", body(text)), MimePart::new("text/html", body(html))];
            let whole = ContentType::new("multipart/alternative").attribute("boundary", boundary());
            let mut bytes = Vec::new();
            traced.body(MimePart::new(whole, parts)).serialize(&mut bytes);
            bytes
        }
        Body::Cast { mould, values } => {
            let mut bytes = Vec::with_capacity(mould.room());
            let header = traced.header("MIME-Version", raw("1.0")).header("Content-Type", mould.content_type());
            header.body(MimePart::raw("")).serialize(&mut bytes);
            mould.write(&mut bytes, values);
            bytes
        }
    }
}

fn raw<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> HeaderType<'a> {
    HeaderType::Raw(Raw::new(text))
}

/// A display name; none when it says nothing.
fn named(name: &str) -> Option<String> {
    Some(one_line(name)).filter(|name| !name.is_empty())
}

/// A text without anything that could end a header line.
fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() || is_line_end(c) { ' ' } else { c }).collect();
    line.truncate(line.trim_end().len());
    line.trim_start().to_owned()
}

const fn is_line_end(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// A body whose lines end as RFC 5322 wants it, without NUL.
fn body(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "").replace('\n', "\r\n")
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
