//! One connection: reads lines and texts, writes replies, stores messages. Every wait has an end.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::dialogue::{Dialogue, Envelope, LONGEST_MESSAGE, Next, too_long};
use super::keep::{Handed, KeepOutcome};
use super::limits::CHUNK;
use super::listener::{Memory, Site};
use super::text::{Ended, Text};
use crate::bounces::inbound_messages::Channel;

/// Longest command line, CRLF included: RFC 5321 wants 512, its extensions some more.
const LONGEST_LINE: usize = 2048;
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
    /// The network address of the client; empty when it left at once.
    peer: String,
    /// Replies that the client has not been sent yet: what it pipelined is answered together (RFC 2920).
    replies: Vec<u8>,
    site: &'a Site,
    memory: &'a Memory,
    dialogue: Dialogue,
}

/// Serves one connection to its end.
pub(super) async fn run(stream: TcpStream, site: &Site, memory: &Memory) {
    let nodelay = stream.set_nodelay(true);
    let domain = &site.app.settings.mail_domain;
    let dialogue = Dialogue::new(domain, site.is_lmtp);
    let peer = stream.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
    let mut session = Session { stream: BufReader::new(stream), peer, replies: Vec::new(), site, memory, dialogue };
    let ended = match nodelay {
        Ok(()) => timeout(site.limits.session, session.serve()).await.unwrap_or(Err(End::TooSlow)),
        Err(error) => Err(error.into()),
    };
    let last = match ended {
        Ok(()) | Err(End::Gone) => None,
        Err(End::TooSlow) => Some(format!("421 4.4.2 {domain} waited too long")),
        Err(End::Stopping) => Some(format!("421 4.3.2 {domain} stops, try again later")),
    };
    if let Some(last) = last {
        session.reply(&last);
        if session.send().await.is_err() {
            tracing::debug!("a peer left before the end");
        }
    }
    let refused = session.dialogue.refused();
    if refused > 0 {
        site.keeper.count_refused(refused).await;
    }
}

impl Session<'_> {
    async fn serve(&mut self) -> Result<(), End> {
        self.reply(&self.dialogue.greeting());
        loop {
            let Some(line) = self.line().await? else {
                self.reply("500 5.5.2 too long, or not ended by CR LF");
                return self.send().await;
            };
            let (reply, next) = self.dialogue.answer(&line, |address| self.site.look_up(address));
            self.reply(&reply);
            match next {
                Next::Command => {}
                Next::Close => return self.send().await,
                Next::Text => self.message().await?,
            }
        }
    }

    /// Says something as soon as the client has nothing more to say.
    fn reply(&mut self, reply: &str) {
        self.replies.extend_from_slice(reply.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }

    async fn send(&mut self) -> Result<(), End> {
        let written = timeout(self.site.limits.command, self.stream.get_mut().write_all(&self.replies)).await;
        self.replies.clear();
        written.map_or(Err(End::TooSlow), |written| Ok(written?))
    }

    /// A command line without its CRLF; `None` when it is too long, or ended otherwise.
    async fn line(&mut self) -> Result<Option<String>, End> {
        if !self.stream.buffer().contains(&b'\n') || self.replies.len() > LONGEST_LINE {
            self.send().await?;
        }
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
            read = timeout(self.site.limits.command, read) => read.unwrap_or(Err(End::TooSlow))?,
            () = self.site.stop.cancelled() => return Err(End::Stopping),
        }
        let text = line.strip_suffix(b"\r\n").filter(|_| line.len() <= LONGEST_LINE);
        Ok(text.map(|text| String::from_utf8_lossy(text).into_owned()))
    }

    /// Reads the text after `354`, stores it, and answers; once for each recipient in LMTP (RFC 2033, section 4.2).
    async fn message(&mut self) -> Result<(), End> {
        self.send().await?;
        let envelope = self.dialogue.take_envelope();
        let (recipients, longest) = (envelope.to.len(), envelope.longest());
        let (ended, held) = tokio::select! {
            text = timeout(self.site.limits.text, text(&mut self.stream, self.memory, longest)) => text.unwrap_or(Err(End::TooSlow))?,
            () = self.site.stop.cancelled() => return Err(End::Stopping),
        };
        let limit = too_long(longest);
        let reply = match ended {
            None => "452 4.3.1 too much mail at once, try again later",
            Some(Ended::TooLong) => limit.as_str(),
            Some(Ended::BareLineEnd) => "550 5.6.0 lines must end with CR LF",
            Some(Ended::Message(message)) if message.len().saturating_mul(recipients) > MOST_KEPT => limit.as_str(),
            Some(Ended::Message(message)) => self.keep(envelope, message).await,
        };
        drop(held);
        for _ in 0..if self.site.is_lmtp { recipients } else { 1 } {
            self.reply(reply);
        }
        Ok(())
    }

    /// Keeps a message for each recipient. Only then is it taken.
    async fn keep(&self, envelope: Envelope, message: Vec<u8>) -> &'static str {
        let channel = if self.site.is_lmtp { Channel::Lmtp } else { Channel::Smtp };
        match self.site.keeper.keep(Handed::new(channel, self.peer.clone(), envelope, message)).await {
            KeepOutcome::Kept => "250 2.0.0 kept",
            KeepOutcome::TooMuch => "452 4.3.1 too much mail for the operator, try again later",
            KeepOutcome::NotNow => "451 4.3.0 cannot keep it now, try again later",
        }
    }
}

/// Reads a text to its end, within the memory that all sessions share; `None` when there is none left.
async fn text(
    stream: &mut BufReader<TcpStream>,
    memory: &Memory,
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
                Err(_) => {
                    // What it held goes to the others; its own text is only read to the end.
                    has_room = false;
                    held.clear();
                }
            }
        }
        if is_over {
            return Ok((has_room.then(|| text.end()), held));
        }
    }
}
