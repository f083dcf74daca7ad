//! Connections to the relay: SMTP by lettre, over our own socket.
//!
//! Not lettre's pool: it leaves Nagle's algorithm on, which costs 44 ms a message, and asks NOOP before each. A message
//! goes out in one write, dots stuffed (RFC 5321, section 4.5.2).

use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use url::Url;

use super::tls;

/// The relay, as its URL names it.
#[derive(Clone)]
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    Never,
    WhenOffered,
    Always,
    FromTheStart,
}

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
    smtp: AsyncSmtpConnection,
    sent: usize,
    is_broken: bool,
}

/// RFC 5321, section 4.5.3.2; the last is for the block and the final dot together.
const GREETING: Duration = Duration::from_secs(300);
const COMMAND: Duration = Duration::from_secs(300);
const DATA: Duration = Duration::from_secs(120);
const FINAL_DOT: Duration = Duration::from_secs(600);
/// A relay that does not even take a connection is asked again soon enough.
const CONNECT: Duration = Duration::from_secs(30);
const GOODBYE: Duration = Duration::from_secs(5);
/// Codes that speak of how we log in, not of the message (RFC 4954, section 6).
const ABOUT_THE_SESSION: [u16; 5] = [421, 530, 534, 535, 538];

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Relay {
    /// Reads `smtp://…` and `smtps://…` as lettre does: credentials, `?tls=opportunistic` or `required`, and a path that
    /// names us in EHLO instead of `hello`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(url: &Url, hello: &str) -> Result<Self, String> {
        let asked = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        let (tls, port) = match (url.scheme(), asked.as_deref()) {
            ("smtps", _) => (Tls::FromTheStart, 465),
            ("smtp", None) => (Tls::Never, 25),
            ("smtp", Some("opportunistic")) => (Tls::WhenOffered, 587),
            ("smtp", Some("required")) => (Tls::Always, 587),
            _ => return Err("tls is opportunistic or required".to_owned()),
        };
        let decoded = |text: &str| {
            url::form_urlencoded::parse(format!("v={}", text.replace('+', "%2B")).as_bytes())
                .next()
                .map_or_else(String::new, |(_, value)| value.into_owned())
        };
        let own_name = url.path().trim_matches('/');
        Ok(Self {
            host: url.host_str().ok_or("names no host")?.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            tls,
            credentials: url.password().map(|word| Credentials::new(decoded(url.username()), decoded(word))),
            hello: ClientId::Domain(if own_name.is_empty() { hello } else { own_name }.to_owned()),
        })
    }

    /// A session, encrypted and logged in as the URL asks.
    ///
    /// # Errors
    /// Why there is none; nothing was sent.
    pub async fn connect(&self) -> Result<Connection, String> {
        let stream = within(CONNECT, async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        })
        .await?;
        let mut smtp = if self.tls == Tls::FromTheStart {
            let stream = within(CONNECT, tls::wrap(stream, &self.host)).await?;
            within(GREETING, AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)).await?
        } else {
            within(GREETING, AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello)).await?
        };
        if self.tls == Tls::Always || (self.tls == Tls::WhenOffered && smtp.can_starttls()) {
            let parameters = TlsParameters::new(self.host.clone()).map_err(|error| error.to_string())?;
            within(COMMAND, smtp.starttls(parameters, &self.hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            within(COMMAND, smtp.auth(DEFAULT_MECHANISMS, credentials)).await?;
        }
        Ok(Connection { smtp, sent: 0, is_broken: false })
    }
}

async fn within<T, E: std::fmt::Display>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, String> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
    }
}

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
        let stuffed = String::from_utf8(stuffed(message))
            .map_err(|_| Reply::Refused { code: 554, text: "554 5.6.0 the message is not UTF-8".to_owned() })?;
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

    fn read(url: &str) -> Result<Relay, String> {
        Relay::read(&Url::parse(url).expect("a URL"), "lists.example.org")
    }

    #[test]
    fn a_url_says_where_how_and_as_whom() {
        let relay = read("smtp://user%40x:p%2Bw+d@relay.example.org?tls=required").expect("a relay");
        assert_eq!((relay.host.as_str(), relay.port, relay.tls), ("relay.example.org", 587, Tls::Always));
        assert_eq!(relay.credentials, Some(Credentials::new("user@x".into(), "p+w+d".into())));
        let relay = read("smtps://[::1]/mail.example.org").expect("a relay");
        assert_eq!((relay.host.as_str(), relay.port, relay.tls), ("::1", 465, Tls::FromTheStart));
        assert_eq!(relay.hello.to_string(), "mail.example.org");
        assert_eq!(read("smtp://127.0.0.1:2525").map(|relay| (relay.port, relay.tls)), Ok((2525, Tls::Never)));
        assert!(read("smtp://relay.example.org?tls=maybe").is_err());
    }

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
