//! Going through the servers of a domain until one opens a session (RFC 5321, section 5.1).

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::asking::Asked;
use super::hosts::{Away, Why};
use super::open::{Failure, Protection, Wanted, open};
use super::settings::Source;
use super::{Destination, Direct};
use crate::keyring::random_bytes;
use crate::mail::session::Connection;

/// Why no server of a domain opened a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// They answered, may not be used, or have been away for long: a deferral with this reply, whatever its code.
    Refused {
        /// The reply code: the server's, or 451.
        code: u16,
        /// The whole reply.
        text: String,
    },
    /// They have been away for a little while only: no attempt.
    NotYet {
        /// Not before this has passed.
        wait: Duration,
        /// What went wrong the last time.
        text: String,
    },
    /// The server takes no more connections beside those that we have.
    Full(String),
    /// The trouble is on our side; nothing is known of the domain.
    Ours(String),
}

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

/// What was seen on the way through the servers.
#[derive(Debug, Default)]
struct Seen {
    away: Vec<Away>,
    refused: Option<(u16, String)>,
    insecure: Option<String>,
    /// Why a server has no address that we can connect to.
    unknown: Option<String>,
    is_name_server_silent: bool,
    was_tried: bool,
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
                let opened = tokio::select! {
                    opened = self.try_one((to, host, address), source, circumstances.demands_tls) => opened,
                    failure = self.too_slow(address, &mut circumstances.hurry) => Err(failure),
                };
                match opened {
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
        if seen.is_name_server_silent && seen.away.is_empty() {
            return Err(Blocked::Ours(seen.unknown.unwrap_or_default()));
        }
        let blocked = blocked(seen, &to.domain, self.0.short, Instant::now());
        if let (Some(text), true) = (&blocked.silent, self.0.network.failed_if(blocked.is_silent_try(), &to.domain)) {
            return Err(Blocked::Ours(format!("no receiver can be reached; the last: {text}")));
        }
        Err(blocked.what)
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

/// The outcome of a way through all servers that led nowhere.
struct Way {
    what: Blocked,
    /// What the last silent server did; absent when some server answered.
    silent: Option<String>,
    was_tried: bool,
}

impl Way {
    const fn is_silent_try(&self) -> bool {
        self.was_tried && self.silent.is_some()
    }
}

/// Decides what it means that no server opened a session. `short` is how long servers may be away before that counts.
fn blocked(seen: Seen, domain: &str, short: Duration, now: Instant) -> Way {
    let was_tried = seen.was_tried;
    let way = |what: Blocked, silent: Option<String>| Way { what, silent, was_tried };
    if let Some((code, text)) = seen.refused {
        return way(Blocked::Refused { code, text }, None);
    }
    if let Some(text) = seen.insecure {
        let text = format!("451 4.7.5 {domain} demands more protection {text}");
        return way(Blocked::Refused { code: 451, text }, None);
    }
    let Some(latest) = seen.away.iter().max_by_key(|away| away.since) else {
        let why = seen.unknown.unwrap_or_else(|| "it names no server".to_owned());
        let text = format!("451 4.4.4 no server of {domain} can be found: {why}");
        return way(Blocked::Refused { code: 451, text }, None);
    };
    let (code, text, silent) = match &latest.why {
        Why::Silent(text) => {
            (451, format!("451 4.4.1 no server of {domain} can be reached: {text}"), Some(text.clone()))
        }
        Why::Refused { code, text } => (*code, text.clone(), None),
    };
    let away_for = now.saturating_duration_since(latest.since);
    let until = seen.away.iter().map(|away| away.until).min().unwrap_or(now);
    let what = if away_for < short {
        Blocked::NotYet { wait: until.saturating_duration_since(now), text }
    } else {
        Blocked::Refused { code, text }
    };
    way(what, silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(120);

    fn away(since: Instant, why: Why) -> Away {
        Away { since, until: since + Duration::from_secs(300), why, wait: Duration::from_secs(15) }
    }

    fn silent() -> Why {
        Why::Silent("mx.example: connection refused".to_owned())
    }

    fn what(seen: Seen, now: Instant) -> Blocked {
        blocked(seen, "dead.example", SHORT, now).what
    }

    #[test]
    fn servers_that_are_away_for_a_moment_cost_no_attempt_and_then_they_do() {
        let start = Instant::now();
        let seen = || Seen { away: vec![away(start, silent())], ..Seen::default() };
        match what(seen(), start + Duration::from_secs(119)) {
            Blocked::NotYet { wait, .. } => assert_eq!(wait, Duration::from_secs(181)),
            other => panic!("{other:?}"),
        }
        match what(seen(), start + SHORT) {
            Blocked::Refused { code: 451, text } => assert!(text.starts_with("451 4.4.1 "), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_domain_is_away_since_the_last_of_its_servers_is() {
        let start = Instant::now();
        let later = start + Duration::from_secs(100);
        let seen = Seen { away: vec![away(start, silent()), away(later, silent())], ..Seen::default() };
        match what(seen, start + SHORT) {
            Blocked::NotYet { wait, .. } => assert_eq!(wait, Duration::from_secs(180), "the first to be tried again"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_server_said_goes_before_the_silence_of_the_others() {
        let start = Instant::now();
        let refused = Some((554, "554 5.7.1 you are on a list".to_owned()));
        let seen = Seen { away: vec![away(start, silent())], refused, was_tried: true, ..Seen::default() };
        let way = blocked(seen, "dead.example", SHORT, start);
        assert_eq!(way.what, Blocked::Refused { code: 554, text: "554 5.7.1 you are on a list".to_owned() });
        assert!(!way.is_silent_try(), "the network is there");
        let insecure = Some("(MTA-STS): mx.example does not offer STARTTLS".to_owned());
        let seen = Seen { away: vec![away(start, silent())], insecure, ..Seen::default() };
        let text =
            "451 4.7.5 dead.example demands more protection (MTA-STS): mx.example does not offer STARTTLS".to_owned();
        assert_eq!(what(seen, start), Blocked::Refused { code: 451, text });
    }

    #[test]
    fn servers_without_addresses_are_a_deferral() {
        let unknown = Some("mx.example has no address".to_owned());
        let seen = Seen { unknown, ..Seen::default() };
        assert!(
            matches!(what(seen, Instant::now()), Blocked::Refused { code: 451, text } if text.starts_with("451 4.4.4"))
        );
    }
}
