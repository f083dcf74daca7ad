//! A message as a mail program shows it: for the tray page.

use mail_parser::{MessageParser, MimeHeaders};

/// What a mail program shows of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The From field, as written.
    pub from: String,
    /// The To field, as written.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The Date field, as written.
    pub date: String,
    /// The plain-text part.
    pub text: Option<String>,
    /// The HTML part.
    pub html: Option<String>,
    /// The address of the one-click unsubscription, when the message offers one (RFC 8058, section 3.1).
    pub one_click: Option<String>,
}

/// Reads a message; `None` when it is none.
#[must_use]
pub fn read(message: &[u8]) -> Option<Reading> {
    let parsed = MessageParser::default().parse(message)?;
    let raw = |name: &str| parsed.header_raw(name).map(unfolded).unwrap_or_default();
    let part = |is_wanted: fn(&str) -> bool| {
        let found = parsed.parts.iter().find(|part| {
            let is_text = part.content_type().is_some_and(|kind| {
                kind.ctype().eq_ignore_ascii_case("text")
                    && kind.subtype().is_some_and(|subtype| is_wanted(&subtype.to_lowercase()))
            });
            is_text && !part.is_message()
        });
        found.and_then(|part| part.text_contents().map(ToOwned::to_owned))
    };
    let offers_one_click = raw("List-Unsubscribe-Post").eq_ignore_ascii_case("List-Unsubscribe=One-Click");
    Some(Reading {
        from: raw("From"),
        to: raw("To"),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        date: raw("Date"),
        text: part(|subtype| subtype == "plain"),
        html: part(|subtype| subtype == "html"),
        one_click: offers_one_click.then(|| web_address(&raw("List-Unsubscribe"))).flatten(),
    })
}

/// A field on one line (RFC 5322, section 2.2.3).
fn unfolded(raw: &str) -> String {
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first web address of a `List-Unsubscribe` field (RFC 2369).
fn web_address(field: &str) -> Option<String> {
    let mut items = field.split('<').filter_map(|item| item.split_once('>').map(|(address, _)| address.trim()));
    items.find(|address| address.starts_with("https://") || address.starts_with("http://")).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "From: News <news@example.org>\r\nTo: <anne@example.net>\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\
        Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nList-Unsubscribe: <mailto:u@example.org>,\r\n <https://example.org/unsubscribe/x>\r\n\
        List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";

    #[test]
    fn a_message_is_shown_with_both_parts_and_its_one_click_address() {
        let reading = read(MESSAGE.as_bytes()).expect("a message");
        assert_eq!((reading.subject.as_str(), reading.from.as_str()), ("Été", "News <news@example.org>"));
        assert_eq!(reading.text.as_deref().map(str::trim), Some("Hello"));
        assert_eq!(reading.html.as_deref().map(str::trim), Some("<p>Hello</p>"));
        assert_eq!(reading.one_click.as_deref(), Some("https://example.org/unsubscribe/x"));
    }

    #[test]
    fn without_the_post_field_there_is_no_button() {
        let plain = MESSAGE.replace("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "");
        assert_eq!(read(plain.as_bytes()).and_then(|reading| reading.one_click), None);
    }
}
