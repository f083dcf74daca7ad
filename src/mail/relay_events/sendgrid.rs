//! Twilio SendGrid: the events `bounce`, `dropped`, `deferred` and `spamreport`. See "Event Webhook Reference".

use serde_json::Value;

use super::label::TRACE;
use super::{Claim, text, under};
use crate::mail::inbound::{Kind, Refusal};

pub(super) fn claim(event: &Value) -> Option<Claim> {
    let kind = match text(event, "/event").as_str() {
        "bounce" | "dropped" => Kind::Bounce,
        "deferred" => Kind::Delayed,
        "spamreport" => Kind::Complaint,
        _ => return None,
    };
    let address = text(event, "/email");
    let reply = [text(event, "/reason"), text(event, "/response")].concat();
    // The arguments of a message stand among the fields of its events.
    let trace = [under(event, "", TRACE), under(event, "/unique_args", TRACE)].into_iter().find(|one| !one.is_empty());
    let refusals = match kind {
        Kind::Complaint => Vec::new(),
        _ => vec![Refusal { address: address.clone(), status: text(event, "/status"), reply }],
    };
    Some(Claim {
        kind: Some(kind),
        refusals,
        handed_to: vec![address],
        marks: vec![("x-estampille-trace", trace.unwrap_or_default()), ("message-id", text(event, "/smtp-id"))],
        ..Claim::default()
    })
}
