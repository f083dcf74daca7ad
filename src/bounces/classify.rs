//! From what the receiving side said to a class, and from the class to what it means for the address. Pure.
//!
//! Order: what the provider's words and codes mean ([`super::rules`]), the enhanced status (RFC 3463), the basic code
//! (RFC 5321), unknown. Words come first because codes lie: Orange refuses for a full mailbox with `5.1.1`, Exchange
//! Online for an unknown user with `5.4.1 Access denied`, and many a `550` is about us and not about the address.
//!
//! Words that many use take nobody out by themselves: "user unknown" in a report needs a second witness, which is a
//! status of the kind x.1.x or the word that it answered `RCPT TO` ([`super::stage`]). Without one it is soft, and a
//! second such report a week later is the witness.

use std::borrow::Cow;

use super::rules::Rule;
use super::stage::{self, Stage};
use super::{Class, Lasting, Severity, codes, rules};
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
    /// For how long it was said to hold.
    pub lasting: Lasting,
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
    let is_hard = verdicts(read).iter().any(|verdict| verdict.severity == Some(Severity::Hard));
    if is_hard { Severity::Hard } else { Severity::Soft }
}

/// What a report says of each of its recipients, in their order; of the whole where it names none.
#[must_use]
pub fn verdicts(read: &Inbound) -> Vec<Verdict> {
    let none = [Refusal::default()];
    let refusals = if read.refusals.is_empty() { none.as_slice() } else { read.refusals.as_slice() };
    refusals.iter().map(|one| classify(&one.status, &one.reply, &read.prose)).collect()
}

/// For how long a refusal was said to hold, by what is on record of it.
pub(super) fn lasting_of(status: &str, reply: &str) -> Lasting {
    codes::lasting(status, &fold(cut(inner(reply))))
}

/// Longest text that is looked at.
const LONGEST: usize = 4000;

/// How a refusal came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// In answer to our own commands.
    AtSendTime,
    /// Told by another server, after the fact.
    InAReport,
}

/// Reads one SMTP reply (`550 5.1.1 … User unknown`).
#[must_use]
pub fn classify_reply(reply: &str) -> Verdict {
    weigh(&Said::read("", reply, ""), Heard::AtSendTime)
}

/// Reads what a report says of a recipient: its status, the reply in it, and, where these tell nothing, its prose.
#[must_use]
pub fn classify(status: &str, reply: &str, prose: &str) -> Verdict {
    weigh(&Said::read(status, reply, prose), Heard::InAReport)
}

/// What was said, ready to be weighed.
struct Said<'a> {
    /// The reply of the other server, folded.
    text: String,
    /// The reply with what a relay wrote around it, folded, where there is such.
    wrapped: Option<String>,
    status: String,
    prose: &'a str,
}

impl<'a> Said<'a> {
    fn read(status: &str, reply: &str, prose: &'a str) -> Self {
        let inner = inner(reply);
        // The reply is what the receiving side said; the field is what the reporting side made of it.
        let status = find_status(inner).or_else(|| find_status(status)).unwrap_or_default();
        let wrapped = (inner.len() != reply.len()).then(|| fold(cut(reply)));
        Self { text: fold(cut(inner)), wrapped, status, prose }
    }

    fn stage(&self) -> Option<Stage> {
        stage::of(self.wrapped.as_ref().unwrap_or(&self.text)).or_else(|| stage::of(&fold(cut(self.prose))))
    }
}

fn weigh(said: &Said<'_>, heard: Heard) -> Verdict {
    let status = said.status.clone();
    let code = codes::basic(&said.text);
    let by_prose = || rules::find(&without_addresses(&fold(cut(said.prose))));
    let (class, rule) = match words(said) {
        Some(rule) => (rule.class, Some(rule)),
        None => match codes::by_status(&status).or_else(|| code.and_then(codes::by_code)) {
            Some(class) => (class, None),
            None => by_prose().map_or((Class::Unknown, None), |rule| (rule.class, Some(rule))),
        },
    };
    let (class, severity) = at_its_stage(said, class, rule, heard);
    let lasting = codes::lasting(&status, &said.text);
    let severity = severity.map(|severity| if lasting == Lasting::ForNow { Severity::Soft } else { severity });
    Verdict { class, severity, status, lasting }
}

/// The rule that the words of a reply fall under, where its status lets them count.
fn words(said: &Said<'_>) -> Option<&'static Rule> {
    let (status, text) = (said.status.as_str(), without_addresses(&said.text));
    let says_dead = codes::says_dead(status);
    // A status that says that the address is dead is surer than what is said of us beside it.
    let rule = rules::find(&text).filter(|rule| !(rule.only_first && says_dead));
    let rule = rule.or_else(|| rules::find_anywhere(&text))?;
    // "Unavailable" and "later" are said of everything.
    let is_vague = rule.class == Class::Transient && says_dead;
    // Words that many use of everything do not make a refusal of ourselves one of the address (BNC-02).
    let is_of_us = status.get(1..).is_some_and(|rest| rest.starts_with(".7."))
        && matches!(codes::by_status(status), Some(Class::Policy | Class::Authentication));
    let is_hard = rule.severity.or_else(|| rule.class.severity()) == Some(Severity::Hard);
    (rule.is_of_a_provider() || !(is_vague || (is_of_us && is_hard))).then_some(rule)
}

/// The same words mean another thing in answer to another command.
fn at_its_stage(said: &Said<'_>, class: Class, rule: Option<&Rule>, heard: Heard) -> (Class, Option<Severity>) {
    let severity = rule.and_then(|rule| rule.severity).or_else(|| class.severity());
    let is_sure = rule.is_some_and(Rule::is_of_a_provider) || severity.is_none() || codes::is_of_address(&said.status);
    if is_sure || !matches!(class, Class::UnknownUser | Class::BadDomain | Class::Unknown) {
        return (class, severity);
    }
    match (said.stage(), class) {
        (Some(Stage::Connect | Stage::Mail), _) if !said.status.starts_with('4') => (Class::Policy, None),
        (Some(Stage::Text), Class::UnknownUser) => (Class::Content, None),
        (Some(Stage::Recipient), _) | (_, Class::BadDomain | Class::Unknown) => (class, severity),
        (_, _) if heard == Heard::AtSendTime => (class, severity),
        (_, _) => (class, Some(Severity::Soft)),
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// What the other server said, without what IronPort wraps around it: `5.1.0 - Unknown address error 550-'…'`.
fn inner(reply: &str) -> &str {
    let Some((before, after)) = reply.split_once("-'") else { return reply };
    let code = before.len().checked_sub(3).and_then(|start| before.get(start..));
    let is_wrapped = code.is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit())) && before.contains(" - ");
    if is_wrapped { after.rsplit_once('\'').map_or(after, |(inner, _)| inner) } else { reply }
}

/// An address such as `user.unknown@spam.example` must not classify itself.
fn without_addresses(folded: &str) -> Cow<'_, str> {
    if !folded.contains('@') && !folded.contains("://") {
        return Cow::Borrowed(folded);
    }
    let mut text = String::with_capacity(folded.len());
    for word in folded.split(' ') {
        let is_link = word.contains("://");
        text.push_str(match word {
            _ if is_link && !word.contains("?p=") && !word.contains("/err/") => "url",
            _ if !is_link => match word.split_once('@') {
                Some((local, domain)) if rules::names(domain) => word.get(local.len()..).unwrap_or("@"),
                Some(_) => "@",
                None => word,
            },
            _ => word,
        });
        text.push(' ');
    }
    text.pop();
    Cow::Owned(text)
}
