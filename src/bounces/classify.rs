//! From what the receiving side said to a class, and from the class to what it means for the address. Pure.
//!
//! Order: what the provider's words and codes mean ([`super::rules`]), the enhanced status (RFC 3463), the basic code
//! (RFC 5321), unknown. Words come first because codes lie: Orange refuses for a full mailbox with `5.1.1`, Exchange
//! Online for an unknown user with `5.4.1 Access denied`, and many a `550` is about us and not about the address.

use super::{Class, Severity, rules};
use crate::mail::dsn::find_status;
use crate::mail::inbound::fold::fold;
use crate::mail::inbound::{Inbound, Refusal};

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why.
    pub class: Class,
    /// What it says of the address; `None` when it speaks of us.
    pub severity: Option<Severity>,
    /// The enhanced status code (RFC 3463), empty when there was none.
    pub status: String,
}

impl Verdict {
    /// The word by which `estampille inspect --replies` says what a list does about it.
    #[must_use]
    pub const fn reply_word(&self) -> &'static str {
        match self.class {
            Class::UnknownUser | Class::BadDomain if matches!(self.severity, Some(Severity::Hard)) => "hard-bounce",
            Class::MailboxFull => "mailbox-full",
            Class::Throttled => "throttled",
            Class::Policy | Class::Authentication | Class::Content => "blocked-policy",
            Class::UnknownUser | Class::BadDomain | Class::Inactive | Class::Transient => "soft-bounce",
            Class::Protocol | Class::Unknown => "soft-bounce",
        }
    }
}

/// What a report says of its recipients taken together: hard when it is for one of them.
#[must_use]
pub fn severity_of(read: &Inbound) -> Severity {
    let none = [Refusal::default()];
    let refusals = if read.refusals.is_empty() { none.as_slice() } else { read.refusals.as_slice() };
    let mut verdicts = refusals.iter().map(|one| classify(&one.status, &one.reply, &read.prose));
    let is_hard = verdicts.any(|verdict| verdict.severity == Some(Severity::Hard));
    if is_hard { Severity::Hard } else { Severity::Soft }
}

/// Longest text that is looked at.
const LONGEST: usize = 4000;

/// Reads one SMTP reply (`550 5.1.1 … User unknown`).
#[must_use]
pub fn classify_reply(reply: &str) -> Verdict {
    classify("", reply, "")
}

/// Reads what a report says of a recipient: its status, the reply in it, and, where these tell nothing, its prose.
#[must_use]
pub fn classify(status: &str, reply: &str, prose: &str) -> Verdict {
    let reply = inner(reply);
    let text = fold(cut(reply));
    // The reply is what the receiving side said; the field is what the reporting side made of it.
    let status = find_status(reply).or_else(|| find_status(status)).unwrap_or_default();
    let code = basic_code(&text);
    let words = rules::find(&without_addresses(&text));
    let class = words
        // "Unavailable" and "later" are said of everything.
        .filter(|rule| rule.class != Class::Transient || !rule.provider.is_empty() || !says_dead(&status))
        .map(|rule| rule.class)
        .or_else(|| by_status(&status))
        .or_else(|| code.and_then(by_code))
        .or_else(|| rules::find(&without_addresses(&fold(cut(prose)))).map(|rule| rule.class))
        .unwrap_or(Class::Unknown);
    let is_refused_by_filter = class == Class::UnknownUser
        && !says_dead(&status)
        && words.is_none_or(|rule| rule.provider.is_empty())
        && follows_the_text(&text, prose);
    let class = if is_refused_by_filter { Class::Content } else { class };
    let is_passing = match status.bytes().next() {
        Some(first) => first == b'4' && !text.contains(" 55") && !text.starts_with('5'),
        None => code.is_some_and(|code| code < 500) && !text.contains(" 55"),
    };
    let severity = class.severity().map(|severity| if is_passing { Severity::Soft } else { severity });
    Verdict { class, severity, status }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Whether an enhanced status by itself says that the address or its domain is dead.
fn says_dead(status: &str) -> bool {
    status.starts_with('5') && by_status(status).is_some_and(|class| class.severity() == Some(Severity::Hard))
}

/// Whether the recipient was taken and the refusal came after the text: then a filter says "unknown user", as mobile
/// carriers do, and not the mailbox.
fn follows_the_text(folded: &str, prose: &str) -> bool {
    let is_after = |text: &str| text.contains("end of data") || text.contains(">>> data <<< 55");
    is_after(folded) || is_after(&fold(cut(prose)))
}

/// What the other server said, without what IronPort wraps around it: `5.1.0 - Unknown address error 550-'…'`.
fn inner(reply: &str) -> &str {
    let Some((before, after)) = reply.split_once("-'") else { return reply };
    let code = before.len().checked_sub(3).and_then(|start| before.get(start..));
    let is_wrapped = code.is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit())) && before.contains(" - ");
    if is_wrapped { after.rsplit_once('\'').map_or(after, |(inner, _)| inner) } else { reply }
}

/// An address such as `user.unknown@spam.example` must not classify itself.
fn without_addresses(folded: &str) -> String {
    folded
        .split(' ')
        .map(|word| match word.find('@') {
            Some(_) if !word.contains("://") => "@",
            _ if word.contains("://") && !word.contains("?p=") => "url",
            _ => word,
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The reply code at the start, or the first that stands where a reply begins.
fn basic_code(folded: &str) -> Option<u16> {
    folded
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| word.len() == 3)
        .find_map(|word| word.parse().ok().filter(|code| (400..600).contains(code)))
}

/// What an enhanced status says by itself (RFC 3463 and the IANA registry).
fn by_status(status: &str) -> Option<Class> {
    let mut numbers = status.split('.').map(|number| number.parse::<u16>().unwrap_or(0));
    let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some(match (subject, detail) {
        (1, 1 | 3 | 6) | (7, 17) => Class::UnknownUser,
        (1, 2 | 10) | (7, 18) | (4, 310) => Class::BadDomain,
        (1, 7 | 8) => Class::Policy,
        (1, 9) | (2, 3) | (3, 4) | (5, 1 | 2 | 4 | 5 | 6) | (6, 7..=10) | (7, 10) => Class::Protocol,
        (2, 1) | (7, 13) => Class::Inactive,
        (2, 2) => Class::MailboxFull,
        // 7.5: what encrypts does not fit; says nothing of the address.
        (2, 4) | (3 | 4, _) | (7, 5) => Class::Transient,
        (5, 3) => Class::Throttled,
        (6, _) => Class::Content,
        (7, 20..=27 | 29..=32) => Class::Authentication,
        (7, 28) if class == 5 => Class::Content,
        (7, _) if class == 4 => Class::Throttled,
        (7, _) => Class::Policy,
        _ => return None,
    })
}

/// What a basic code says by itself (RFC 5321, section 4.2.3; RFC 7504).
fn by_code(code: u16) -> Option<Class> {
    match code {
        552 => Some(Class::MailboxFull),
        521 | 556 => Some(Class::BadDomain),
        530 | 534 | 535 | 538 | 571 => Some(Class::Policy),
        500..=504 | 555 => Some(Class::Protocol),
        400..500 => Some(Class::Transient),
        _ => None,
    }
}
