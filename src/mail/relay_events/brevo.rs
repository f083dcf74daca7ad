//! Brevo: the transactional events `hard_bounce`, `soft_bounce`, `invalid_email`, `blocked`, `deferred` and `spam`. See
//! "Transactional webhooks" in its documentation.

use serde_json::Value;

use super::{Claim, status_without, text, under};
use crate::mail::inbound::{Kind, Refusal};

pub(super) fn claim(event: &Value) -> Option<Claim> {
    let (kind, status) = match text(event, "/event").as_str() {
        "hard_bounce" => (Kind::Bounce, "5.1.1"),
        "invalid_email" => (Kind::Bounce, "5.1.3"),
        "soft_bounce" => (Kind::Bounce, "4.0.0"),
        // Brevo did not even try, for what it remembers of the address or of us.
        "blocked" => (Kind::Bounce, "5.0.0"),
        "deferred" => (Kind::Delayed, "4.0.0"),
        "spam" => (Kind::Complaint, ""),
        _ => return None,
    };
    let (address, reply) = (text(event, "/email"), text(event, "/reason"));
    let refusals = match kind {
        Kind::Complaint => Vec::new(),
        _ => vec![Refusal { address: address.clone(), status: status_without(&reply, status), reply }],
    };
    Some(Claim {
        kind: Some(kind),
        refusals,
        handed_to: vec![address],
        marks: vec![
            ("x-estampille-trace", under(event, "", "X-Mailin-custom")),
            ("message-id", text(event, "/message-id")),
        ],
        ..Claim::default()
    })
}
