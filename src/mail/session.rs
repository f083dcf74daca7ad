//! One session with the relay: message after message, each with the reply it got.
//!
//! A message goes out in one write, dots stuffed (RFC 5321, section 4.5.2); every command has its time limit.

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::Extension;
use lettre::transport::smtp::response::Response;

/// What the relay said to one message, or why it could not say anything.
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
    /// Trouble of the relay or of the way there; says nothing of the recipient.
    Trouble(String),
}

/// A session with the relay.
pub struct Connection {
    pub(super) smtp: AsyncSmtpConnection,
    pub(super) sent: usize,
    pub(super) is_broken: bool,
}

/// RFC 5321, section 4.5.3.2; the last is for the block and the final dot together.
const COMMAND: Duration = Duration::from_secs(300);
const DATA: Duration = Duration::from_secs(120);
const FINAL_DOT: Duration = Duration::from_secs(600);
const GOODBYE: Duration = Duration::from_secs(5);
/// Codes that speak of how we log in, not of the message (RFC 4954, section 6).
const ABOUT_THE_SESSION: [u16; 5] = [421, 530, 534, 535, 538];

impl Connection {
    /// Hands one message to the relay for one recipient. The addresses were checked before: no white space, no `>`.
    pub async fn send(&mut self, from: &str, to: &str, message: &[u8]) -> Reply {
        self.sent += 1;
        let reply = match self.transaction(from, to, message).await {
            Ok(reply) => reply,
            Err(reply) => reply,
        };
        match &reply {
            Reply::Accepted { .. } => {}
            Reply::Trouble(_) => self.is_broken = true,
            // The relay forgets the half transaction; one that cannot is left.
            Reply::Refused { .. } => self.is_broken |= self.ask(COMMAND, "RSET\r\n").await.is_err(),
        }
        reply
    }

    /// How many messages went over this connection, refused ones too.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.sent
    }

    /// Whether nothing more can be sent over it.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Says goodbye, for no longer than a few seconds.
    pub async fn quit(mut self) {
        let goodbye = if self.is_broken { None } else { self.ask(GOODBYE, "QUIT\r\n").await.err() };
        if let Some(trouble) = goodbye {
            tracing::debug!(?trouble, "the relay did not say goodbye");
        }
        if tokio::time::timeout(GOODBYE, self.smtp.abort()).await.is_err() {
            tracing::debug!("the connection to the relay did not close");
        }
    }

    async fn transaction(&mut self, from: &str, to: &str, message: &[u8]) -> Result<Reply, Reply> {
        let mut parameters = "";
        if !from.is_ascii() || !to.is_ascii() || !message.is_ascii() {
            // RFC 6531, section 3.2: such an address travels only where it is understood.
            if !self.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                let text = "553 5.6.7 the relay does not offer SMTPUTF8, which this address needs".to_owned();
                return Err(Reply::Refused { code: 553, text });
            }
            parameters = " SMTPUTF8 BODY=8BITMIME";
        }
        self.ask(COMMAND, &format!("MAIL FROM:<{from}>{parameters}\r\n")).await?;
        self.ask(COMMAND, &format!("RCPT TO:<{to}>\r\n")).await?;
        self.ask(DATA, "DATA\r\n").await?;
        let stuffed = String::from_utf8(stuffed(message)).map_err(|error| Reply::Refused {
            code: 554,
            text: format!("554 5.6.0 the message is not UTF-8: {error}"),
        })?;
        let (code, text) = self.ask(FINAL_DOT, &stuffed).await?;
        Ok(Reply::Accepted { code, text })
    }

    async fn ask(&mut self, limit: Duration, lines: &str) -> Result<(u16, String), Reply> {
        match tokio::time::timeout(limit, self.smtp.command(lines)).await {
            Ok(Ok(response)) => Ok(answer(&response)),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Reply::Trouble(format!("no answer within {} s", limit.as_secs()))),
        }
    }
}

fn answer(response: &Response) -> (u16, String) {
    let code = u16::from(response.code());
    (code, format!("{code} {}", response.message().collect::<Vec<_>>().join(" ")))
}

fn refusal(error: &SmtpError) -> Reply {
    let said = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.status().map(u16::from) {
        Some(code) if ABOUT_THE_SESSION.contains(&code) => Reply::Trouble(format!("{code} {said}")),
        Some(code) => Reply::Refused { code, text: format!("{code} {said}") },
        None => Reply::Trouble(error.to_string()),
    }
}

/// The message as it goes after DATA: leading dots doubled, ended by a dot alone.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 50 + 5);
    let mut is_line_start = true;
    for byte in message {
        if is_line_start && *byte == b'.' {
            out.push(b'.');
        }
        out.push(*byte);
        is_line_start = *byte == b'\n';
    }
    if !is_line_start {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_dots_are_doubled_and_the_end_is_a_dot_alone() {
        for (message, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..\r\na.b\r\n", "..\r\n...\r\na.b\r\n.\r\n"),
            ("", ".\r\n"),
        ] {
            assert_eq!(String::from_utf8_lossy(&stuffed(message.as_bytes())), wire);
        }
    }
}
