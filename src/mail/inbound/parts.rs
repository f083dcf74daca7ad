//! Takes a message apart into what the rest looks at: header fields, prose, report fields, the returned message.

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::{ContentType, HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::fields::{fields_of, looked_at};
use super::fold::fold;
use super::returned;

/// No real report has more parts; a tree as deep as this one is wide would be dangerous to take down again.
const MOST_PARTS: usize = 400;
/// Longest prose that is looked at: reports say what they have to say in their first lines.
const LONGEST_PROSE: usize = 64 * 1024;

/// A message taken apart.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The header fields of the message itself that are looked at: lower-case name, value with its folding undone,
    /// encoded words read.
    pub(super) fields: Vec<(&'static str, String)>,
    /// What a person would read, without the returned message.
    pub(super) prose: String,
    /// The first lines of it, folded: reports say there what they have to say.
    pub(super) folded: String,
    /// The subject, folded.
    pub(super) subject: String,
    /// The fields of `message/delivery-status`.
    pub(super) status: String,
    /// The same of a report inside an attached message: a gateway passed it on.
    pub(super) passed_on_status: String,
    /// The fields of `message/feedback-report`.
    pub(super) feedback: String,
    /// The message that is reported on: its header lines.
    pub(super) returned: String,
    /// The content type says `multipart/report` about a delivery.
    pub(super) is_delivery_report: bool,
    /// There is a read receipt inside (RFC 8098).
    pub(super) is_receipt: bool,
}

/// The message without an mbox line or blank lines before its header, and with line feeds where a system wrote bare
/// carriage returns.
pub(super) fn tidied(message: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = message.trim_ascii_start();
    if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
        rest = rest.iter().position(|byte| *byte == b'\n').and_then(|at| rest.get(at + 1..)).unwrap_or(rest);
    }
    let head = rest.get(..4096).unwrap_or(rest);
    if !head.contains(&b'\n') && head.contains(&b'\r') {
        return Cow::Owned(rest.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect());
    }
    Cow::Borrowed(rest)
}

/// Reads what is looked at here, and passes over the rest: what a `Received` field says is nobody's business.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .header_text(HeaderName::Subject)
        .header_text(HeaderName::From)
        .default_header_ignore()
});

/// Counted at the starts of lines, where alone a header field begins.
fn is_too_nested(message: &[u8]) -> bool {
    const NEEDLE: &[u8] = b"content-type";
    // Shorter than so many of these fields.
    if message.len() < MOST_PARTS * NEEDLE.len() {
        return false;
    }
    let is_one = |start: usize| {
        let line = message.get(start..).unwrap_or_default();
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        line.get(blanks..blanks + NEEDLE.len()).is_some_and(|head| head.eq_ignore_ascii_case(NEEDLE))
    };
    let ends = memchr::memchr2_iter(b'\n', b'\r', message).map(|end| end + 1);
    std::iter::once(0).chain(ends).filter(|start| is_one(*start)).nth(MOST_PARTS).is_some()
}

impl Parts {
    /// Takes a message apart; `None` when it has no header or too many parts.
    pub(super) fn read(raw: &[u8]) -> Option<Self> {
        if is_too_nested(raw) {
            return None;
        }
        let message = PARSER.parse(raw)?;
        let mut parts = Self { fields: fields_of(&message), ..Self::default() };
        if message.headers().is_empty() {
            return None;
        }
        parts.is_delivery_report = message.content_type().is_some_and(|kind| {
            kind.ctype().eq_ignore_ascii_case("multipart")
                && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("report"))
                && kind.attribute("report-type").is_none_or(|report| report.eq_ignore_ascii_case("delivery-status"))
        });
        let mut html = String::new();
        for part in &message.parts {
            parts.take(part, raw, &mut html);
        }
        if parts.prose.trim().is_empty() {
            parts.prose = html;
        }
        parts.cut_returned();
        parts.subject = fold(parts.field("subject"));
        Some(parts)
    }

    fn take(&mut self, part: &MessagePart<'_>, raw: &[u8], html: &mut String) {
        let kind = part.content_type();
        let name =
            kind.map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase());
        match (name.as_deref().unwrap_or("text/plain"), &part.body) {
            (_, PartType::Multipart(_)) => {}
            ("message/delivery-status" | "message/global-delivery-status" | "text/delivery-status", _) => {
                add(&mut self.status, &String::from_utf8_lossy(part.contents()));
            }
            ("message/feedback-report", _) => add(&mut self.feedback, &String::from_utf8_lossy(part.contents())),
            ("message/disposition-notification" | "message/global-disposition-notification", _) => {
                self.is_receipt = true;
            }
            ("text/rfc822-headers" | "text/rfc822-header" | "message/rfc822-headers" | "message/global-headers", _) => {
                add(&mut self.returned, returned::header_of(&String::from_utf8_lossy(part.contents())));
            }
            (_, PartType::Message(attached)) => self.take_message(attached, part, raw),
            (_, PartType::Html(text)) => add(html, &plain(text)),
            // A multipart whose boundary is never found is one text.
            (kind, PartType::Text(text)) if kind.starts_with("text/") || kind.starts_with("multipart/") => {
                add(&mut self.prose, text);
            }
            _ => {}
        }
    }

    /// An attached message: the fields of a report that it passes on, and its header.
    fn take_message(&mut self, attached: &Message<'_>, part: &MessagePart<'_>, raw: &[u8]) {
        let is_status =
            |kind: &ContentType<'_>| kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("delivery-status"));
        let fields = attached.parts.iter().filter(|part| part.content_type().is_some_and(is_status));
        for part in fields.take(10) {
            add(&mut self.passed_on_status, &String::from_utf8_lossy(part.contents()));
        }
        let (start, end) = (part.offset_body as usize, part.offset_end as usize);
        let inner = raw.get(start..end).or_else(|| raw.get(start..)).unwrap_or_default();
        let blanks = inner.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let head = inner.get(blanks..).unwrap_or_default();
        let head = head.get(..LONGEST_PROSE).unwrap_or(head);
        let head = head.get(..returned::length_of_header(head)).unwrap_or(head);
        add(&mut self.returned, &String::from_utf8_lossy(head));
    }

    /// Where the prose goes over into the returned message, what follows is no prose.
    fn cut_returned(&mut self) {
        let Some((prose, rest)) = returned::split(&self.prose, &mut self.folded) else { return };
        if self.returned.is_empty() {
            self.returned = returned::header_of(rest).to_owned();
        }
        self.prose.truncate(prose);
    }

    /// The first value of a header field; `name` in lower case. Empty when there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        debug_assert!(looked_at(name).is_some(), "{name} is passed over");
        self.fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Whether there is such a header field.
    pub(super) fn has(&self, name: &str) -> bool {
        debug_assert!(looked_at(name).is_some(), "{name} is passed over");
        self.fields.iter().any(|(known, _)| *known == name)
    }
}

fn add(to: &mut String, text: &str) {
    let room = LONGEST_PROSE.saturating_sub(to.len());
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    to.push_str(text.get(..end).unwrap_or_default());
    to.push('\n');
}

/// HTML as lines of text: what breaks a line on the screen breaks one here.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html.get(..html.len().min(LONGEST_PROSE)).unwrap_or(html);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, next)) = after.split_once('>') else { return unescaped(&text) };
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        rest = next;
        match name.to_ascii_lowercase().as_str() {
            "br" | "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "table" | "hr" | "pre" | "title" => text.push('\n'),
            "td" | "th" => text.push(' '),
            skipped @ ("style" | "script") if !tag.starts_with('/') => {
                let end = format!("</{skipped}");
                rest = next.split_once(end.as_str()).map_or(next, |(_, after)| after);
            }
            // An address in angle brackets that was not escaped.
            _ if tag.contains('@') && !tag.contains('=') => text.push_str(&format!("<{tag}>")),
            _ => {}
        }
    }
    text.push_str(rest);
    unescaped(&text)
}

fn unescaped(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2047, section 5: the name before an address may be written in encoded words.
    #[test]
    fn an_encoded_from_is_read() {
        for from in [
            "=?utf-8?B?TWFpbCBEZWxpdmVyeSBTdWJzeXN0ZW0=?= <robot@mx.example>",
            "=?iso-8859-1?Q?Mail_Delivery?=\n =?iso-8859-1?Q?_Subsystem?= <robot@mx.example>",
        ] {
            let parts = Parts::read(format!("From: {from}\nSubject: x\n\nx\n").as_bytes()).unwrap();
            assert_eq!(parts.field("from"), "Mail Delivery Subsystem <robot@mx.example>");
            assert!(super::super::phrases::is_daemon(parts.field("from")));
        }
    }
}
