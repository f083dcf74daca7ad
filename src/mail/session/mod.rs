//! One session with a mail server: message after message, each with the reply it got.
//!
//! [`Opening`] says hello over any stream, with or without TLS; [`Connection`] then sends. Where the server offers
//! PIPELINING (RFC 2920) the envelope and DATA go out in one write and their replies are read one by one; a message is
//! one more write, dots stuffed, the final dot in it, and the next envelope may go with it. Or all but its end goes out
//! first, and the rest once it may arrive. Every command has its time limit.

mod envelope;
mod limits;
mod offers;
mod opening;
mod replies;
mod stuff;
mod wire;

use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;

pub use envelope::Envelope;
pub use limits::Limits;
pub use offers::Offers;
pub use opening::{Opening, Unopened};
pub use replies::Reply;
use replies::{Said, in_time, is_lost, lost, said};
use stuff::stuffed;
use wire::Shared;
pub use wire::Wire;

/// A session in which mail is sent.
pub struct Connection {
    smtp: AsyncSmtpConnection,
    /// What `smtp` reads from.
    wire: Shared,
    offers: Offers,
    limits: Limits,
    sent: usize,
    is_broken: bool,
    /// A transaction that came to nothing has to be taken back before the next one.
    needs_reset: bool,
    /// What was announced with the last message, while its answers are not read.
    ahead: Vec<String>,
    /// Whether the announced message went out, but for its end; `None` before that was tried.
    started: Option<Result<(), Reply>>,
}

const GOODBYE: Duration = Duration::from_secs(5);

impl Connection {
    const fn new(smtp: AsyncSmtpConnection, wire: Shared, offers: Offers, limits: Limits) -> Self {
        Self {
            smtp,
            wire,
            offers,
            limits,
            sent: 0,
            is_broken: false,
            needs_reset: false,
            ahead: Vec::new(),
            started: None,
        }
    }

    /// Hands one message to the server for one recipient.
    pub async fn send(&mut self, from: &str, to: &str, message: &[u8]) -> Reply {
        match self.begin(&Envelope::new(from, to, message)).await {
            Ok(()) => self.finish(message).await,
            Err(reply) => reply,
        }
    }

    /// Announces one message: MAIL, RCPT and DATA. After `Ok` the server waits for the message: call
    /// [`Connection::finish`], or drop the connection, and nothing was sent.
    ///
    /// # Errors
    /// What the server refused, or why nothing more can be sent over this connection.
    pub async fn begin(&mut self, envelope: &Envelope<'_>) -> Result<(), Reply> {
        self.sent += 1;
        self.started = None;
        let lines = envelope.lines(&self.offers, self.needs_reset)?;
        let answers = if self.offers.has_pipelining {
            let first = self.ask(self.limits.command, &lines.concat()).await;
            self.rest_of(&lines, first).await
        } else {
            self.in_turn(&lines).await
        };
        self.judged(&lines, answers).await
    }

    /// Sends the message that was announced, but for its end, without which the server does not have it (RFC 5321, section
    /// 4.1.1.4): finish it, or drop the connection, and nothing was sent. Trouble is told by the one that finishes.
    pub async fn start(&mut self, message: &[u8]) {
        let wire = &mut self.wire;
        let sent = async { wire.put(&stuffed(message), b"").await.map_err(|error| lost(&error)) };
        self.started = Some(in_time(self.limits.final_dot, sent).await);
    }

    /// Sends the message that was announced, or what is left of it.
    pub async fn finish(&mut self, message: &[u8]) -> Reply {
        self.finish_with(message, "").await
    }

    /// Sends the message that was announced, and in the same write announces another: one round trip for each message
    /// (RFC 2920, section 3.1: the content of a message may be the first of a group). Returns as soon as the message has
    /// its answer, which nothing may keep waiting; [`Connection::announced`] reads those to the announcement.
    pub async fn finish_and_announce(&mut self, message: &[u8], next: &Envelope<'_>) -> Reply {
        let next = self.offers.has_pipelining.then(|| next.lines(&self.offers, self.needs_reset).ok()).flatten();
        let lines = next.unwrap_or_default();
        let reply = self.finish_with(message, &lines.concat()).await;
        self.ahead = if self.is_broken { Vec::new() } else { lines };
        reply
    }

    /// What the server says to the announcement that went out with the last message, as that of [`Connection::begin`];
    /// none where nothing was announced: without PIPELINING, or when the connection was lost.
    pub async fn announced(&mut self) -> Option<Result<(), Reply>> {
        let lines = std::mem::take(&mut self.ahead);
        if lines.is_empty() {
            return None;
        }
        self.sent += 1;
        let first = self.next_reply(self.limits.command).await;
        let answers = self.rest_of(&lines, first).await;
        Some(self.judged(&lines, answers).await)
    }

    /// What the answers to an announcement come to.
    async fn judged(&mut self, lines: &[String], answers: Vec<Said>) -> Result<(), Reply> {
        self.needs_reset = false;
        self.is_broken |= answers.last().is_some_and(is_lost);
        let is_waiting = answers.len() == lines.len() && matches!(answers.last(), Some(Ok((354, _))));
        let refused = answers.into_iter().zip(lines).find_map(|(answer, line)| match (answer, line.as_str()) {
            (Ok((354, _)), DATA) => None,
            (Ok((code, text)), DATA) => Some(Reply::Trouble { code: Some(code), text }),
            // Whatever is wrong with taking the last transaction back is nobody's affair but the session's.
            (Err(Reply::Refused { code, text }), RESET) => Some(Reply::Trouble { code: Some(code), text }),
            (answer, _) => answer.err(),
        });
        let Some(refused) = refused else { return Ok(()) };
        match &refused {
            Reply::Trouble { .. } => self.is_broken = true,
            // The server waits for a message that has no recipient: an empty one ends that.
            _ if is_waiting => self.is_broken |= is_lost(&self.ask(self.limits.final_dot, END).await),
            _ => self.needs_reset = true,
        }
        Err(refused)
    }

    /// Sends the message, or what is left of it, and `after` it in the same write; reads the reply to the message.
    async fn finish_with(&mut self, message: &[u8], after: &str) -> Reply {
        let (limit, end) = (self.limits.final_dot, [END, after].concat());
        let answer = match self.started.take() {
            None => self.exchange(limit, &stuffed(message), &end).await,
            Some(Ok(())) => self.exchange(limit, b"", &end).await,
            Some(Err(trouble)) => Err(trouble),
        };
        self.is_broken |= is_lost(&answer);
        match answer {
            Ok((code, text)) => Reply::Accepted { code, text },
            Err(reply) => reply,
        }
    }

    /// What the server said that it can do.
    #[must_use]
    pub const fn offers(&self) -> &Offers {
        &self.offers
    }

    /// How many messages were begun over this connection, refused ones too.
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
        if !self.is_broken
            && let Err(trouble) = self.ask(GOODBYE, "QUIT\r\n").await
        {
            tracing::debug!(?trouble, "the server did not say goodbye");
        }
    }

    /// Every reply to lines that went out in one write, of which the first was read; fewer when the connection was lost.
    async fn rest_of(&mut self, lines: &[String], first: Said) -> Vec<Said> {
        let mut answers = vec![first];
        while answers.len() < lines.len() && !answers.last().is_some_and(is_lost) {
            answers.push(self.next_reply(self.limits.data.max(self.limits.command)).await);
        }
        answers
    }

    /// A line after the answer to the one before, up to the first refusal.
    async fn in_turn(&mut self, lines: &[String]) -> Vec<Said> {
        let mut answers = Vec::with_capacity(lines.len());
        for line in lines {
            let limit = if line == DATA { self.limits.data } else { self.limits.command };
            let answer = self.ask(limit, line).await;
            let is_over = answer.is_err();
            answers.push(answer);
            if is_over {
                break;
            }
        }
        answers
    }

    async fn next_reply(&mut self, limit: Duration) -> Said {
        in_time(limit, async { said(&self.smtp.read_response().await) }).await
    }

    async fn ask(&mut self, limit: Duration, lines: &str) -> Said {
        self.exchange(limit, b"", lines).await
    }

    async fn exchange(&mut self, limit: Duration, message: &[u8], lines: &str) -> Said {
        let Self { smtp, wire, .. } = self;
        let exchanged = async {
            wire.put(message, lines.as_bytes()).await.map_err(|error| lost(&error))?;
            said(&smtp.read_response().await)
        };
        in_time(limit, exchanged).await
    }
}

const RESET: &str = "RSET\r\n";
const DATA: &str = "DATA\r\n";
const END: &str = ".\r\n";

#[cfg(test)]
mod tests;
