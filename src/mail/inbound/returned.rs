//! Where the returned message begins inside the prose of a report.

use super::fold::fold_into;
use super::phrases;
use crate::mail::dsn;

/// The header lines of a message: everything before its first blank line.
pub(super) fn header_of(message: &str) -> &str {
    let message = message.trim_start_matches(['\r', '\n']);
    message.get(..length_of_header(message.as_bytes())).unwrap_or(message)
}

/// How long the header of a message is, in bytes, without the end of its last line.
pub(super) fn length_of_header(message: &[u8]) -> usize {
    let end = memchr::memchr_iter(b'\n', message).find_map(|at| {
        let (before, after) = message.split_at_checked(at)?;
        match after {
            [_, b'\n', ..] => Some(at),
            [_, b'\r', b'\n', ..] => Some(at - usize::from(before.ends_with(b"\r"))),
            _ => None,
        }
    });
    end.unwrap_or(message.len())
}

/// Splits prose at the line that announces the returned message, or where its header begins unannounced. Returns how
/// long the prose is, and the returned message. `folded` becomes the first lines of the prose, folded.
pub(super) fn split<'a>(prose: &'a str, folded: &mut String) -> Option<(usize, &'a str)> {
    folded.reserve(prose.len().min(LONGEST_FOLDED));
    let mut offset = 0;
    let mut run: Option<Run> = None;
    for line in prose.split_inclusive('\n') {
        let text = line.trim_end();
        let here = folded.len();
        fold_into(folded, text);
        if offset > 0 && text.len() <= LONGEST_ANNOUNCEMENT && announces(folded.get(here..).unwrap_or_default()) {
            folded.truncate(here);
            return Some((offset, prose.get(offset + line.len()..).unwrap_or_default()));
        }
        if offset >= LONGEST_FOLDED {
            folded.truncate(here);
        }
        run = match run {
            Some(run) if is_header_line(text) => Some(Run { count: run.count + 1, ..run }),
            Some(run) if text.starts_with([' ', '\t']) && !text.trim().is_empty() => Some(run),
            Some(run) if run.count >= 3 && text.trim().is_empty() => return run.end(prose, folded),
            _ if is_header_start(text) => Some(Run { offset, folded: here, count: 1 }),
            _ => None,
        };
        offset += line.len();
    }
    run.filter(|run| run.count >= 3).and_then(|run| run.end(prose, folded))
}

/// Header lines in a row.
struct Run {
    /// Where they begin in the prose.
    offset: usize,
    /// Where they begin in the folded prose.
    folded: usize,
    count: usize,
}

impl Run {
    /// Ends the prose where these lines begin.
    fn end<'a>(&self, prose: &'a str, folded: &mut String) -> Option<(usize, &'a str)> {
        folded.truncate(self.folded);
        prose.get(self.offset..).map(|rest| (self.offset, rest))
    }
}

/// No line that announces the returned message is longer, in bytes.
const LONGEST_ANNOUNCEMENT: usize = 200;
/// Prose that is folded, in bytes: reports say what they have to say in their first lines.
const LONGEST_FOLDED: usize = 8000;

/// Whether a folded line announces the returned message; it may begin with the blank that parts it from the line before.
fn announces(folded: &str) -> bool {
    let line = folded.trim_start();
    !line.is_empty() && phrases::announces_returned(line)
}

fn field_name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then_some(name)
}

fn is_header_line(line: &str) -> bool {
    field_name(line).is_some()
}

/// A returned message begins with one of these when nothing announces it.
fn is_header_start(line: &str) -> bool {
    field_name(line.trim_start_matches('>')).is_some_and(|name| {
        ["return-path", "received", "delivered-to", "x-original-to", "message-id", "dkim-signature", "mime-version"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// The first value of a header field in header lines, its folding undone.
pub(super) fn field(header: &str, name: &str) -> Option<String> {
    let mut fields = dsn::fields(header);
    fields.find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value())
}

/// The first value of each of these fields, in the order of the header.
pub(super) fn first_values(header: &str, names: &[&str]) -> Vec<String> {
    let mut wanted = names.to_vec();
    let mut values = Vec::new();
    for field in dsn::fields(header) {
        if let Some(place) = wanted.iter().position(|name| name.eq_ignore_ascii_case(field.name)) {
            wanted.swap_remove(place);
            values.push(field.value());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_at_its_first_blank_line_whatever_ends_the_lines() {
        for message in ["A: 1\r\nB: 2\r\n\r\ntext\r\n\r\n", "A: 1\r\nB: 2", "\r\nA: 1\r\nB: 2\r\n\r\n"] {
            assert_eq!(header_of(message), "A: 1\r\nB: 2", "{message:?}");
        }
        for message in ["A: 1\nB: 2\n\ntext", "A: 1\nB: 2\n\r\ntext"] {
            assert_eq!(header_of(message), "A: 1\nB: 2", "{message:?}");
        }
    }

    #[test]
    fn prose_ends_where_the_returned_message_is_announced_or_begins() {
        let split = |prose| {
            let mut folded = String::new();
            let found = split(prose, &mut folded).map(|(length, rest)| (length, rest.to_owned()));
            (found, folded)
        };
        let announced = "Sorry.\n\nNo  SUCH\tuser\n--- Original message follows ---\nTo: anne@example.org\n";
        let (found, folded) = split(announced);
        assert_eq!(found.map(|(_, rest)| rest).as_deref(), Some("To: anne@example.org\n"));
        assert_eq!(folded, "sorry. no such user");
        let bare = "Sorry.\nReturn-Path: <a@b>\nReceived: by c\n\tfor d\nTo: anne@example.org\n\nHello";
        let (found, folded) = split(bare);
        assert_eq!(found.map(|(length, _)| length), Some("Sorry.\n".len()));
        assert_eq!(folded, "sorry.");
        assert_eq!(split("Nothing\ncame back"), (None, "nothing came back".to_owned()));
    }

    #[test]
    fn of_each_field_the_first_value_counts() {
        let header = "From: one\nTo: x\nfrom: two\nReply-To: three\n";
        assert_eq!(first_values(header, &["from", "reply-to", "sender"]), ["one", "three"]);
        assert_eq!(field(header, "FROM").as_deref(), Some("one"));
    }
}
