//! Finds, in what a person would read, what was said of one recipient.

use super::fold::fold;
use super::{Refusal, phrases};
use crate::mail::dsn;

/// Longest reply that is kept of one recipient.
const LONGEST_REPLY: usize = 2000;

/// What the lines of a report say of an address that stands in the line `start`; `starts` are the lines of all.
pub(super) fn refusal(address: &str, lines: &[&str], start: usize, starts: &[usize]) -> Refusal {
    let end = starts.iter().copied().filter(|next| *next > start).min().unwrap_or(lines.len());
    let mut reply = String::new();
    let mut blank = 0;
    if let Some(said) = quoted(lines, start).filter(|_| starts.len() == 1) {
        reply.push_str(&said);
    }
    let is_quoted = !reply.is_empty();
    for line in lines.get(start..end).filter(|_| !is_quoted).unwrap_or_default() {
        blank = if line.trim().is_empty() { blank + 1 } else { 0 };
        if blank > 0 && has_words_beside(&reply, address) {
            break;
        }
        if reply.len() + line.len() > LONGEST_REPLY {
            break;
        }
        reply.push_str(line.trim());
        reply.push(' ');
    }
    // Sendmail lists the addresses first and quotes the dialogue after.
    for (number, line) in lines.iter().enumerate().filter(|(number, _)| *number >= end || *number < start) {
        if reply.len() < LONGEST_REPLY && line.contains(address) {
            let next = lines.get(number + 1).copied().unwrap_or_default();
            reply.push_str(line.trim());
            reply.push(' ');
            reply.push_str(next.trim());
            reply.push(' ');
        }
    }
    if !reply.split_whitespace().any(is_code) {
        push_answer(&mut reply, lines, start);
    }
    let status = dsn::find_status(&reply).unwrap_or_default();
    Refusal { address: address.to_owned(), status, reply: reply.trim().to_owned() }
}

/// Whether a word is a reply code of SMTP that refuses, or an enhanced one.
fn is_code(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let number = word.get(..3).unwrap_or_default();
    let is_basic = number.starts_with(['4', '5']) && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_basic && (word.len() == 3 || word.as_bytes().get(3) == Some(&b'-'))) || dsn::find_status(word).is_some()
}

/// Adds the lines of a report that begin with a reply code: those nearest after the address, else before it.
fn push_answer(reply: &mut String, lines: &[&str], start: usize) {
    let is_answer = |line: &&str| line.split_whitespace().next().is_some_and(is_code);
    let (before, after) = lines.split_at(start.min(lines.len()));
    let first = after.iter().position(is_answer).map(|at| after.get(at..).unwrap_or_default());
    let found = first.or_else(|| before.iter().position(is_answer).and_then(|at| before.get(at..)));
    for line in found.unwrap_or_default().iter().take_while(|line| !line.trim().is_empty()).take(10) {
        reply.push_str(line.trim());
        reply.push(' ');
    }
}

/// What the other server said, where the report says that it quotes it.
fn quoted(lines: &[&str], start: usize) -> Option<String> {
    let rest = lines.get(start..)?;
    let (at, after) = rest
        .iter()
        .enumerate()
        .find_map(|(number, line)| phrases::quoted_after(&fold(line)).map(|after| (number, after.to_owned())))?;
    let next = rest.get(at + 1..).unwrap_or_default().iter().map(|line| line.trim());
    let next = next.skip_while(|line| line.is_empty() && after.trim().is_empty()).take_while(|line| !line.is_empty());
    let said = std::iter::once(after.trim()).chain(next).collect::<Vec<_>>().join(" ");
    let said: String = said.trim().chars().take(LONGEST_REPLY).collect();
    (!said.is_empty()).then_some(said)
}

fn has_words_beside(reply: &str, address: &str) -> bool {
    reply.replace(address, "").chars().filter(|letter| letter.is_alphanumeric()).count() >= 6
}
