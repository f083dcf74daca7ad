//! Notifications of relays that arrive by mail as JSON (Amazon SES by way of SNS).

use serde_json::Value;

use super::{Kind, Refusal};
use crate::mail::feedback_report::FeedbackReport;

/// What a notification says.
pub(super) struct Notification {
    pub(super) kind: Kind,
    pub(super) refusals: Vec<Refusal>,
    pub(super) feedback: Option<FeedbackReport>,
}

/// Reads prose that is a notification; `None` when it is anything else.
pub(super) fn read(prose: &str) -> Option<Notification> {
    let start = prose.trim_start();
    if !start.starts_with('{') || !(start.contains("notificationType") || start.contains("eventType")) {
        return None;
    }
    // Sendmail breaks a long line with `!`, a line end and a blank.
    let start = start.replace("\r\n", "\n").replace("!\n ", "");
    // Text of the mail may follow the object.
    let value = first_value(&start)?;
    // The whole envelope of SNS, with the notification as a text inside.
    let inner = value.get("Message").and_then(Value::as_str).and_then(first_value);
    let value = inner.unwrap_or(value);
    let kind = [text(&value, "notificationType"), text(&value, "eventType")].concat();
    match kind.as_str() {
        "Bounce" => Some(refused(Kind::Bounce, &addresses(value.get("bounce")?, "bouncedRecipients"))),
        "DeliveryDelay" => Some(refused(Kind::Delayed, &addresses(value.get("deliveryDelay")?, "delayedRecipients"))),
        "Complaint" => Some(complaint(value.get("complaint")?)),
        "Delivery" => Some(delivered(value.get("delivery")?)),
        _ => None,
    }
}

fn complaint(complaint: &Value) -> Notification {
    let named = text(complaint, "complaintFeedbackType");
    let recipients = addresses(complaint, "complainedRecipients");
    let feedback = FeedbackReport {
        feedback_type: if named.is_empty() { "abuse".to_owned() } else { named },
        user_agent: text(complaint, "userAgent"),
        recipients: recipients.iter().map(|one| text(one, "emailAddress")).collect(),
        ..FeedbackReport::default()
    };
    Notification { kind: Kind::Complaint, refusals: Vec::new(), feedback: Some(feedback) }
}

fn delivered(delivery: &Value) -> Notification {
    let reply = text(delivery, "smtpResponse");
    let status = crate::mail::dsn::find_status(&reply).unwrap_or_default();
    let named = addresses(delivery, "recipients");
    let refusals = named.iter().filter_map(Value::as_str).map(|address| Refusal {
        address: address.to_owned(),
        status: status.clone(),
        reply: reply.clone(),
    });
    Notification { kind: Kind::Unrelated, refusals: refusals.collect(), feedback: None }
}

fn first_value(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn addresses(part: &Value, name: &str) -> Vec<Value> {
    part.get(name).and_then(Value::as_array).map(|all| all.iter().take(1000).cloned().collect()).unwrap_or_default()
}

fn refused(kind: Kind, named: &[Value]) -> Notification {
    let refusals = named.iter().map(|one| Refusal {
        address: text(one, "emailAddress"),
        status: text(one, "status"),
        reply: text(one, "diagnosticCode").trim_start_matches("smtp;").trim().to_owned(),
    });
    Notification { kind, refusals: refusals.collect(), feedback: None }
}
