//! The receivers' servers as this node knows them: which are away, since when, and what they put up with.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is remembered of servers; RFC 5321, section 4.5.4.1, asks for a list of those that are away.
#[derive(Debug)]
pub(super) struct Hosts {
    first_wait: Duration,
    longest_wait: Duration,
    known: Mutex<HashMap<IpAddr, Host>>,
}

#[derive(Debug, Default, Clone)]
struct Host {
    away: Option<Away>,
    /// Its TLS did not work; until then mail goes there in clear where that is allowed.
    clear_until: Option<Instant>,
}

/// A server that does not take connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Away {
    /// When that began.
    pub(super) since: Instant,
    /// It is not tried before this.
    pub(super) until: Instant,
    /// What went wrong the last time.
    pub(super) why: Why,
    pub(super) wait: Duration,
}

/// Why a server is not tried now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// Nothing answered there.
    Silent(String),
    /// It answered, and wanted no session.
    Refused {
        /// The reply code.
        code: u16,
        /// The whole reply.
        text: String,
    },
}

const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// A server has at least so long to open a session.
const SHORTEST_PATIENCE: Duration = Duration::from_secs(5);
/// How long a server with broken TLS is spoken to in clear before TLS is tried again.
const CLEAR_FOR: Duration = Duration::from_secs(60 * 60);
/// Servers remembered at most; those that are well need no memory.
const MOST_HOSTS: usize = 100_000;

impl Hosts {
    /// Servers that are away wait no longer than a delivery would: `first` and `longest` are its waits.
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first_wait: FIRST_WAIT.min(first), longest_wait: LONGEST_WAIT.min(longest), known: Mutex::default() }
    }

    /// Why this server is not to be tried at this time; `None` when it may be.
    pub(super) fn away(&self, host: IpAddr, now: Instant) -> Option<Away> {
        self.lock().get(&host)?.away.clone().filter(|away| now < away.until)
    }

    /// It could not be reached, or wanted no session: wait, twice as long as the last time.
    pub(super) fn failed(&self, host: IpAddr, why: Why, now: Instant) -> Away {
        let mut hosts = self.lock();
        if hosts.len() >= MOST_HOSTS {
            hosts.retain(|_, host| host.away.as_ref().is_some_and(|away| now < away.until + self.longest_wait));
        }
        let host = hosts.entry(host).or_default();
        let away = match &host.away {
            // Another connection of the same moment.
            Some(away) if now < away.until => Away { why, ..away.clone() },
            Some(away) => {
                let wait = (away.wait * 2).min(self.longest_wait);
                Away { since: away.since, until: now + wait, why, wait }
            }
            None => Away { since: now, until: now + self.first_wait, why, wait: self.first_wait },
        };
        host.away = Some(away.clone());
        away
    }

    /// How long it may take to open a session while others need the place: longer each time that it failed.
    pub(super) fn patience(&self, host: IpAddr) -> Duration {
        let waited = self.lock().get(&host).and_then(|known| known.away.as_ref()).map(|away| away.wait);
        (waited.unwrap_or_default() / 3).max(SHORTEST_PATIENCE)
    }

    /// It opened a session.
    pub(super) fn answered(&self, host: IpAddr) {
        let mut hosts = self.lock();
        if let Some(known) = hosts.get_mut(&host) {
            known.away = None;
            if known.clear_until.is_none() {
                hosts.remove(&host);
            }
        }
    }

    /// Its TLS failed.
    pub(super) fn broke_tls(&self, host: IpAddr, now: Instant) {
        self.lock().entry(host).or_default().clear_until = Some(now + CLEAR_FOR);
    }

    /// Whether its TLS failed not long ago.
    pub(super) fn has_broken_tls(&self, host: IpAddr, now: Instant) -> bool {
        self.lock().get(&host).and_then(|known| known.clear_until).is_some_and(|until| now < until)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Host>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 25));

    fn silent() -> Why {
        Why::Silent("connection refused".to_owned())
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour_and_remembers_when_it_began() {
        let hosts = Hosts::new(Duration::from_secs(1200), Duration::from_secs(14_400));
        let start = Instant::now();
        let mut now = start;
        for seconds in [15, 30, 60, 120, 240, 480, 900, 900] {
            let away = hosts.failed(HOST, silent(), now);
            assert_eq!(hosts.failed(HOST, silent(), now).until, away.until, "two at once are one trouble");
            assert_eq!((away.since, away.until - now), (start, Duration::from_secs(seconds)));
            assert_eq!(hosts.away(HOST, now), Some(away.clone()));
            now = away.until;
            assert_eq!(hosts.away(HOST, now), None, "it may be tried again");
        }
        hosts.answered(HOST);
        assert_eq!(hosts.failed(HOST, silent(), now).since, now, "an answer ends the trouble");
    }

    #[test]
    fn a_slow_server_gets_more_time_with_every_try_up_to_the_five_minutes_of_the_rfc() {
        let hosts = Hosts::new(Duration::from_secs(1200), Duration::from_secs(14_400));
        let mut now = Instant::now();
        let mut seconds = vec![hosts.patience(HOST).as_secs()];
        for _ in 0..8 {
            now = hosts.failed(HOST, silent(), now).until;
            seconds.push(hosts.patience(HOST).as_secs());
        }
        assert_eq!(seconds, [5, 5, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn one_server_that_is_away_is_not_another() {
        let hosts = Hosts::new(Duration::from_secs(1200), Duration::from_secs(14_400));
        let now = Instant::now();
        hosts.failed(HOST, silent(), now);
        assert_eq!(hosts.away("192.0.2.26".parse().unwrap(), now), None);
    }

    #[test]
    fn broken_tls_is_remembered_for_an_hour_and_no_longer() {
        let hosts = Hosts::new(Duration::from_secs(1200), Duration::from_secs(14_400));
        let now = Instant::now();
        hosts.broke_tls(HOST, now);
        hosts.answered(HOST);
        assert!(hosts.has_broken_tls(HOST, now + CLEAR_FOR / 2));
        assert!(!hosts.has_broken_tls(HOST, now + CLEAR_FOR));
    }
}
