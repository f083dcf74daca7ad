//! One connection to one server of a receiver: TCP from the right source, greeting, TLS as far as it goes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};

use super::network::is_ours;
use super::trust::Trust;
use crate::mail::session::{Connection, Limits, Opening, Unopened};

/// Why a session did not begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The trouble is on our side of the way.
    Ours(String),
    /// Nobody there, or nobody who speaks SMTP.
    Silent(String),
    /// The server answered, and wants no session.
    Refused {
        /// The reply code.
        code: u16,
        /// The whole reply.
        text: String,
    },
    /// STARTTLS was offered and came to nothing.
    BrokenTls(String),
    /// What the domain's policy demands is not there (RFC 8461, section 5).
    Insecure(String),
}

/// How much protection a session needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// None: its TLS is known to be broken.
    Clear,
    /// TLS when it is offered, whoever it is.
    WhenOffered,
    /// TLS, whoever it is.
    Demanded,
    /// TLS, and a certificate that proves the host's name.
    Proven,
}

impl Protection {
    /// What the domain's policy and the lane demand, where the server's TLS is known to be broken or not.
    pub(super) const fn for_demands(is_policy: bool, is_lane: bool, is_broken: bool) -> Self {
        match (is_policy, is_lane, is_broken) {
            (true, _, _) => Self::Proven,
            (false, true, _) => Self::Demanded,
            (false, false, true) => Self::Clear,
            (false, false, false) => Self::WhenOffered,
        }
    }
}

/// What a connection is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The name of the server.
    pub(super) host: &'a str,
    /// Where it listens.
    pub(super) peer: SocketAddr,
    /// Where to connect from; the machine's choice when absent.
    pub(super) source: Option<IpAddr>,
    /// What to say in EHLO.
    pub(super) helo: &'a str,
    pub(super) protection: Protection,
    pub(super) limits: Limits,
}

/// A server that is there takes a connection within this; a sender is not held longer by one that is not.
const CONNECT: Duration = Duration::from_secs(15);

/// Opens a session.
pub(super) async fn open(wanted: &Wanted<'_>, trust: &Trust) -> Result<Connection, Failure> {
    let stream = reach(wanted).await?;
    let opening = Opening::greet(Box::new(stream), wanted.helo, wanted.limits).await.map_err(refusal)?;
    let config = match (wanted.protection, opening.offers().has_starttls) {
        (Protection::Clear, _) | (Protection::WhenOffered, false) => {
            return opening.connection(None).await.map_err(refusal);
        }
        (Protection::Proven, false) => {
            return Err(Failure::Insecure(format!("(MTA-STS): {} does not offer STARTTLS", wanted.host)));
        }
        (Protection::Demanded, false) => {
            return Err(Failure::Insecure(format!("(TLS in its lane): {} does not offer STARTTLS", wanted.host)));
        }
        (Protection::WhenOffered | Protection::Demanded, true) => &trust.lenient,
        (Protection::Proven, true) => &trust.strict,
    };
    let opened = async { opening.start_tls(config.clone(), wanted.host).await?.connection(None).await };
    opened.await.map_err(|trouble| match wanted.protection {
        Protection::Proven => Failure::Insecure(format!("(MTA-STS): TLS with {}: {}", wanted.host, trouble.text)),
        Protection::Demanded => {
            Failure::Insecure(format!("(TLS in its lane): TLS with {}: {}", wanted.host, trouble.text))
        }
        Protection::Clear | Protection::WhenOffered => Failure::BrokenTls(trouble.text),
    })
}

async fn reach(wanted: &Wanted<'_>) -> Result<TcpStream, Failure> {
    let connected = async {
        let socket = if wanted.peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(source) = wanted.source {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        let stream = socket.connect(wanted.peer).await?;
        stream.set_nodelay(true)?;
        Ok::<_, io::Error>(stream)
    };
    match tokio::time::timeout(CONNECT.min(wanted.limits.greeting), connected).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if is_ours(&error, wanted.peer.ip()) => {
            let from = wanted.source.map_or_else(String::new, |source| format!(" from {source}"));
            Err(Failure::Ours(format!("no connection{from} to {}: {error}", wanted.peer.ip())))
        }
        Ok(Err(error)) => Err(Failure::Silent(error.to_string())),
        Err(_) => Err(Failure::Silent("the connection timed out".to_owned())),
    }
}

fn refusal(unopened: Unopened) -> Failure {
    match unopened.code {
        Some(code) => Failure::Refused { code, text: unopened.text },
        None => Failure::Silent(unopened.text),
    }
}
