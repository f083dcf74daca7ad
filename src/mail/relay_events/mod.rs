//! What a relay tells us of mail that it took from us: the events of its webhooks, read as the same [`Inbound`] as a
//! report by mail.
//!
//! Which request is really the provider's is decided before (`web::hooks`). Nothing in an event is believed but our own
//! mark in it, which the relay was handed with the message: the return path, a header field, or the metadata that
//! [`label()`] asks the relay to give back. Each event is kept by itself, as a small MIME message of its own type.

mod brevo;
mod label;
mod mailgun;
mod postmark;
mod sendgrid;
mod ses;

use serde_json::Value;

use super::feedback_report::FeedbackReport;
use super::inbound::{Inbound, Kind, Refusal};
use super::plain;
use crate::storage::words;

pub use label::{label, labelled};

words! {
    /// A relay that reports by webhook.
    pub enum Provider {
        /// Amazon SES, by SNS.
        Ses = "ses",
        /// Postmark.
        Postmark = "postmark",
        /// Mailgun.
        Mailgun = "mailgun",
        /// Twilio SendGrid.
        SendGrid = "sendgrid",
        /// Brevo.
        Brevo = "brevo",
    }
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `MAIL FROM` of the message that it speaks of; empty where the provider does not say.
    pub return_path: String,
    /// The event as a message of its own type.
    pub message: Vec<u8>,
}

/// A kept event, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What it says.
    pub inbound: Inbound,
    /// `RCPT TO` of the message that it speaks of.
    pub handed_to: Vec<String>,
}

/// Why a body holds no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is no JSON, or no object or list of objects.
    NoEvents,
    /// It holds more than [`MOST_EVENTS`].
    TooMany,
}

/// Most events in one request; SendGrid sends 768 KB at most, hundreds of bytes each.
pub const MOST_EVENTS: usize = 5000;
/// Longest text that is taken from an event, in bytes.
const LONGEST_TEXT: usize = 4000;
/// Most recipients that are taken from one event.
const MOST_RECIPIENTS: usize = 100;

/// What one event claims.
#[derive(Debug, Default)]
struct Claim {
    kind: Option<Kind>,
    refusals: Vec<Refusal>,
    feedback_type: String,
    reporter: String,
    handed_to: Vec<String>,
    return_path: String,
    /// Header fields that carry our marks.
    marks: Vec<(&'static str, String)>,
}

/// The events in a verified body that something may follow from; the others (delivered, opened …) are left out.
///
/// # Errors
/// When it holds no events, or too many.
pub fn split(provider: Provider, body: &[u8]) -> Result<Vec<Event>, Flaw> {
    match serde_json::from_slice(body).map_err(|_no_json| Flaw::NoEvents)? {
        Value::Array(events) if events.len() > MOST_EVENTS => Err(Flaw::TooMany),
        Value::Array(events) if events.iter().all(Value::is_object) => {
            Ok(events.iter().filter_map(|event| kept(provider, event)).collect())
        }
        event @ Value::Object(_) => Ok(kept(provider, &event).into_iter().collect()),
        _ => Err(Flaw::NoEvents),
    }
}

fn kept(provider: Provider, event: &Value) -> Option<Event> {
    let claim = claim(provider, event)?;
    let head = format!("MIME-Version: 1.0\r\nContent-Type: application/vnd.estampille.{provider}-event+json\r\n\r\n");
    Some(Event { return_path: claim.return_path, message: format!("{head}{event}\r\n").into_bytes() })
}

/// Reads an event that was kept; `None` when it is none of this provider.
#[must_use]
pub fn read(provider: Provider, message: &[u8]) -> Option<Report> {
    let at = message.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let event: Value = serde_json::from_slice(message.get(at + 4..)?).ok()?;
    let claim = claim(provider, &event)?;
    let kind = claim.kind?;
    let feedback = (kind == Kind::Complaint).then(|| FeedbackReport {
        feedback_type: if claim.feedback_type.is_empty() { "abuse".to_owned() } else { claim.feedback_type },
        user_agent: if claim.reporter.is_empty() { provider.word().to_owned() } else { claim.reporter },
        recipients: claim.handed_to.clone(),
        ..FeedbackReport::default()
    });
    let returned = claim.marks.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let inbound =
        Inbound { kind, is_automatic: true, refusals: claim.refusals, feedback, prose: String::new(), returned };
    Some(Report { inbound, handed_to: claim.handed_to })
}

fn claim(provider: Provider, event: &Value) -> Option<Claim> {
    let claim = match provider {
        Provider::Ses => ses::claim(event),
        Provider::Postmark => postmark::claim(event),
        Provider::Mailgun => mailgun::claim(event),
        Provider::SendGrid => sendgrid::claim(event),
        Provider::Brevo => brevo::claim(event),
    };
    claim.filter(|claim| claim.kind.is_some())
}

/// A text of an event on one line, by its JSON pointer (RFC 6901); empty when there is none.
fn text(event: &Value, pointer: &str) -> String {
    let found = match event.pointer(pointer) {
        Some(Value::String(text)) => plain(text, LONGEST_TEXT),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The objects or texts of a list in an event.
fn items<'a>(event: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    event.pointer(pointer).and_then(Value::as_array).into_iter().flatten().take(MOST_RECIPIENTS)
}

/// A text under a key that is written in whatever case.
fn under(event: &Value, pointer: &str, key: &str) -> String {
    let fields = event.pointer(pointer).and_then(Value::as_object);
    let found = fields.and_then(|fields| fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
    found.map(|(_, value)| text(value, "")).unwrap_or_default()
}

/// What stands after `smtp;` in a diagnostic code (RFC 3464, section 2.3.6).
fn untyped(diagnostic: &str) -> String {
    match diagnostic.split_once(';') {
        Some((kind, rest)) if kind.trim().eq_ignore_ascii_case("smtp") => rest.trim().to_owned(),
        _ => diagnostic.to_owned(),
    }
}

/// A status that says what the provider means, where the receiving side's own words are missing.
fn status_without(reply: &str, status: &str) -> String {
    if reply.is_empty() { status.to_owned() } else { String::new() }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
