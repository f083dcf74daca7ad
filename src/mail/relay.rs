//! Connections to the relay: SMTP by lettre, over our own socket.
//!
//! Not lettre's pool: it leaves Nagle's algorithm on, which costs 44 ms a message, and asks NOOP before each.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use url::Url;

pub use super::session::{Connection, Envelope, Limits, Offers, Opening, Reply, Unopened, Wire};
use super::tls;

/// The relay, as its URL names it.
#[derive(Clone)]
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: String,
    limits: Limits,
    connect: Duration,
    /// Read at the first connection that needs it, and kept: a machine trusts a hundred certificates and more.
    trust: Arc<OnceLock<Arc<ClientConfig>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    Never,
    WhenOffered,
    Always,
    FromTheStart,
}

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
            hello: if own_name.is_empty() { hello } else { own_name }.to_owned(),
            limits: Limits::default(),
            connect: CONNECT,
            trust: Arc::default(),
        })
    }

    /// Waits for no answer longer than this.
    #[must_use]
    pub fn patient_for(mut self, longest: Duration) -> Self {
        self.limits = self.limits.at_most(longest);
        self.connect = self.connect.min(longest);
        self
    }

    /// A session, encrypted and logged in as the URL asks.
    ///
    /// # Errors
    /// Why there is none; nothing was sent.
    pub async fn connect(&self) -> Result<Connection, Unopened> {
        let wire = self.reach().await?;
        let mut opening = Opening::greet(wire, &self.hello, self.limits).await?;
        if self.tls == Tls::Always || (self.tls == Tls::WhenOffered && opening.offers().has_starttls) {
            opening = opening.start_tls(self.trust()?, &self.host).await?;
        }
        opening.connection(self.credentials.as_ref()).await
    }

    async fn reach(&self) -> Result<Wire, Unopened> {
        let reached = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(Unopened::of)?;
            // Nagle's algorithm would keep the end of every message back for 44 ms.
            stream.set_nodelay(true).map_err(Unopened::of)?;
            if self.tls != Tls::FromTheStart {
                return Ok(Box::new(stream) as Wire);
            }
            let wrapped = tls::wrap(Box::new(stream), self.trust()?, &self.host).await;
            wrapped.map(|stream| Box::new(stream) as Wire).map_err(Unopened::of)
        };
        match tokio::time::timeout(self.connect, reached).await {
            Ok(reached) => reached,
            Err(_) => Err(Unopened::of(format!("no connection within {} s", self.connect.as_secs_f32()))),
        }
    }

    fn trust(&self) -> Result<Arc<ClientConfig>, Unopened> {
        if let Some(config) = self.trust.get() {
            return Ok(Arc::clone(config));
        }
        let config = tls::trusting_this_machine().map_err(Unopened::of)?;
        Ok(Arc::clone(self.trust.get_or_init(|| config)))
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
        assert_eq!(relay.hello, "mail.example.org");
        assert_eq!(read("smtp://127.0.0.1:2525").map(|relay| (relay.port, relay.tls)), Ok((2525, Tls::Never)));
        assert!(read("smtp://relay.example.org?tls=maybe").is_err());
    }
}
