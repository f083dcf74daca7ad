//! What a reply means for the message and for the session.

use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;

/// What the server said to one message, or why it could not say anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A 2xx: it has the message.
    Accepted {
        /// The reply code.
        code: u16,
        /// The whole reply, code and all.
        text: String,
    },
    /// A 4xx or 5xx to this message.
    Refused {
        /// The reply code.
        code: u16,
        /// The whole reply, code and all.
        text: String,
    },
    /// Trouble of the server or of the way there; says nothing of the recipient.
    Trouble {
        /// The reply code, where it said something of the session.
        code: Option<u16>,
        /// The whole reply, or what happened instead.
        text: String,
    },
}

/// A good reply with its code, or a bad one.
pub(super) type Said = Result<(u16, String), Reply>;

/// Whether the session is over.
pub(super) fn is_lost(answer: &Said) -> bool {
    matches!(answer, Err(Reply::Trouble { .. }))
}

/// Codes that speak of the session or of how we log in, not of the message (RFC 5321, section 3.8; RFC 4954, section 6).
const ABOUT_THE_SESSION: [u16; 5] = [421, 530, 534, 535, 538];

/// What lettre says where the other side closed the connection before its answer ended.
const CUT: &str = "incomplete response";
/// What we say of it.
pub(super) const CLOSED: &str = "the connection was closed";

/// What comes of a piece of the session within its time.
pub(super) async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, Reply>>) -> Result<T, Reply> {
    let trouble = |_| Reply::Trouble { code: None, text: too_late(limit) };
    tokio::time::timeout(limit, work).await.map_err(trouble)?
}

pub(super) fn said(answer: &Result<Response, SmtpError>) -> Said {
    answer.as_ref().map(answered).map_err(refusal)
}

/// What is said of a server to which nothing can be written.
pub(super) fn lost(error: &io::Error) -> Reply {
    Reply::Trouble { code: None, text: format!("network error: {error}") }
}

pub(super) fn too_late(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs_f32())
}

fn answered(response: &Response) -> (u16, String) {
    let code = u16::from(response.code());
    (code, format!("{code} {}", response.message().collect::<Vec<_>>().join(" ")))
}

fn refusal(error: &SmtpError) -> Reply {
    let said = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.status().map(u16::from) {
        Some(code) if ABOUT_THE_SESSION.contains(&code) => {
            Reply::Trouble { code: Some(code), text: format!("{code} {said}") }
        }
        Some(code) => Reply::Refused { code, text: format!("{code} {said}") },
        None => Reply::Trouble { code: None, text: if said == CUT { CLOSED.to_owned() } else { error.to_string() } },
    }
}
