//! The header field by which a relay is asked to give our mark back with its events.

use super::Provider;
use crate::config::HookSettings;

/// The name of our mark in the metadata of a message.
pub(super) const TRACE: &str = "estampille_trace";
/// The same where names are parts of header fields.
pub(super) const TRACE_FIELD: &str = "estampille-trace";

/// A header field, CRLF and all, that makes the relay's events name the delivery; empty where they do so anyway.
///
/// Postmark: `X-PM-Metadata-*`. Mailgun: `X-Mailgun-Variables`. SendGrid: `X-SMTPAPI`, `unique_args`. Brevo:
/// `X-Mailin-custom`. SES gives the header fields of the message back.
#[must_use]
pub fn label(provider: Provider, trace: &str) -> String {
    match provider {
        Provider::Ses => String::new(),
        Provider::Postmark => format!("X-PM-Metadata-{TRACE_FIELD}: {trace}\r\n"),
        Provider::Mailgun => format!("X-Mailgun-Variables: {{\"{TRACE}\": \"{trace}\"}}\r\n"),
        Provider::SendGrid => format!("X-SMTPAPI: {{\"unique_args\": {{\"{TRACE}\": \"{trace}\"}}}}\r\n"),
        Provider::Brevo => format!("X-Mailin-custom: {trace}\r\n"),
    }
}

/// A message with the fields that these providers want.
#[must_use]
pub fn labelled(hooks: &HookSettings, trace: impl FnOnce() -> String, message: Vec<u8>) -> Vec<u8> {
    if hooks.providers().next().is_none() {
        return message;
    }
    let trace = trace();
    let labels: String = hooks.providers().map(|provider| label(provider, &trace)).collect();
    [labels.into_bytes(), message].concat()
}
