//! The first words with a mail server: its greeting, EHLO, STARTTLS where that is wanted, EHLO again.
//!
//! They are read here and not by lettre, which keeps only half of what a server offers and would take words that were
//! put into the line before TLS for words said inside it (RFC 3207, section 6). lettre takes over where mail begins.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::replies::{CLOSED, too_late};
use super::wire::Shared;
use super::{Connection, Limits, Offers, Wire};
use crate::mail::tls;

/// Why there is no session; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unopened {
    /// The reply code, where the server refused.
    pub code: Option<u16>,
    /// Its reply, code and all, or what happened instead.
    pub text: String,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Unopened {
    /// Trouble of the way there.
    pub fn of(trouble: impl std::fmt::Display) -> Self {
        Self { code: None, text: trouble.to_string() }
    }
}

/// A server that greeted us and said what it offers.
#[derive(Debug)]
pub struct Opening {
    wire: Wire,
    hello: String,
    offers: Offers,
    limits: Limits,
}

/// A server that talks more than this in one answer is none.
const LONGEST_ANSWER: usize = 16_384;

impl Opening {
    /// Waits for the greeting and says EHLO as `hello`.
    ///
    /// # Errors
    /// What the server answered instead, or what happened on the way.
    pub async fn greet(mut wire: Wire, hello: &str, limits: Limits) -> Result<Self, Unopened> {
        within(limits.greeting, answer(&mut wire)).await?;
        let offers = say_hello(&mut wire, hello, &limits).await?;
        Ok(Self { wire, hello: hello.to_owned(), offers, limits })
    }

    /// What the server said that it can do, by now.
    #[must_use]
    pub const fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Encrypts the session (RFC 3207) and says EHLO again, because nothing that was said in clear counts any more.
    ///
    /// # Errors
    /// What the server refused, or what is wrong with its certificate; the session is over.
    pub async fn start_tls(mut self, config: Arc<ClientConfig>, name: &str) -> Result<Self, Unopened> {
        within(self.limits.command, ask(&mut self.wire, "STARTTLS\r\n")).await?;
        let wrapped = async { tls::wrap(self.wire, config, name).await.map_err(Unopened::of) };
        let mut wire: Wire = Box::new(within(self.limits.command, wrapped).await?);
        let offers = say_hello(&mut wire, &self.hello, &self.limits).await?;
        Ok(Self { wire, offers, ..self })
    }

    /// Hands the session over to lettre, which says EHLO for itself, and logs in where there are credentials.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn connection(self, credentials: Option<&Credentials>) -> Result<Connection, Unopened> {
        let Self { wire, hello, offers, limits } = self;
        let hello = ClientId::Domain(hello);
        let wire = Shared::new(wire);
        let greeted = Box::new(Greeted { wire: wire.clone(), greeting: b"220 hello again\r\n" });
        let connected = async {
            let mut smtp = AsyncSmtpConnection::connect_with_transport(greeted, &hello).await?;
            if let Some(credentials) = credentials {
                smtp.auth(DEFAULT_MECHANISMS, credentials).await?;
            }
            Ok::<_, lettre::transport::smtp::Error>(smtp)
        };
        let connected = async {
            connected.await.map_err(|error| Unopened {
                code: error.status().map(u16::from),
                text: std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), |said| format!("{error}: {said}")),
            })
        };
        let smtp = within(limits.command, connected).await?;
        Ok(Connection::new(smtp, wire, offers, limits))
    }
}

async fn say_hello(wire: &mut Wire, hello: &str, limits: &Limits) -> Result<Offers, Unopened> {
    let answer = within(limits.command, ask(wire, &format!("EHLO {hello}\r\n"))).await?;
    Ok(Offers::read(answer.lines().map(|line| line.get(4..).unwrap_or_default())))
}

async fn ask(wire: &mut Wire, line: &str) -> Result<String, Unopened> {
    wire.write_all(line.as_bytes()).await.map_err(Unopened::of)?;
    wire.flush().await.map_err(Unopened::of)?;
    answer(wire).await
}

/// One whole answer with a 2xx.
async fn answer(wire: &mut Wire) -> Result<String, Unopened> {
    let mut said = Vec::new();
    loop {
        if wire.read_buf(&mut said).await.map_err(Unopened::of)? == 0 {
            return Err(Unopened::of(CLOSED));
        }
        if said.len() > LONGEST_ANSWER {
            return Err(Unopened::of("an answer without end"));
        }
        let Some(end) = end_of_answer(&said) else { continue };
        if end < said.len() {
            return Err(Unopened::of("the server spoke before it was asked"));
        }
        let text = String::from_utf8_lossy(&said).into_owned();
        let code = text.get(..3).and_then(|code| code.parse().ok()).ok_or_else(|| Unopened::of("this is no SMTP"))?;
        return if (200..300).contains(&code) {
            Ok(text)
        } else {
            Err(Unopened { code: Some(code), text: text.split_ascii_whitespace().collect::<Vec<_>>().join(" ") })
        };
    }
}

/// Behind the first line that does not say that another one follows.
fn end_of_answer(said: &[u8]) -> Option<usize> {
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', said) {
        if said.get(start + 3) != Some(&b'-') || at < start + 3 {
            return Some(at + 1);
        }
        start = at + 1;
    }
    None
}

async fn within<T>(limit: std::time::Duration, work: impl Future<Output = Result<T, Unopened>>) -> Result<T, Unopened> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(Unopened::of(too_late(limit))))
}

/// A stream whose server was greeted already: who reads from it hears a greeting first.
#[derive(Debug)]
struct Greeted {
    wire: Shared,
    greeting: &'static [u8],
}

impl AsyncRead for Greeted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.wire).poll_read(cx, buf);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Greeted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.wire.peer_addr()
    }
}
