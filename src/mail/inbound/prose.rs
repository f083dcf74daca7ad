//! Finds, in what a person would read, which addresses mail did not reach and what was said of each.
//!
//! Programs that write their own reports agree on little, but where an address stands says much: alone on a line, at
//! its start, after a word such as "recipient", or only in passing. The best kind of place found wins.

use super::Refusal;
use super::fold::fold;
use super::parts::Parts;
use super::phrases;

/// No report that names more is read to its end.
const MOST: usize = 500;
/// Longest reply that is kept of one recipient.
const LONGEST_REPLY: usize = 2000;

/// How telling a place is; later is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In a line that quotes the returned message's own `To`.
    Quoted,
    /// Somewhere in a sentence.
    Passing,
    /// After a word that announces it.
    Announced,
    /// At the start of a line, or alone on it.
    Leading,
}

struct Found<'a> {
    address: &'a str,
    place: Place,
    line: usize,
}

/// The recipients that the prose of a report names, with what is said of each.
pub(super) fn refusals(parts: &Parts) -> Vec<Refusal> {
    let lines: Vec<&str> = parts.prose.lines().collect();
    let failed = parts.field("x-failed-recipients");
    let named: Vec<&str> = addresses(failed).into_iter().map(|(_, address)| address).collect();
    let found = find(&lines, &senders(parts));
    let found = if found.is_empty() { find(&lines, &[]) } else { found };
    let best = found.iter().map(|one| one.place).max();
    let mut chosen: Vec<&Found<'_>> = if named.is_empty() {
        found.iter().filter(|one| Some(one.place) == best).collect()
    } else {
        found.iter().filter(|one| named.iter().any(|name| name.eq_ignore_ascii_case(one.address))).collect()
    };
    let mut seen: Vec<String> = Vec::new();
    chosen.retain(|one| {
        let key = one.address.to_ascii_lowercase();
        let is_new = !seen.contains(&key) && seen.len() < MOST;
        if is_new {
            seen.push(key);
        }
        is_new
    });
    let starts: Vec<usize> = chosen.iter().map(|one| one.line).collect();
    let mut refusals: Vec<Refusal> = chosen.iter().map(|one| refusal(one.address, &lines, one.line, &starts)).collect();
    for name in named.iter().take(MOST).filter(|name| !seen.contains(&name.to_ascii_lowercase())) {
        refusals.push(Refusal { address: (*name).to_owned(), ..Refusal::default() });
    }
    if refusals.is_empty() { elsewhere(parts) } else { refusals }
}

/// Who is named outside the prose: in the subject, or as the recipient of the returned message.
fn elsewhere(parts: &Parts) -> Vec<Refusal> {
    let senders = senders(parts);
    let is_other = |address: &&str| !is_one_of(address, &senders);
    let subject = addresses(parts.field("subject")).into_iter().map(|(_, address)| address).find(is_other);
    let returned = ["x-actual-recipient", "x-original-to", "original-recipient", "delivered-to", "envelope-to", "to"];
    let returned = returned.iter().find_map(|name| {
        let value = super::returned::field(&parts.returned, name)?;
        addresses(&value).first().map(|(_, address)| (*address).to_owned())
    });
    subject
        .map(str::to_owned)
        .or(returned)
        .map(|address| Refusal { address, ..Refusal::default() })
        .into_iter()
        .collect()
}

/// The addresses that cannot be the one that failed: who gets the report, who writes it, who wrote the message.
fn senders(parts: &Parts) -> Vec<String> {
    let own = ["to", "from", "return-path", "delivered-to", "envelope-to", "x-original-to", "sender", "reply-to"];
    let theirs = ["return-path", "from", "sender", "reply-to", "errors-to", "message-id", "x-envelope-sender"];
    let own = own.iter().map(|name| parts.field(name).to_owned());
    let theirs = theirs.iter().filter_map(|name| super::returned::field(&parts.returned, name));
    own.chain(theirs)
        .flat_map(|value| addresses(&value).into_iter().map(|(_, address)| address.to_owned()).collect::<Vec<_>>())
        .collect()
}

fn is_one_of(address: &str, senders: &[String]) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    matches!(local.as_str(), "mailer-daemon" | "postmaster" | "mailerdaemon")
        || senders.iter().any(|sender| sender.eq_ignore_ascii_case(address))
}

fn find<'a>(lines: &[&'a str], senders: &[String]) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if found.len() >= MOST * 4 {
            break;
        }
        for (at, address) in addresses(line) {
            if !is_one_of(address, senders) {
                found.push(Found { address, place: place_of(line, at, address), line: number });
            }
        }
    }
    found
}

fn place_of(line: &str, at: usize, address: &str) -> Place {
    let before = fold(line.get(..at).unwrap_or_default());
    let before = before.trim_matches(|c: char| " <\"'`(>*-|•·.=[".contains(c));
    let after = line.get(at + address.len()..).unwrap_or_default();
    if before.is_empty() || before.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_word = after.trim_start_matches(['>', '"', '\'']).starts_with(char::is_alphanumeric);
        return if is_word { Place::Passing } else { Place::Leading };
    }
    // `"Anne" <anne@example.org>` alone on its line leads as well.
    let is_named = line.trim_start().starts_with('"') && after.trim() == ">";
    if is_named {
        return Place::Leading;
    }
    if matches!(before, "to:" | "to" | "cc:" | "a:" | "an:" | "from:" | "de:") {
        return Place::Quoted;
    }
    let before = before.trim_end_matches([':', ' ', '<', '\'']);
    if phrases::ANNOUNCING.iter().any(|word| before.ends_with(word.trim_end_matches(':'))) {
        Place::Announced
    } else {
        Place::Passing
    }
}

fn refusal(address: &str, lines: &[&str], start: usize, starts: &[usize]) -> Refusal {
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
    let status = crate::mail::dsn::find_status(&reply).unwrap_or_default();
    Refusal { address: address.to_owned(), status, reply: reply.trim().to_owned() }
}

/// Words after which such reports quote the other server, folded.
const QUOTING: &[&str] =
    &["server returned was:", "error was:", "remote server returned '", "response was:", "gave this error:"];

/// What the other server said, where the report says that it quotes it.
fn quoted(lines: &[&str], start: usize) -> Option<String> {
    let rest = lines.get(start..)?;
    let (at, after) = rest.iter().enumerate().find_map(|(number, line)| {
        let folded = fold(line);
        let after = QUOTING.iter().find_map(|words| folded.split_once(words).map(|(_, after)| after.to_owned()))?;
        Some((number, after))
    })?;
    let next = rest.get(at + 1..).unwrap_or_default().iter().map(|line| line.trim());
    let next = next.skip_while(|line| line.is_empty() && after.trim().is_empty()).take_while(|line| !line.is_empty());
    let said = std::iter::once(after.trim()).chain(next).collect::<Vec<_>>().join(" ");
    let said: String = said.trim().chars().take(LONGEST_REPLY).collect();
    (!said.is_empty()).then_some(said)
}

fn has_words_beside(reply: &str, address: &str) -> bool {
    reply.replace(address, "").chars().filter(|letter| letter.is_alphanumeric()).count() >= 6
}

/// Every address in a text, with where it begins.
pub(super) fn addresses(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (at, _) in text.match_indices('@').take(MOST * 2) {
        let head = text.get(..at).unwrap_or_default();
        let tail = text.get(at + 1..).unwrap_or_default();
        let local = head.chars().rev().take_while(|letter| is_local(*letter)).map(char::len_utf8).sum::<usize>();
        let start = head.len() - local;
        let length = tail.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).unwrap_or(tail.len());
        let domain = tail.get(..length).unwrap_or_default().trim_end_matches(['.', '-']);
        let local = head.get(start..).unwrap_or_default();
        let (cut, local) = without_prefix(local);
        let is_address = !local.is_empty()
            && local.len() <= 128
            && !domain.is_empty()
            && (domain.contains('.') || head.get(..start).is_some_and(|before| before.ends_with('<')))
            && !head.get(..start).unwrap_or_default().ends_with("://");
        if let Some(address) = text.get(start + cut..at + 1 + domain.len()).filter(|_| is_address) {
            found.push((start + cut, address));
        }
    }
    found
}

fn is_local(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter)
}

/// Without what sticks to the front of an address in reports: quotes, dots, `SMTP=`.
fn without_prefix(local: &str) -> (usize, &str) {
    let bare = local.trim_start_matches(['\'', '`', '.', '*', '|', '=', '-', '/', '#']);
    let bare = match bare.split_once('=') {
        Some((name, rest))
            if ["smtp", "to", "rcpt", "for", "address", "orcpt"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)) =>
        {
            rest
        }
        _ => bare,
    };
    (local.len() - bare.len(), bare)
}
