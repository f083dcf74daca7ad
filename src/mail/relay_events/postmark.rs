//! Postmark: `RecordType` `Bounce`, `SpamComplaint` and, from broadcast streams, `SubscriptionChange`. See "Webhooks"
//! and "Bounce types" in its developer documentation.

use serde_json::Value;

use super::label::TRACE_FIELD;
use super::{Claim, status_without, text, under, untyped};
use crate::mail::inbound::{Kind, Refusal};

pub(super) fn claim(event: &Value) -> Option<Claim> {
    let mut claim = Claim {
        marks: vec![("x-estampille-trace", under(event, "/Metadata", TRACE_FIELD))],
        handed_to: vec![[text(event, "/Email"), text(event, "/Recipient")].concat()],
        ..Claim::default()
    };
    let told = text(event, "/Type");
    claim.kind = match text(event, "/RecordType").as_str() {
        "SpamComplaint" => Some(Kind::Complaint),
        "SubscriptionChange" => {
            let is_complaint = text(event, "/SuppressionReason") == "SpamComplaint"
                && event.pointer("/SuppressSending") == Some(&Value::Bool(true));
            is_complaint.then_some(Kind::Complaint)
        }
        "Bounce" => kind_of(&told),
        _ => None,
    };
    if matches!(claim.kind, Some(Kind::Bounce | Kind::Delayed)) {
        let reply = untyped(&text(event, "/Details"));
        let status = status_without(&reply, status_of(&told));
        claim.refusals = vec![Refusal { address: text(event, "/Email"), status, reply }];
    }
    claim.kind.map(|_| claim)
}

/// What a bounce type is; `None` for what is no answer to a delivery.
fn kind_of(told: &str) -> Option<Kind> {
    match told {
        "SpamComplaint" => Some(Kind::Complaint),
        "Transient" => Some(Kind::Delayed),
        "AutoResponder" | "AddressChange" | "ChallengeVerification" => Some(Kind::AutoReply),
        "Subscribe"
        | "Unsubscribe"
        | "ManuallyDeactivated"
        | "OpenRelayTest"
        | "InboundError"
        | "TemplateRenderingFailed" => None,
        _ => Some(Kind::Bounce),
    }
}

/// The status that says the same as a bounce type.
fn status_of(told: &str) -> &'static str {
    match told {
        "HardBounce" => "5.1.1",
        "BadEmailAddress" => "5.1.3",
        "DnsError" => "4.4.4",
        "SpamNotification" | "Blocked" | "VirusNotification" => "5.7.1",
        "DMARCPolicy" => "5.7.26",
        "SoftBounce" => "4.0.0",
        _ => "",
    }
}
