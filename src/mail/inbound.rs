//! Says what a message that came in is: a bounce, a delayed warning, a complaint, an automatic reply, a mailed
//! unsubscription, or none of these.
//!
//! Standard reports are read by their fields ([`super::dsn`], [`super::feedback_report`]); the many others by how such
//! programs write: who sends, which phrases, where the address stands, where the returned message begins. Nothing here
//! knows what follows from a report, and nothing in a report is believed: it only says what the message claims.

mod addresses;
mod answers;
mod automatic;
mod fields;
pub mod fold;
mod judge;
mod notification;
mod parts;
mod phrases;
mod prose;
mod returned;

use super::feedback_report::FeedbackReport;
use crate::storage::words;

words! {
    /// What a message is.
    pub enum Kind {
        /// Mail was refused for good, or tried for too long.
        Bounce = "bounce",
        /// Mail is late; the other side goes on trying.
        Delayed = "delayed",
        /// A reader, or their provider, calls our mail unwanted.
        Complaint = "complaint",
        /// A program answers for a person.
        AutoReply = "auto-reply",
        /// A person asks by mail to be taken off.
        Unsubscribe = "unsubscribe",
        /// None of these.
        Unrelated = "unrelated",
    }
}

/// What a report says of one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The address as the report writes it; empty when it names none. Never acted on.
    pub address: String,
    /// The enhanced status code (RFC 3463), empty when there is none.
    pub status: String,
    /// What the receiving side said.
    pub reply: String,
}

/// A message that came in, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// What it is.
    pub kind: Kind,
    /// A program wrote it in answer to something, as its header fields or its structure say; words of its subject and of
    /// its text are no sign of it.
    pub is_automatic: bool,
    /// Of a bounce or a delayed warning: the recipients it speaks of. Empty when it names none.
    pub refusals: Vec<Refusal>,
    /// Of a complaint: what it says.
    pub feedback: Option<FeedbackReport>,
    /// What a person would read of it, without the returned message.
    pub prose: String,
    /// The header lines of the message that the report is about, when it came along.
    pub returned: String,
}

/// Longest message that is looked into; the rest is cut off.
const LONGEST: usize = 10 * 1024 * 1024;

/// Reads a message. `None` when it cannot be one: it has no header fields, or is nested deeper than any real report.
#[must_use]
pub fn read(message: &[u8]) -> Option<Inbound> {
    let message = message.get(..LONGEST).unwrap_or(message);
    let tidy = parts::tidied(message);
    parts::Parts::read(&tidy).map(judge::judge)
}

/// Whom the header of a message names as its recipients, the surest fields first.
#[must_use]
pub fn recipients(message: &[u8]) -> Vec<String> {
    const FIELDS: [&str; 5] = ["delivered-to", "x-original-to", "envelope-to", "to", "cc"];
    let Some(parts) = parts::Parts::read(&parts::tidied(message)) else { return Vec::new() };
    let values = FIELDS.iter().flat_map(|name| parts.fields.iter().filter(move |(known, _)| known == name));
    values.flat_map(|(_, value)| addresses::addresses(value)).map(|(_, address)| address.to_owned()).collect()
}
