//! What a reply means for the message and for the session.

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;
use tokio::time::error::Elapsed;

use super::Reply;

/// A good reply with its code, or a bad one.
pub(super) type Said = Result<(u16, String), Reply>;

/// Codes that speak of the session or of how we log in, not of the message (RFC 5321, section 3.8; RFC 4954, section 6).
const ABOUT_THE_SESSION: [u16; 5] = [421, 530, 534, 535, 538];

/// What lettre says where the other side closed the connection before its answer ended.
const CUT: &str = "incomplete response";
/// What we say of it.
pub(super) const CLOSED: &str = "the connection was closed";

pub(super) fn said(answer: Result<Result<Response, SmtpError>, Elapsed>, limit: Duration) -> Said {
    match answer {
        Ok(Ok(response)) => Ok(answered(&response)),
        Ok(Err(error)) => Err(refusal(&error)),
        Err(_) => Err(Reply::Trouble { code: None, text: too_late(limit) }),
    }
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
