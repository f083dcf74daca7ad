//! Amazon SES: the JSON inside an SNS notification, from feedback notifications (`notificationType`) and from event
//! publishing (`eventType`). See "Amazon SNS notification contents for Amazon SES" in its Developer Guide.

use serde_json::Value;

use super::{Claim, items, text, untyped};
use crate::mail::inbound::{Kind, Refusal};

/// The fields of ours that SES gives back among the header fields of the message.
const MARKS: [&str; 3] = ["x-estampille-trace", "cfbl-feedback-id", "message-id"];

pub(super) fn claim(event: &Value) -> Option<Claim> {
    let told = [text(event, "/notificationType"), text(event, "/eventType")].concat();
    let mut claim = Claim {
        handed_to: items(event, "/mail/destination").map(|one| text(one, "")).collect(),
        return_path: text(event, "/mail/source"),
        marks: marks(event),
        ..Claim::default()
    };
    match told.as_str() {
        "Bounce" => {
            let is_passing = text(event, "/bounce/bounceType") == "Transient";
            let hint = hint(&text(event, "/bounce/bounceSubType"), is_passing);
            claim.refusals = refusals(event, "/bounce/bouncedRecipients", hint);
            // SES calls an absence note a transient bounce without a word of the receiving side.
            let is_silent = claim.refusals.iter().all(|one| one.reply.is_empty() && one.status.is_empty());
            claim.kind = Some(if is_passing && is_silent { Kind::AutoReply } else { Kind::Bounce });
        }
        "DeliveryDelay" => {
            claim.refusals = refusals(event, "/deliveryDelay/delayedRecipients", "");
            claim.kind = Some(Kind::Delayed);
        }
        "Complaint" => {
            claim.feedback_type = text(event, "/complaint/complaintFeedbackType");
            claim.reporter = text(event, "/complaint/userAgent");
            claim.kind = (claim.feedback_type != "not-spam").then_some(Kind::Complaint);
        }
        _ => return None,
    }
    Some(claim)
}

fn marks(event: &Value) -> Vec<(&'static str, String)> {
    let named = |field: &Value| {
        let name = text(field, "/name").to_ascii_lowercase();
        MARKS.into_iter().find(|known| *known == name).map(|known| (known, text(field, "/value")))
    };
    event.pointer("/mail/headers").and_then(Value::as_array).into_iter().flatten().filter_map(named).collect()
}

fn refusals(event: &Value, pointer: &str, hint: &str) -> Vec<Refusal> {
    let refusal = |one: &Value| {
        let (reply, status) = (untyped(&text(one, "/diagnosticCode")), text(one, "/status"));
        let status = if reply.is_empty() && status.is_empty() { hint.to_owned() } else { status };
        Refusal { address: text(one, "/emailAddress"), status, reply }
    };
    items(event, pointer).map(refusal).collect()
}

/// The status that says the same as a `bounceSubType`. "General" and the suppression lists say nothing of the mailbox.
fn hint(sub_type: &str, is_passing: bool) -> &'static str {
    match (sub_type, is_passing) {
        ("NoEmail", false) => "5.1.1",
        ("MailboxFull", true) => "4.2.2",
        ("MailboxFull", false) => "5.2.2",
        ("MessageTooLarge", _) => "5.3.4",
        ("ContentRejected" | "AttachmentRejected", _) => "5.6.0",
        (_, false) => "5.0.0",
        (_, true) => "",
    }
}
