//! Mailgun: the `event-data` of `failed`, `rejected` and `complained`. See "Webhook Payloads" in its user manual.

use serde_json::Value;

use super::label::TRACE;
use super::{Claim, text, under};
use crate::mail::inbound::{Kind, Refusal};

pub(super) fn claim(event: &Value) -> Option<Claim> {
    let recipient = text(event, "/recipient");
    let mut claim = Claim {
        handed_to: vec![recipient.clone()],
        return_path: text(event, "/envelope/sender"),
        marks: vec![
            ("x-estampille-trace", under(event, "/user-variables", TRACE)),
            ("message-id", under(event, "/message/headers", "message-id")),
        ],
        ..Claim::default()
    };
    let refusal = |status: String, reply: String| vec![Refusal { address: recipient.clone(), status, reply }];
    match (text(event, "/event").as_str(), text(event, "/severity").as_str()) {
        ("failed", severity) => {
            claim.kind = Some(if severity == "temporary" { Kind::Delayed } else { Kind::Bounce });
            claim.refusals = refusal(text(event, "/delivery-status/enhanced-code"), reply_of(event));
        }
        ("rejected", _) => {
            claim.kind = Some(Kind::Bounce);
            let why = [text(event, "/reject/reason"), text(event, "/reject/description")].join(" ");
            claim.refusals = refusal("5.7.1".to_owned(), why.trim().to_owned());
        }
        ("complained", _) => claim.kind = Some(Kind::Complaint),
        _ => return None,
    }
    Some(claim)
}

/// The reply line as it was; Mailgun's own codes, such as 605, are none of SMTP.
fn reply_of(event: &Value) -> String {
    let [code, enhanced, message, description] = ["code", "enhanced-code", "message", "description"]
        .map(|name| text(event, &format!("/delivery-status/{name}")));
    let said = if message.is_empty() { description } else { message };
    let is_smtp = code.len() == 3 && code.starts_with(['4', '5']) && !said.starts_with(&code);
    let words = if is_smtp { vec![code, enhanced, said] } else { vec![said] };
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
