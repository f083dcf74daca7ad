//! One message as the test's mail server got it.

use mail_parser::{Message, MessageParser};

/// A message and its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    /// The reverse path of `MAIL FROM`, empty for a report.
    pub(crate) from: String,
    /// The recipients that were accepted.
    pub(crate) to: Vec<String>,
    /// The message, dots unstuffed, with CRLF line ends.
    pub(crate) message: Vec<u8>,
}

impl Mail {
    /// The message as a reader's program understands it.
    pub(crate) fn parsed(&self) -> Message<'_> {
        MessageParser::default().parse(&self.message).expect("a readable message")
    }

    /// The message as text, for snapshots.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8(self.message.clone()).expect("7-bit or UTF-8")
    }

    /// The unfolded value of a header field; fails when it is missing or there twice.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers(name);
        assert_eq!(values.len(), 1, "{name} stands {} times in\n{}", values.len(), self.raw());
        values[0].clone()
    }

    /// The unfolded values of all header fields of this name.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let text = self.raw();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ").replace("\r\n\t", " ");
        head.split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .collect()
    }

    /// The decoded subject.
    pub(crate) fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The plain-text part.
    pub(crate) fn text(&self) -> String {
        self.parsed().body_text(0).expect("a text part").into_owned()
    }

    /// The HTML part.
    pub(crate) fn html(&self) -> String {
        self.parsed().body_html(0).expect("an HTML part").into_owned()
    }

    /// The first link in the text part whose path starts with `path`.
    pub(crate) fn link(&self, path: &str) -> String {
        let text = self.text();
        text.split(|letter: char| letter.is_whitespace() || "<>()[]\"".contains(letter))
            .find(|word| word.starts_with("http") && word.contains(path))
            .unwrap_or_else(|| panic!("no link to {path} in\n{text}"))
            .to_owned()
    }

    /// The address of the one-click unsubscription (RFC 8058).
    pub(crate) fn one_click_url(&self) -> String {
        let field = self.header("List-Unsubscribe");
        assert_eq!(self.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        let urls: Vec<&str> = field.split(',').map(|item| item.trim().trim_matches(['<', '>'])).collect();
        let web: Vec<&&str> = urls.iter().filter(|url| url.starts_with("http")).collect();
        assert_eq!(web.len(), 1, "exactly one web address in {field}");
        (*web[0]).to_owned()
    }
}
