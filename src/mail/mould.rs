//! A message's body, encoded once for all readers but for what differs from one to the next.
//!
//! The same parts are quoted-printable (RFC 2045, section 6.7) from the start; a value stands between two soft line
//! breaks, so that what follows it is the same whatever its length.

use mail_builder::headers::content_type::ContentType;

use crate::keyring::{digest, encode};

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The same for everybody.
    Same(String),
    /// The value of this number.
    Differs(usize),
}

/// A message but for the values that differ.
#[derive(Debug)]
pub struct Mould {
    subject: Vec<Piece>,
    body: Vec<Cast>,
    boundary: String,
    length: usize,
}

#[derive(Debug)]
enum Cast {
    Bytes(Vec<u8>),
    Value(usize),
}

impl Mould {
    /// A mould of these texts; `name` tells its boundary from those of other campaigns.
    #[must_use]
    pub fn new(subject: Vec<Piece>, text: &[Piece], html: &[Piece], name: &[u8]) -> Self {
        // An equals sign never stands before an underscore in what is encoded here.
        let boundary = format!("=_{}", encode(digest(name).get(..15).unwrap_or_default()));
        let mut body = Vec::new();
        let mut part = Vec::new();
        for (kind, pieces) in [("plain", text), ("html", html)] {
            part.extend_from_slice(
                format!(
                    "\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=\"utf-8\"\r\n\
                     Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                )
                .as_bytes(),
            );
            cast(&mut body, &mut part, pieces);
        }
        part.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        body.push(Cast::Bytes(part));
        let of_bytes = |cast: &Cast| if let Cast::Bytes(bytes) = cast { bytes.len() } else { 0 };
        let length = body.iter().map(of_bytes).sum();
        Self { subject, body, boundary, length }
    }

    /// The subject for one reader.
    #[must_use]
    pub fn subject(&self, values: &[String]) -> String {
        joined(&self.subject, values)
    }

    /// What the message is, for its header.
    pub(super) fn content_type(&self) -> ContentType<'_> {
        ContentType::new("multipart/alternative").attribute("boundary", self.boundary.as_str())
    }

    /// About how long a whole message is, in bytes.
    pub(super) const fn room(&self) -> usize {
        self.length + 64 * self.body.len() + HEADER
    }

    /// Writes everything behind the header, the empty line between them too.
    pub(super) fn write(&self, out: &mut Vec<u8>, values: &[String]) {
        for cast in &self.body {
            match cast {
                Cast::Bytes(bytes) => out.extend_from_slice(bytes),
                Cast::Value(number) => {
                    let mut line = Line::default();
                    line.write(out, values.get(*number).map_or("", String::as_str), false);
                    line.break_softly(out);
                }
            }
        }
    }
}

/// The whole text for one reader.
#[must_use]
pub fn joined(pieces: &[Piece], values: &[String]) -> String {
    let of = |piece: &Piece| match piece {
        Piece::Same(text) => text.clone(),
        Piece::Differs(number) => values.get(*number).cloned().unwrap_or_default(),
    };
    pieces.iter().map(of).collect()
}

fn cast(body: &mut Vec<Cast>, part: &mut Vec<u8>, pieces: &[Piece]) {
    let mut line = Line::default();
    for (number, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Same(text) => line.write(part, text, number + 1 == pieces.len()),
            Piece::Differs(value) => {
                line.break_softly(part);
                body.extend([Cast::Bytes(std::mem::take(part)), Cast::Value(*value)]);
            }
        }
    }
}

/// A line being written.
#[derive(Default)]
struct Line {
    column: usize,
}

/// Room for the header of a message.
const HEADER: usize = 2048;
/// Characters of a line without its soft line break.
const WIDTH: usize = 75;
const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// Whether a byte is a printable character that is never encoded.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && byte != b'='
}

impl Line {
    /// Writes a text, whatever ends its lines; NUL is left out. `is_last` says that nothing follows on its last line.
    fn write(&mut self, out: &mut Vec<u8>, text: &str, is_last: bool) {
        let mut rest = text;
        loop {
            let (plain, behind) = rest.split_at(rest.bytes().take_while(|byte| is_plain(*byte)).count());
            self.put_plain(out, plain.as_bytes());
            let mut characters = behind.chars();
            let Some(character) = characters.next() else { return };
            rest = characters.as_str();
            match character {
                '\0' => {}
                '\r' | '\n' => {
                    if character == '\r' {
                        rest = rest.trim_start_matches('\0');
                        rest = rest.strip_prefix('\n').unwrap_or(rest);
                    }
                    out.extend_from_slice(b"\r\n");
                    self.column = 0;
                }
                ' ' | '\t' => {
                    let next = rest.chars().find(|character| *character != '\0');
                    self.put(out, character, next.map_or(is_last, |next| matches!(next, '\r' | '\n')));
                }
                _ => self.put(out, character, true),
            }
        }
    }

    /// Writes characters that stand for themselves.
    fn put_plain(&mut self, out: &mut Vec<u8>, mut plain: &[u8]) {
        while let Some(first) = plain.first() {
            if self.column >= WIDTH {
                self.break_softly(out);
            }
            if *first == b'.' && self.column == 0 {
                self.put(out, '.', false);
                plain = plain.get(1..).unwrap_or_default();
                continue;
            }
            let (fits, behind) = plain.split_at(plain.len().min(WIDTH - self.column));
            out.extend_from_slice(fits);
            self.column += fits.len();
            plain = behind;
        }
    }

    /// Writes one character, never cut in two by the end of a line.
    fn put(&mut self, out: &mut Vec<u8>, character: char, is_encoded: bool) {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let width = if is_encoded { bytes.len() * 3 } else { 1 };
        if self.column + width > WIDTH {
            self.break_softly(out);
        }
        // A dot at the start of a line would be doubled on the way (RFC 5321, section 4.5.2).
        let is_encoded = is_encoded || (character == '.' && self.column == 0);
        if !is_encoded {
            self.column += 1;
            out.extend_from_slice(bytes);
            return;
        }
        self.column += bytes.len() * 3;
        for byte in bytes {
            let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 15)]);
        }
    }

    fn break_softly(&mut self, out: &mut Vec<u8>) {
        if self.column > 0 {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};
    use proptest::prelude::*;

    use super::*;

    /// The two parts as a reader's program finds them.
    fn read(mould: &Mould, values: &[String]) -> (String, String) {
        let mut message =
            format!("Content-Type: multipart/alternative; boundary=\"{}\"\r\n", mould.boundary).into_bytes();
        mould.write(&mut message, values);
        let text = String::from_utf8(message.clone()).expect("seven bits");
        assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n', '\0']), "{text:?}");
        assert!(
            text.split("\r\n").all(|line| line.len() <= 76 && !line.starts_with('.') && !line.ends_with(' ')),
            "{text}"
        );
        let parsed = MessageParser::new().parse(&message).expect("a message");
        let part = |number: usize| {
            let part = parsed.part(u32::try_from(number).expect("small")).expect("a part");
            assert_eq!(part.content_type().and_then(|kind| kind.attribute("charset")), Some("utf-8"));
            part.text_contents().expect("a text").replace("\r\n", "\n")
        };
        (part(1), part(2))
    }

    fn same(text: &str) -> Piece {
        Piece::Same(text.to_owned())
    }

    /// What a text is on the way: no NUL, one kind of line end.
    fn on_the_way(text: &str) -> String {
        text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n")
    }

    #[test]
    fn what_differs_stands_where_it_belongs() {
        let text = [same("Hello "), Piece::Differs(0), same(",\nthis is = for you. "), Piece::Differs(1), same("\n")];
        let html = [same(".<p>"), Piece::Differs(0), same("</p> ")];
        let mould = Mould::new(vec![same("For "), Piece::Differs(0)], &text, &html, b"x");
        for name in [
            "Léa",
            "",
            "a name that is far longer than any line of a mail may ever be, as some people have it in their book",
        ] {
            let values = [name.to_owned(), "one\r\ntwo ".to_owned()];
            let (text, html) = read(&mould, &values);
            assert_eq!(text, format!("Hello {name},\nthis is = for you. one\ntwo \n"));
            assert_eq!(html, format!(".<p>{name}</p> "));
            assert_eq!(mould.subject(&values), format!("For {name}"));
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(before in "(?s).{0,120}", value in "(?s).{0,120}", after in "(?s).{0,120}") {
            let pieces = [Piece::Same(before.clone()), Piece::Differs(0), Piece::Same(after.clone())];
            let mould = Mould::new(Vec::new(), &pieces, &pieces, b"x");
            let wanted = on_the_way(&before) + &on_the_way(&value) + &on_the_way(&after);
            let (text, html) = read(&mould, &[value]);
            prop_assert_eq!(&text, &wanted);
            prop_assert_eq!(&html, &wanted);
        }
    }
}
