//! Own delivery to the receivers' servers: this installation as an MTA that only sends (RFC 5321, section 5).
//!
//! [`Direct::route`] finds the servers of a domain by MX ([`exchange`]) and what its MTA-STS policy demands ([`policies`]);
//! [`Direct::connect`] goes through them, past those that are away ([`hosts`]), and opens a session from a source of the
//! account's pool ([`settings`]), encrypted where that can be had ([`trust`]). What is sent over the session is the
//! engine's affair.

mod asking;
mod blocked;
mod connect;
mod exchange;
mod fetch;
mod hosts;
mod network;
mod open;
mod policies;
mod policy;
mod route;
pub mod settings;
mod trust;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use blocked::Blocked;
pub use connect::Circumstances;
use hosts::Hosts;
use network::Network;
use policies::Policies;
pub use route::{Destination, Route};
pub use settings::{DirectSettings, Source};
use trust::Trust;

use crate::clock::Clock;
use crate::config::RetrySettings;
use crate::mail::dns::Dns;
use crate::mail::session::Limits;

/// The way out to the receivers' own servers, shared by all senders of a node.
#[derive(Clone)]
pub struct Direct(Arc<Inner>);

struct Inner {
    settings: DirectSettings,
    helo: String,
    dns: Dns,
    policies: Policies,
    trust: Trust,
    hosts: Hosts,
    network: Network,
    limits: Limits,
    /// Servers that are away for less than this cost no attempt: a 4xx would not be tried again sooner either.
    short: Duration,
    routes: Mutex<HashMap<String, (Instant, Arc<Destination>)>>,
}

/// What direct delivery needs of its surroundings.
pub struct Surroundings {
    /// Who is asked for names.
    pub dns: Dns,
    /// What time it is.
    pub clock: Clock,
    /// What we say in EHLO where the settings do not say it.
    pub helo: String,
    /// Where policies are kept over a restart.
    pub policy_folder: PathBuf,
    /// How long answers are waited for.
    pub limits: Limits,
    /// When deliveries are tried again: servers are not tried more often than that.
    pub retry: RetrySettings,
}

/// A route is found anew after this; the name servers' answers may be kept for longer by the resolver.
const ROUTE_FRESH_FOR: Duration = Duration::from_secs(60);
/// Routes remembered at most.
const MOST_ROUTES: usize = 20_000;

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.settings.fmt(f)
    }
}

impl Direct {
    /// Makes it ready; connects to nothing yet.
    ///
    /// # Errors
    /// When the authorities to trust cannot be read.
    pub fn new(settings: DirectSettings, around: Surroundings) -> Result<Self, String> {
        let trust = Trust::load(settings.roots.as_deref())?;
        let web = fetch::Fetcher::new(around.dns.clone(), (*trust.strict).clone(), settings.policy_port)?;
        let short = around.retry.first.to_std().unwrap_or_default();
        let longest = around.retry.longest.to_std().unwrap_or_default();
        Ok(Self(Arc::new(Inner {
            helo: settings.helo.clone().unwrap_or(around.helo),
            settings,
            policies: Policies::new(around.dns.clone(), around.clock, web, around.policy_folder),
            dns: around.dns,
            trust,
            hosts: Hosts::new(short, longest),
            network: Network::default(),
            limits: around.limits,
            short,
            routes: Mutex::default(),
        })))
    }

    /// What the operator set.
    #[must_use]
    pub fn settings(&self) -> &DirectSettings {
        &self.0.settings
    }

    fn helo_of<'a>(&'a self, source: Option<&'a Source>) -> &'a str {
        source.and_then(|source| source.helo.as_deref()).unwrap_or(&self.0.helo)
    }

    fn known_route(&self, domain: &str) -> Option<Arc<Destination>> {
        let routes = self.routes();
        let (found_at, route) = routes.get(domain)?;
        (found_at.elapsed() < ROUTE_FRESH_FOR).then(|| Arc::clone(route))
    }

    fn keep_route(&self, found: Arc<Destination>) {
        let mut routes = self.routes();
        if routes.len() >= MOST_ROUTES {
            routes.clear();
        }
        routes.insert(found.domain.clone(), (Instant::now(), found));
    }

    fn routes(&self) -> MutexGuard<'_, HashMap<String, (Instant, Arc<Destination>)>> {
        self.0.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
