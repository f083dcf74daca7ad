//! One connection: reads lines and texts, writes replies, stores messages. Every wait has an end.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::dialogue::{Dialogue, Envelope, LONGEST_MESSAGE, Next, too_long};
use super::keep::{KeepOutcome, keep};
use super::listener::Site;
use super::text::{Ended, Text};
use crate::bounces::inbound_messages::Channel;

/// Longest command line, CRLF included: RFC 5321 wants 512, its extensions some more.
const LONGEST_LINE: usize = 2048;
/// How long a client may take for a command (RFC 5321, section 4.5.3.2).
const COMMAND_TIME: Duration = Duration::from_secs(300);
/// How long it may take for a whole text.
const TEXT_TIME: Duration = Duration::from_secs(600);
/// How long a connection may last.
const SESSION_TIME: Duration = Duration::from_secs(3600);
/// What all messages together hold is counted in pieces of so many bytes.
pub(super) const CHUNK: usize = 64 * 1024;
/// A message is kept once for each recipient; so much in all.
const MOST_KEPT: usize = 5 * LONGEST_MESSAGE;

/// Why a connection ends without QUIT.
enum End {
    /// The peer left, or cannot be written to.
    Gone,
    /// It took too long.
    TooSlow,
    /// We stop.
    Stopping,
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

struct Session<'a> {
    stream: BufReader<TcpStream>,
    site: &'a Site,
    memory: &'a Arc<Semaphore>,
    dialogue: Dialogue,
}

/// Serves one connection to its end.
pub(super) async fn run(stream: TcpStream, site: &Site, memory: &Arc<Semaphore>) {
    let nodelay = stream.set_nodelay(true);
    let domain = &site.app.settings.mail_domain;
    let dialogue = Dialogue::new(domain, site.is_lmtp);
    let mut session = Session { stream: BufReader::new(stream), site, memory, dialogue };
    let ended = match nodelay {
        Ok(()) => timeout(SESSION_TIME, session.serve()).await.unwrap_or(Err(End::TooSlow)),
        Err(error) => Err(error.into()),
    };
    let last = match ended {
        Ok(()) | Err(End::Gone) => None,
        Err(End::TooSlow) => Some(format!("421 4.4.2 {domain} waited too long")),
        Err(End::Stopping) => Some(format!("421 4.3.2 {domain} stops, try again later")),
    };
    if let Some(last) = last
        && session.tell(&last).await.is_err()
    {
        tracing::debug!("a peer left before the end");
    }
}

impl Session<'_> {
    async fn serve(&mut self) -> Result<(), End> {
        self.tell(&self.dialogue.greeting()).await?;
        loop {
            let Some(line) = self.line().await? else {
                self.tell("500 5.5.2 too long, or not ended by CR LF").await?;
                return Ok(());
            };
            let (reply, next) = self.dialogue.answer(&line, |address| self.site.look_up(address));
            self.tell(&reply).await?;
            match next {
                Next::Command => {}
                Next::Close => return Ok(()),
                Next::Text => self.message().await?,
            }
        }
    }

    async fn tell(&mut self, reply: &str) -> Result<(), End> {
        let bytes = format!("{reply}\r\n");
        match timeout(COMMAND_TIME, self.stream.get_mut().write_all(bytes.as_bytes())).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(End::TooSlow),
        }
    }

    /// A command line without its CRLF; `None` when it is too long, or ended otherwise.
    async fn line(&mut self) -> Result<Option<String>, End> {
        let mut line = Vec::new();
        let read = async {
            loop {
                let bytes = self.stream.fill_buf().await?;
                if bytes.is_empty() {
                    return Err(End::Gone);
                }
                let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
                let used = end.unwrap_or(bytes.len());
                line.extend_from_slice(bytes.get(..used).unwrap_or_default());
                self.stream.consume(used);
                if end.is_some() || line.len() > LONGEST_LINE {
                    return Ok(());
                }
            }
        };
        tokio::select! {
            read = timeout(COMMAND_TIME, read) => read.unwrap_or(Err(End::TooSlow))?,
            () = self.site.stop.cancelled() => return Err(End::Stopping),
        }
        let text = line.strip_suffix(b"\r\n").filter(|_| line.len() <= LONGEST_LINE);
        Ok(text.map(|text| String::from_utf8_lossy(text).into_owned()))
    }

    /// Reads the text after `354`, stores it, and answers; once for each recipient in LMTP (RFC 2033, section 4.2).
    async fn message(&mut self) -> Result<(), End> {
        let envelope = self.dialogue.take_envelope();
        let (recipients, longest) = (envelope.to.len(), envelope.longest());
        let (ended, held) = tokio::select! {
            text = timeout(TEXT_TIME, text(&mut self.stream, self.memory, longest)) => text.unwrap_or(Err(End::TooSlow))?,
            () = self.site.stop.cancelled() => return Err(End::Stopping),
        };
        let reply = match ended {
            None => "452 4.3.1 too much mail at once, try again later".to_owned(),
            Some(Ended::TooLong) => too_long(longest),
            Some(Ended::BareLineEnd) => "550 5.6.0 lines must end with CR LF".to_owned(),
            Some(Ended::Message(message)) if message.len().saturating_mul(recipients) > MOST_KEPT => too_long(longest),
            Some(Ended::Message(message)) => self.store(envelope, message).await,
        };
        drop(held);
        for _ in 0..if self.site.is_lmtp { recipients } else { 1 } {
            self.tell(&reply).await?;
        }
        Ok(())
    }

    /// Stores a message for each recipient in one write. Only then is it taken.
    async fn store(&self, envelope: Envelope, message: Vec<u8>) -> String {
        let channel = if self.site.is_lmtp { Channel::Lmtp } else { Channel::Smtp };
        let now = self.site.app.clock.now();
        let written = self.site.app.db.write(move |conn| keep(conn, channel, envelope, message, now)).await;
        match written {
            Ok(KeepOutcome::TooMuch) => "452 4.3.1 too much mail for the operator, try again later".to_owned(),
            Ok(KeepOutcome::Kept) => {
                self.site.nudge.notify_one();
                "250 2.0.0 kept".to_owned()
            }
            Err(error) => {
                tracing::warn!(%error, "a report could not be kept; its sender was asked to try again");
                "451 4.3.0 cannot keep it now, try again later".to_owned()
            }
        }
    }
}

/// Reads a text to its end, within the memory that all sessions share; `None` when there is none left.
async fn text(
    stream: &mut BufReader<TcpStream>,
    memory: &Arc<Semaphore>,
    longest: usize,
) -> Result<(Option<Ended>, Vec<OwnedSemaphorePermit>), End> {
    let (mut text, mut held, mut has_room) = (Text::default(), Vec::new(), true);
    loop {
        let bytes = stream.fill_buf().await?;
        if bytes.is_empty() {
            return Err(End::Gone);
        }
        let limit = if has_room { longest } else { 0 };
        let (used, is_over) = text.take(bytes, limit);
        stream.consume(used);
        while has_room && held.len() * CHUNK < text.held() {
            match Arc::clone(memory).try_acquire_owned() {
                Ok(permit) => held.push(permit),
                Err(_) => has_room = false,
            }
        }
        if is_over {
            return Ok((has_room.then(|| text.end()), held));
        }
    }
}
