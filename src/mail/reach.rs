//! Whether a receiving domain takes mail at all, asked of the domain name system and remembered for a while.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use super::dns::{Answer, Dns};
use crate::clock::Timestamp;

/// Nobody waits longer than this for an answer: then the domain counts as one that takes mail.
const TIMEOUT: Duration = Duration::from_millis(1500);
/// How long "takes mail" holds.
const YES_FOR: TimeDelta = TimeDelta::hours(1);
/// How long "takes none" holds: somebody may be putting it right.
const NO_FOR: TimeDelta = TimeDelta::minutes(5);
/// How long "nobody answered" holds, so that trouble of ours does not slow every signup.
const TROUBLE_FOR: TimeDelta = TimeDelta::seconds(30);
/// Most domains that are remembered.
const MOST: usize = 20_000;

/// Names that belong to nobody and are kept for examples, tests and local networks (RFC 2606; RFC 6761; RFC 6762): the
/// domain name system knows nothing of them, and whoever uses them knows why.
const SET_APART: [&str; 7] = ["example", "test", "localhost", "local", "example.com", "example.net", "example.org"];

/// What is known of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Takes,
    TakesNone,
    Trouble,
}

impl Verdict {
    const fn holds_for(self) -> TimeDelta {
        match self {
            Self::Takes => YES_FOR,
            Self::TakesNone => NO_FOR,
            Self::Trouble => TROUBLE_FOR,
        }
    }
}

/// Asks and remembers; the copies share what they remember.
#[derive(Clone)]
pub struct Reach {
    server: Option<SocketAddr>,
    dns: Arc<OnceLock<Dns>>,
    known: Arc<Mutex<HashMap<String, (Verdict, Timestamp)>>>,
}

impl Reach {
    /// Asks `server`, or the system's where none is given.
    #[must_use]
    pub fn new(server: Option<SocketAddr>) -> Self {
        Self { server, dns: Arc::default(), known: Arc::default() }
    }

    /// Whether mail to this domain may arrive. `false` only when the domain name system says that it cannot: a null MX
    /// (RFC 7505), no such name, or neither MX nor address (RFC 5321, section 5.1). Trouble never says no.
    pub async fn takes_mail(&self, domain: &str, now: Timestamp) -> bool {
        if is_set_apart(domain) {
            return true;
        }
        if let Some(verdict) = self.remembered(domain, now) {
            return verdict != Verdict::TakesNone;
        }
        let asked = tokio::time::timeout(TIMEOUT, ask(self.dns.get_or_init(|| Dns::new(self.server)), domain)).await;
        let verdict = asked.unwrap_or(Verdict::Trouble);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(domain.to_owned(), (verdict, now));
        verdict != Verdict::TakesNone
    }

    fn remembered(&self, domain: &str, now: Timestamp) -> Option<Verdict> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (verdict, at) = known.get(domain)?;
        (now.since(*at) < verdict.holds_for()).then_some(*verdict)
    }
}

fn is_set_apart(domain: &str) -> bool {
    let is_under = |name: &str| domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    SET_APART.iter().any(|name| is_under(name))
}

async fn ask(dns: &Dns, domain: &str) -> Verdict {
    match dns.mx(domain).await {
        // A null MX is the root alone (RFC 7505, section 3).
        Answer::Found(hosts) if hosts.iter().all(String::is_empty) => Verdict::TakesNone,
        Answer::Found(_) => Verdict::Takes,
        Answer::Unreachable(_) => Verdict::Trouble,
        Answer::Missing => match dns.addresses(domain).await {
            Answer::Found(_) => Verdict::Takes,
            Answer::Missing => Verdict::TakesNone,
            Answer::Unreachable(_) => Verdict::Trouble,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[tokio::test]
    async fn trouble_refuses_nobody_and_is_asked_again_soon() {
        let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let reach = Reach::new(Some(closed));
        assert!(reach.takes_mail("reader.email", NOW).await);
        assert_eq!(reach.remembered("reader.email", NOW), Some(Verdict::Trouble));
        assert_eq!(reach.remembered("reader.email", NOW + TROUBLE_FOR), None);
    }

    #[test]
    fn names_for_examples_and_tests_are_set_apart_and_no_others() {
        for (domain, expected) in [
            ("reader.example", true),
            ("a.b.test", true),
            ("example.org", true),
            ("mail.example.com", true),
            ("notexample.org", false),
            ("example.fr", false),
            ("latest", false),
        ] {
            assert_eq!(is_set_apart(domain), expected, "{domain}");
        }
    }
}
