//! Connections to the relay: SMTP by lettre, over our own socket.
//!
//! Not lettre's pool: it leaves Nagle's algorithm on, which costs 44 ms a message, and asks NOOP before each.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use url::Url;

pub use super::session::{Connection, Reply};
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

/// RFC 5321, section 4.5.3.2.
const GREETING: Duration = Duration::from_secs(300);
const COMMAND: Duration = Duration::from_secs(300);
/// A relay that does not even take a connection is asked again soon enough.
const CONNECT: Duration = Duration::from_secs(30);

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
}
