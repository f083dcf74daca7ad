//! Where the returned message begins inside the prose of a report.

use super::fold::fold_into;
use super::phrases;

/// The header lines of a message: everything before its first blank line.
pub(super) fn header_of(message: &str) -> &str {
    let message = message.trim_start_matches(['\r', '\n']);
    let end = [message.find("\n\n"), message.find("\r\n\r\n"), message.find("\n\r\n")].into_iter().flatten().min();
    end.and_then(|end| message.get(..end)).unwrap_or(message)
}

/// Splits prose at the line that announces the returned message, or where its header begins unannounced. Returns how
/// long the prose is, and the returned message.
pub(super) fn split(prose: &str) -> Option<(usize, &str)> {
    let mut offset = 0;
    let mut folded = String::new();
    let mut header_run: Option<(usize, usize)> = None;
    for line in prose.split_inclusive('\n') {
        let text = line.trim_end();
        if offset > 0 && announces(text, &mut folded) {
            let rest = prose.get(offset + line.len()..).unwrap_or_default();
            return Some((offset, rest));
        }
        header_run = match header_run {
            Some((start, count)) if is_header_line(text) => Some((start, count + 1)),
            Some((start, count)) if text.starts_with([' ', '\t']) && !text.trim().is_empty() => Some((start, count)),
            Some((start, count)) if count >= 3 && text.trim().is_empty() => {
                return prose.get(start..).map(|rest| (start, rest));
            }
            _ if is_header_start(text) => Some((offset, 1)),
            _ => None,
        };
        offset += line.len();
    }
    header_run.filter(|(_, count)| *count >= 3).and_then(|(start, _)| prose.get(start..).map(|rest| (start, rest)))
}

/// Whether a line announces the returned message; no such line is long.
fn announces(line: &str, folded: &mut String) -> bool {
    if line.len() > 200 || line.trim().is_empty() {
        return false;
    }
    folded.clear();
    fold_into(folded, line);
    phrases::announces_returned(folded)
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
    super::super::dsn::unfolded(header).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}
