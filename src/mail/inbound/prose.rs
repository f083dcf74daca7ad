//! Finds, in what a person would read, which addresses mail did not reach and what was said of each.
//!
//! Programs that write their own reports agree on little, but where an address stands says much: alone on a line, at
//! its start, after a word such as "recipient", or only in passing. The best kind of place found wins.

use super::addresses::{addresses, is_local};
use super::answers::refusal;
use super::fold::fold;
use super::parts::Parts;
use super::{Refusal, phrases};

/// No report that names more is read to its end.
const MOST: usize = 500;

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
    let mut found = find(&lines, &senders(parts));
    if found.is_empty() && named.is_empty() {
        let bare = bare_names(&lines, parts.field("from"));
        if !bare.is_empty() {
            return bare;
        }
        found = find(&lines, &[]);
    }
    let mut chosen: Vec<&Found<'_>> = if named.is_empty() {
        best_of(&found, &parts.returned)
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

/// Those in the most telling places; where no place tells, those that the returned message names as well.
fn best_of<'f, 'a>(found: &'f [Found<'a>], returned: &str) -> Vec<&'f Found<'a>> {
    let best = found.iter().map(|one| one.place).max();
    let all: Vec<_> = found.iter().filter(|one| Some(one.place) == best).collect();
    if best > Some(Place::Passing) || returned.is_empty() {
        return all;
    }
    let known: Vec<_> = all.iter().copied().filter(|one| returned.contains(one.address)).collect();
    if known.is_empty() { all } else { known }
}

/// Names without a domain on lines of their own, after a line that announces recipients: mailboxes of the reporting
/// system itself.
fn bare_names(lines: &[&str], from: &str) -> Vec<Refusal> {
    let Some((_, daemon)) = addresses(from).into_iter().next() else { return Vec::new() };
    let Some((_, domain)) = daemon.split_once('@') else { return Vec::new() };
    if !lines.iter().take(20).any(|line| fold(line).contains("recipient")) {
        return Vec::new();
    }
    let after = lines.iter().skip_while(|line| !line.trim_end().ends_with(':')).skip(1);
    let names = after.map(|line| line.trim()).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let is_name = |line: &&str| line.len() <= 64 && line.chars().all(is_local);
    let refusal = |name: &str| Refusal { address: format!("{name}@{domain}"), ..Refusal::default() };
    names.take_while(is_name).take(MOST).map(refusal).collect()
}

/// The addresses that cannot be the one that failed: who gets the report, who writes it, who wrote the message.
fn senders(parts: &Parts) -> Vec<String> {
    let own = ["to", "from", "return-path", "delivered-to", "envelope-to", "x-original-to", "sender", "reply-to"];
    let theirs = ["return-path", "from", "sender", "reply-to", "errors-to", "message-id", "x-envelope-sender"];
    let own = own.iter().map(|name| parts.field(name).to_owned());
    own.chain(super::returned::first_values(&parts.returned, &theirs))
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
            let is_sender = !senders.is_empty() && follows_from(line, at);
            if !is_sender && !is_one_of(address, senders) {
                found.push(Found { address, place: place_of(line, at, address), line: number });
            }
        }
    }
    found
}

/// Whether the word before an address says that mail comes from it: `not accepting mail from anne@example.org`.
fn follows_from(line: &str, at: usize) -> bool {
    let before = fold(line.get(..at).unwrap_or_default());
    let before = before.trim_end_matches([' ', '<', '"', '\'', '(']);
    let is_origin =
        |head: &str| !["expanded", "generated", "forwarded", "failed"].iter().any(|word| head.ends_with(word));
    ["mail from", "message from", "messages from", "email from", "sent from", "sender"]
        .iter()
        .any(|words| before.strip_suffix(words).is_some_and(|head| is_origin(head.trim_end())))
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
    if phrases::announces_an_address(before) { Place::Announced } else { Place::Passing }
}
