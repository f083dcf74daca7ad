//! From the parts of a message to what it is. Pure.

use super::addresses::addresses;
use super::parts::Parts;
use super::{Inbound, Kind, Refusal, automatic, notification, phrases, prose, returned};
use crate::mail::dsn::{self, Action};
use crate::mail::feedback_report::FeedbackReport;

/// What a message is, the surest signs first: a standard report's fields, then what programs write.
pub(super) fn judge(parts: Parts) -> Inbound {
    let (kind, refusals, feedback) = feedback_of(&parts)
        .map(|(kind, feedback)| (kind, Vec::new(), Some(feedback)))
        .or_else(|| notification::read(&parts.prose).map(|one| (one.kind, one.refusals, one.feedback)))
        .or_else(|| status_of(&parts).map(|(kind, refusals)| (kind, refusals, None)))
        .unwrap_or_else(|| {
            let (kind, refusals) = by_writing(&parts);
            (kind, refusals, None)
        });
    let is_automatic = is_automatic(&parts);
    Inbound { kind, is_automatic, refusals, feedback, prose: parts.prose, returned: parts.returned }
}

/// Whether a program wrote it in answer to something: by its fields (RFC 3834), its null sender (RFC 5321, section 4.5.5)
/// or the parts of a report.
fn is_automatic(parts: &Parts) -> bool {
    automatic::says_so(parts)
        || parts.field("return-path") == "<>"
        || parts.has("x-failed-recipients")
        || phrases::is_daemon(parts.field("from"))
        || parts.is_delivery_report
        || parts.is_receipt
        || !parts.status.trim().is_empty()
}

/// A feedback report (RFC 5965), or one of its forerunners that are known by a header field or their words.
fn feedback_of(parts: &Parts) -> Option<(Kind, FeedbackReport)> {
    if let Some(fields) = feedback_fields(parts) {
        let mut report = FeedbackReport::read(fields);
        complete(&mut report, parts);
        let kind = if report.is_complaint() { Kind::Complaint } else { Kind::Unrelated };
        return Some((kind, report));
    }
    let original = returned::field(&parts.returned, "x-hmxmroriginalrecipient")
        .or_else(|| parts.has("x-hmxmroriginalrecipient").then(|| parts.field("x-hmxmroriginalrecipient").to_owned()));
    let opening = parts.folded.get(..parts.folded.floor_char_boundary(600)).unwrap_or_default();
    let is_complaint = original.is_some()
        || parts.subject.starts_with("complaint about message from")
        || parts.subject.starts_with("[spamcop (")
        || ["x-xarf", "x-arf"].iter().any(|name| parts.has(name))
        || opening.contains("this is an email abuse report")
        || opening.contains("feedback loop report");
    if !is_complaint {
        return None;
    }
    let recipients = original.into_iter().collect();
    let mut report = FeedbackReport { feedback_type: "abuse".to_owned(), recipients, ..FeedbackReport::default() };
    complete(&mut report, parts);
    Some((Kind::Complaint, report))
}

/// The fields of a feedback report: in their own part, or written into the text.
fn feedback_fields(parts: &Parts) -> Option<&str> {
    if !parts.feedback.trim().is_empty() {
        return Some(&parts.feedback);
    }
    let start = if parts.prose.starts_with("Feedback-Type:") { 0 } else { parts.prose.find("\nFeedback-Type:")? };
    parts.prose.get(start..).filter(|fields| fields.contains("\nUser-Agent:") || fields.contains("\nVersion:"))
}

/// Where the report itself names no recipient, the returned message may.
fn complete(report: &mut FeedbackReport, parts: &Parts) {
    if report.recipients.is_empty() {
        let names = ["x-hmxmroriginalrecipient", "original-rcpt-to", "x-original-to", "delivered-to", "to"];
        let value = names.iter().find_map(|name| returned::field(&parts.returned, name));
        let addresses = value.map(|value| addresses(&value).into_iter().map(|(_, a)| a.to_owned()).collect());
        report.recipients = addresses.unwrap_or_default();
    }
}

/// A delivery report (RFC 3464), by what its recipients' fields say.
fn status_of(parts: &Parts) -> Option<(Kind, Vec<Refusal>)> {
    let mut recipients = dsn::recipients(&parts.status);
    if recipients.is_empty() && parts.prose.contains("Final-Recipient:") {
        recipients = dsn::recipients(&parts.prose);
        recipients.retain(|one| one.address.contains('@') && one.action.is_some());
    }
    if recipients.is_empty() {
        return None;
    }
    let is_late = || phrases::is_delayed(&parts.folded) || phrases::is_delayed(&parts.subject);
    let action_of = |one: &dsn::Recipient| {
        one.action.unwrap_or_else(|| match one.status.bytes().next() {
            Some(b'2') => Action::Arrived,
            Some(b'4') | None if is_late() => Action::Delayed,
            _ => Action::Failed,
        })
    };
    let kinds = [(Action::Failed, Kind::Bounce), (Action::Delayed, Kind::Delayed), (Action::Arrived, Kind::Unrelated)];
    for (action, kind) in kinds {
        let meant: Vec<_> = recipients.iter().filter(|one| action_of(one) == action).collect();
        if !meant.is_empty() {
            return Some((kind, refusals_of(&meant, parts)));
        }
    }
    Some((Kind::Unrelated, Vec::new()))
}

fn refusals_of(recipients: &[&dsn::Recipient], parts: &Parts) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = Vec::new();
    for one in recipients {
        // The original one is what the sender wrote; the final one may be a mailbox behind an alias.
        let address = if one.original.contains('@') { &one.original } else { &one.address };
        if refusals.iter().any(|known| known.address.eq_ignore_ascii_case(address)) {
            continue;
        }
        let status =
            dsn::find_status(&one.diagnostic).filter(|_| one.status.ends_with(".0.0") || one.status.is_empty());
        refusals.push(Refusal {
            address: address.clone(),
            status: status.unwrap_or_else(|| one.status.clone()),
            reply: one.diagnostic.clone(),
        });
    }
    add_prose(&mut refusals, parts);
    if refusals.iter().all(|one| !one.address.contains('@')) {
        let mut named = prose::refusals(parts);
        if let (Some(first), Some(known)) = (named.first_mut(), refusals.first()) {
            if !known.status.is_empty() {
                first.status.clone_from(&known.status);
            }
            if !known.reply.is_empty() {
                first.reply.clone_from(&known.reply);
            }
            return named;
        }
    }
    refusals
}

/// Where the fields say only that it failed, the prose may say why.
fn add_prose(refusals: &mut [Refusal], parts: &Parts) {
    let lacks_a_reason =
        |one: &Refusal| one.reply.is_empty() && (one.status.is_empty() || one.status.ends_with(".0.0"));
    if !refusals.iter().any(lacks_a_reason) {
        return;
    }
    let told = prose::refusals(parts);
    for one in refusals.iter_mut().filter(|one| lacks_a_reason(one)) {
        let Some(same) = told.iter().find(|told| told.address.eq_ignore_ascii_case(&one.address)) else { continue };
        one.reply.clone_from(&same.reply);
        if same.status.as_bytes().first() == one.status.as_bytes().first() || one.status.is_empty() {
            one.status.clone_from(&same.status);
        }
    }
}

/// A message without a standard report inside.
fn by_writing(parts: &Parts) -> (Kind, Vec<Refusal>) {
    let (subject, prose) = (parts.subject.as_str(), parts.folded.as_str());
    if parts.is_receipt {
        // Dovecot says by a receipt that a filter or a full mailbox refused the message.
        let is_refused = prose.contains("was automatically rejected");
        return if is_refused { (Kind::Bounce, prose::refusals(parts)) } else { (Kind::Unrelated, Vec::new()) };
    }
    let is_daemon = phrases::is_daemon(parts.field("from"));
    let score = score(parts, is_daemon, subject, prose);
    let is_automatic = automatic::is_answer(parts);
    if score >= 4 && !(is_automatic && score < 5 && !is_daemon) {
        let refusals = returned_recipients(parts);
        // Mail of a server that names nobody and returns nothing is a notice of another kind.
        if !refusals.is_empty() || !parts.returned.is_empty() || parts.is_delivery_report {
            let is_late = phrases::is_delayed(subject) || phrases::is_delayed(prose);
            return (if is_late { Kind::Delayed } else { Kind::Bounce }, refusals);
        }
    }
    // A wish first: no answer of a program has such a subject.
    if automatic::asks_to_leave(parts) {
        return (Kind::Unsubscribe, Vec::new());
    }
    let is_answer = is_automatic || (!is_daemon && automatic::is_challenge(subject, prose));
    (if is_answer { Kind::AutoReply } else { Kind::Unrelated }, Vec::new())
}

fn returned_recipients(parts: &Parts) -> Vec<Refusal> {
    let passed_on = dsn::recipients(&parts.passed_on_status);
    if passed_on.is_empty() {
        return prose::refusals(parts);
    }
    refusals_of(&passed_on.iter().collect::<Vec<_>>(), parts)
}

/// How many signs of a bounce there are.
fn score(parts: &Parts, is_daemon: bool, subject: &str, prose: &str) -> u32 {
    let has_failed = parts.has("x-failed-recipients");
    let is_failed_prose = phrases::is_failed_prose(prose);
    let is_persons = !is_daemon && !parts.is_delivery_report && is_answer_or_forwarded(parts, subject);
    let is_success = !is_failed_prose && (phrases::is_success(subject) || phrases::is_success(prose));
    if !has_failed && (is_persons || is_success) {
        return 0;
    }
    let is_nobody = parts.field("from").trim().trim_matches(['<', '>']).is_empty();
    let sign = |is_there: bool, weight: u32| if is_there { weight } else { 0 };
    sign(is_daemon || is_nobody, 2)
        + sign(parts.field("return-path") == "<>", 1)
        + sign(parts.is_delivery_report, 2)
        + sign(has_failed, 4)
        + sign(parts.has("x-mlserver"), 2)
        + sign(phrases::is_failed_subject(subject) || phrases::is_delayed(subject), 2)
        + sign(is_failed_prose || phrases::is_delayed(prose), 2)
        + sign(!parts.returned.is_empty(), 1)
}

/// Whether a person answers, or passes a report on.
fn is_answer_or_forwarded(parts: &Parts, subject: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "re:", "fwd:", "fw:", "aw:", "wg:", "tr:", "ref:", "rv:", "rif:", "enc:", "sv:", "vs:", "ynt:", "odp:", "回复",
    ];
    let is_prefixed = PREFIXES.iter().find_map(|prefix| subject.strip_prefix(prefix)).is_some_and(|rest| {
        // A gateway writes its verdict behind the subject of our mail instead.
        let head = rest.char_indices().nth(40).map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest));
        phrases::is_failed_subject(head)
    });
    is_prefixed || parts.has("in-reply-to")
}
