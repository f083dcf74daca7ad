//! Going through the servers of a domain until one opens a session (RFC 5321, section 5.1).

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use tokio::sync::watch;

use super::asking::Asked;
use super::blocked::{Blocked, Seen, blocked};
use super::hosts::Why;
use super::open::{Failure, Protection, Wanted, open};
use super::settings::Source;
use super::{Destination, Direct};
use crate::keyring::random_bytes;
use crate::mail::session::Connection;

/// What the engine knows when it asks for a session.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// We have, or just had, a session there: a refused greeting means one too many, and nothing of the mail.
    pub is_known: bool,
    /// The lane takes no mail in clear.
    pub demands_tls: bool,
    /// Whether somebody else needs the place of a connection that does not open.
    pub hurry: watch::Receiver<bool>,
}

/// Addresses tried for one delivery; a domain that names many dead ones must not hold a sender for long.
const MOST_TRIES: usize = 5;

impl Direct {
    /// Opens a session with a server of this domain, from this source.
    ///
    /// # Errors
    /// Why there is none, and what that means for a delivery.
    pub async fn connect(
        &self,
        to: &Destination,
        source: Option<&Source>,
        mut circumstances: Circumstances,
    ) -> Result<Connection, Blocked> {
        let (mut seen, mut tries) = (Seen::default(), 0);
        for host in &to.hosts {
            for address in self.addresses(host, source, &mut seen).await {
                if let Some(away) = self.0.hosts.away(address, Instant::now()) {
                    seen.away.push(away);
                    continue;
                }
                if tries >= MOST_TRIES {
                    break;
                }
                tries += 1;
                match self.try_in_time((to, host, address), source, &mut circumstances).await {
                    Ok(connection) => {
                        self.0.hosts.answered(address);
                        self.0.network.worked();
                        return Ok(connection);
                    }
                    Err(Failure::Refused { code, text }) if circumstances.is_known && code < 500 => {
                        return Err(Blocked::Full(text));
                    }
                    Err(Failure::Ours(text)) => return Err(Blocked::Ours(text)),
                    Err(failure) => self.note(host, address, failure, &mut seen),
                }
            }
        }
        Err(self.none_opened(seen, &to.domain))
    }

    /// What it means that none opened; where nobody at all can be reached, our own network is noted to be in trouble.
    fn none_opened(&self, seen: Seen, domain: &str) -> Blocked {
        if seen.is_name_server_silent && seen.away.is_empty() {
            return Blocked::Ours(seen.unknown.unwrap_or_default());
        }
        let way = blocked(seen, domain, self.0.short, Instant::now());
        if let (Some(text), true) = (&way.silent, self.0.network.failed_if(way.is_silent_try(), domain)) {
            return Blocked::Ours(format!("no receiver can be reached; the last: {text}"));
        }
        way.what
    }

    async fn try_in_time(
        &self,
        server: (&Destination, &str, IpAddr),
        source: Option<&Source>,
        circumstances: &mut Circumstances,
    ) -> Result<Connection, Failure> {
        tokio::select! {
            opened = self.try_one(server, source, circumstances.demands_tls) => opened,
            failure = self.too_slow(server.2, &mut circumstances.hurry) => Err(failure),
        }
    }

    /// Ends when a server has had its time and others need the place of this connection. RFC 5321, section 4.5.3.2.1,
    /// grants a greeting five minutes: a server gets more of them each time, and all of them while nobody waits.
    async fn too_slow(&self, address: IpAddr, hurry: &mut watch::Receiver<bool>) -> Failure {
        let patience = self.0.hosts.patience(address);
        tokio::time::sleep(patience).await;
        if hurry.wait_for(|is_needed| *is_needed).await.is_err() {
            // Nobody is left who could need the place.
            std::future::pending::<()>().await;
        }
        Failure::Silent(format!("no greeting within {} s", patience.as_secs()))
    }

    async fn try_one(
        &self,
        (to, host, address): (&Destination, &str, IpAddr),
        source: Option<&Source>,
        demands_tls: bool,
    ) -> Result<Connection, Failure> {
        let peer = SocketAddr::new(address, self.0.settings.port);
        let is_broken = self.0.hosts.has_broken_tls(address, Instant::now());
        let protection = Protection::for_demands(to.must_be_proven(), demands_tls, is_broken);
        let wanted = Wanted {
            host,
            peer,
            source: source.and_then(|source| source.address_towards(peer)),
            helo: self.helo_of(source),
            protection,
            limits: self.0.limits,
        };
        match open(&wanted, &self.0.trust).await {
            Err(Failure::BrokenTls(trouble)) => {
                tracing::info!(host, trouble, "TLS with a receiver's server does not work; mail goes there in clear");
                self.0.hosts.broke_tls(address, Instant::now());
                open(&Wanted { protection: Protection::Clear, ..wanted }, &self.0.trust).await
            }
            opened => opened,
        }
    }

    fn note(&self, host: &str, address: IpAddr, failure: Failure, seen: &mut Seen) {
        seen.was_tried = true;
        let why = match failure {
            Failure::Refused { code, text } => {
                self.0.network.worked();
                seen.refused = Some((code, text.clone()));
                Why::Refused { code, text }
            }
            Failure::Insecure(text) => {
                self.0.network.worked();
                seen.insecure = Some(text);
                return;
            }
            Failure::Silent(text) | Failure::BrokenTls(text) | Failure::Ours(text) => {
                Why::Silent(format!("{host}: {text}"))
            }
        };
        seen.away.push(self.0.hosts.failed(address, why, Instant::now()));
    }

    /// The addresses of a server that we can connect to: IPv4 first, because receivers ask more of IPv6 senders.
    async fn addresses(&self, host: &str, source: Option<&Source>, seen: &mut Seen) -> Vec<IpAddr> {
        let found = match self.addresses_of(host).await {
            Asked::Found(found) => found,
            Asked::Missing => {
                seen.unknown = Some(format!("{host} has no address"));
                return Vec::new();
            }
            Asked::TheirsAreSilent(why) => {
                seen.unknown = Some(format!("the name servers of {host} do not answer: {why}"));
                return Vec::new();
            }
            Asked::OursIsSilent(why) => {
                seen.is_name_server_silent = true;
                seen.unknown = Some(format!("our name server does not answer: {why}"));
                return Vec::new();
            }
        };
        let is_usable = |address: &IpAddr| {
            source.is_none_or(|source| source.address_towards(SocketAddr::new(*address, 0)).is_some())
        };
        let mut usable: Vec<(bool, [u8; 4], IpAddr)> =
            found.into_iter().filter(is_usable).map(|address| (address.is_ipv6(), random_bytes(), address)).collect();
        usable.sort();
        if usable.is_empty() {
            seen.unknown = Some(format!("{host} has no address of the kind that our source has"));
        }
        usable.into_iter().map(|(_, _, address)| address).collect()
    }
}
