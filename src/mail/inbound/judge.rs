//! From the parts of a message to what it is. Pure.

use super::fold::fold;
use super::parts::Parts;
use super::{Inbound, Kind, Refusal, automatic, notification, phrases, prose, returned};
use crate::mail::dsn::{self, Action};
use crate::mail::feedback_report::FeedbackReport;

/// What a message is, the surest signs first: a standard report's fields, then what programs write.
pub(super) fn judge(parts: &Parts) -> Inbound {
    let (kind, refusals, feedback) = feedback_of(parts)
        .map(|(kind, feedback)| (kind, Vec::new(), Some(feedback)))
        .or_else(|| notification::read(&parts.prose).map(|one| (one.kind, one.refusals, one.feedback)))
        .or_else(|| status_of(parts).map(|(kind, refusals)| (kind, refusals, None)))
        .unwrap_or_else(|| {
            let (kind, refusals) = by_writing(parts);
            (kind, refusals, None)
        });
    Inbound { kind, refusals, feedback, prose: parts.prose.clone(), returned: parts.returned.clone() }
}

/// A feedback report (RFC 5965), or one of its forerunners that are known by a header field or their words.
fn feedback_of(parts: &Parts) -> Option<(Kind, FeedbackReport)> {
    if !parts.feedback.trim().is_empty() {
        let mut report = FeedbackReport::read(&parts.feedback);
        complete(&mut report, parts);
        let kind = if report.is_complaint() { Kind::Complaint } else { Kind::Unrelated };
        return Some((kind, report));
    }
    let original = returned::field(&parts.returned, "x-hmxmroriginalrecipient")
        .or_else(|| parts.has("x-hmxmroriginalrecipient").then(|| parts.field("x-hmxmroriginalrecipient").to_owned()));
    let subject = fold(parts.field("subject"));
    let opening = fold(parts.prose.get(..parts.prose.len().min(600)).unwrap_or(&parts.prose));
    let is_complaint = original.is_some()
        || subject.starts_with("complaint about message from")
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

/// Where the report itself names no recipient, the returned message may.
fn complete(report: &mut FeedbackReport, parts: &Parts) {
    if report.recipients.is_empty() {
        let names = ["x-hmxmroriginalrecipient", "original-rcpt-to", "x-original-to", "delivered-to", "to"];
        let value = names.iter().find_map(|name| returned::field(&parts.returned, name));
        let addresses = value.map(|value| prose::addresses(&value).into_iter().map(|(_, a)| a.to_owned()).collect());
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
    let folded = fold(&parts.prose);
    let is_late = phrases::is_delayed(&folded) || phrases::is_delayed(&fold(parts.field("subject")));
    let action_of = |one: &dsn::Recipient| {
        one.action.unwrap_or(match one.status.bytes().next() {
            Some(b'2') => Action::Arrived,
            Some(b'4') if is_late => Action::Delayed,
            None if is_late => Action::Delayed,
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

/// A message without a standard report inside.
fn by_writing(parts: &Parts) -> (Kind, Vec<Refusal>) {
    let subject = fold(parts.field("subject"));
    let prose = fold(parts.prose.get(..parts.prose.len().min(8000)).unwrap_or(&parts.prose));
    if parts.is_receipt {
        // Dovecot says by a receipt that a filter or a full mailbox refused the message.
        let is_refused = prose.contains("was automatically rejected");
        return if is_refused { (Kind::Bounce, prose::refusals(parts)) } else { (Kind::Unrelated, Vec::new()) };
    }
    let score = score(parts, &subject, &prose);
    let is_automatic = automatic::says_so(parts) || automatic::is_reply_subject(parts.field("subject"));
    if score >= 4 && !(is_automatic && score < 5 && !phrases::is_daemon(parts.field("from"))) {
        let is_late = phrases::is_delayed(&subject) || phrases::is_delayed(&prose);
        let kind = if is_late { Kind::Delayed } else { Kind::Bounce };
        let passed_on = dsn::recipients(&parts.passed_on_status);
        if passed_on.is_empty() {
            return (kind, prose::refusals(parts));
        }
        return (kind, refusals_of(&passed_on.iter().collect::<Vec<_>>(), parts));
    }
    if is_automatic {
        return (Kind::AutoReply, Vec::new());
    }
    if automatic::asks_to_leave(parts) {
        return (Kind::Unsubscribe, Vec::new());
    }
    (Kind::Unrelated, Vec::new())
}

/// How many signs of a bounce there are.
fn score(parts: &Parts, subject: &str, prose: &str) -> u32 {
    let is_answer = parts.has("in-reply-to") && !phrases::is_daemon(parts.field("from"));
    if is_answer {
        return 0;
    }
    let sign = |is_there: bool, weight: u32| if is_there { weight } else { 0 };
    sign(phrases::is_daemon(parts.field("from")) || parts.field("from").trim().trim_matches(['<', '>']).is_empty(), 2)
        + sign(parts.field("return-path") == "<>", 1)
        + sign(parts.is_delivery_report, 2)
        + sign(parts.has("x-failed-recipients"), 4)
        + sign(phrases::is_failed_subject(subject) || phrases::is_delayed(subject), 2)
        + sign(phrases::is_failed_prose(prose) || phrases::is_delayed(prose), 2)
        + sign(!parts.returned.is_empty(), 1)
}
