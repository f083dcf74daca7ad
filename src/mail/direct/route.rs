//! Where the mail of a receiving domain goes: its hosts, and what its policy demands.

use std::sync::Arc;

use super::Direct;
use super::asking::Asked;
use super::exchange::{Order, order};
use super::policy::{Mode, Policy};
use crate::keyring::random_bytes;

/// The servers of a receiving domain, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The receiving domain, in A-labels.
    pub domain: String,
    /// Its hosts.
    pub(super) hosts: Vec<String>,
    /// What it demands of them.
    pub(super) policy: Option<Policy>,
}

/// What is found out about a receiving domain before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// It has servers.
    To(Arc<Destination>),
    /// There is nowhere to go: a 5xx for ever, a 4xx for now.
    Nowhere {
        /// A reply code of our own.
        code: u16,
        /// The reply, with an enhanced status code (RFC 3463).
        text: String,
    },
    /// Our own name servers do not answer; says nothing of the domain.
    Ours(String),
}

impl Destination {
    /// Equal for domains whose mail may share a connection: the same servers, and the same demand on them.
    #[must_use]
    pub fn key(&self) -> String {
        let mut hosts = self.hosts.clone();
        hosts.sort_unstable();
        let mark = if self.must_be_proven() { "proven:" } else { "" };
        format!("{mark}{}", hosts.join(","))
    }

    /// A domain with one host and no policy.
    #[cfg(test)]
    pub(crate) fn of_host(host: &str) -> Self {
        Self { domain: host.to_owned(), hosts: vec![host.to_owned()], policy: None }
    }

    /// The host that is tried first.
    #[must_use]
    pub fn first_host(&self) -> &str {
        self.hosts.first().map_or("", String::as_str)
    }

    /// Whether mail goes only to hosts that prove their names under TLS.
    #[must_use]
    pub fn must_be_proven(&self) -> bool {
        self.policy.as_ref().is_some_and(|policy| policy.mode == Mode::Enforce)
    }
}

impl Direct {
    /// Finds out where the mail of a domain goes (RFC 5321, section 5.1).
    pub async fn route(&self, domain: &str) -> Route {
        if let Some(known) = self.known_route(domain) {
            return Route::To(known);
        }
        let hosts = match self.hosts_of(domain).await {
            Ok(hosts) => hosts,
            Err(route) => return route,
        };
        let policy = self.0.policies.of(domain).await.filter(|policy| policy.mode != Mode::None);
        let hosts = match allowed(hosts, policy.as_ref()) {
            Ok(hosts) => hosts,
            Err(text) => return Route::Nowhere { code: 451, text: format!("451 4.7.5 {domain}: {text}") },
        };
        let found = Arc::new(Destination { domain: domain.to_owned(), hosts, policy });
        self.keep_route(Arc::clone(&found));
        Route::To(found)
    }

    async fn hosts_of(&self, domain: &str) -> Result<Vec<String>, Route> {
        match self.exchanges_of(domain).await {
            Asked::Found(exchanges) => match order(exchanges, || u32::from_ne_bytes(random_bytes())) {
                Order::Hosts(hosts) => Ok(hosts),
                Order::Nobody => Err(nowhere(556, "5.1.10", domain, "takes no mail (null MX)")),
            },
            // The implicit MX: the domain itself, where it has an address.
            Asked::Missing => match self.addresses_of(domain).await {
                Asked::Found(_) => Ok(vec![domain.to_owned()]),
                Asked::Missing => Err(nowhere(550, "5.1.2", domain, "does not exist, or has no mail server")),
                Asked::TheirsAreSilent(why) => Err(unknown(domain, &why)),
                Asked::OursIsSilent(why) => Err(ours(&why)),
            },
            Asked::TheirsAreSilent(why) => Err(unknown(domain, &why)),
            Asked::OursIsSilent(why) => Err(ours(&why)),
        }
    }
}

/// The hosts that a policy lets us use.
fn allowed(hosts: Vec<String>, policy: Option<&Policy>) -> Result<Vec<String>, String> {
    let Some(policy) = policy else { return Ok(hosts) };
    let (good, bad): (Vec<String>, Vec<String>) = hosts.into_iter().partition(|host| policy.allows(host));
    if policy.mode == Mode::Enforce {
        return if good.is_empty() {
            Err(format!("its MTA-STS policy forbids its own servers {}", bad.join(", ")))
        } else {
            Ok(good)
        };
    }
    if !bad.is_empty() {
        tracing::info!(hosts = bad.join(", "), "an MTA-STS policy under test forbids these servers");
    }
    Ok(good.into_iter().chain(bad).collect())
}

fn unknown(domain: &str, why: &str) -> Route {
    nowhere(451, "4.4.3", domain, &format!("its name servers do not answer: {why}"))
}

fn ours(why: &str) -> Route {
    Route::Ours(format!("our name server does not answer: {why}"))
}

fn nowhere(code: u16, status: &str, domain: &str, what: &str) -> Route {
    Route::Nowhere { code, text: format!("{code} {status} {domain} {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(mode: &str) -> Policy {
        Policy::read(&format!("version: STSv1\nmode: {mode}\nmx: good.example\nmax_age: 86400\n")).unwrap()
    }

    fn hosts() -> Vec<String> {
        vec!["bad.example".to_owned(), "good.example".to_owned()]
    }

    #[test]
    fn a_policy_in_force_leaves_only_its_hosts_and_one_under_test_leaves_all() {
        assert_eq!(allowed(hosts(), None), Ok(hosts()));
        assert_eq!(allowed(hosts(), Some(&policy("enforce"))), Ok(vec!["good.example".to_owned()]));
        assert!(allowed(vec!["bad.example".to_owned()], Some(&policy("enforce"))).is_err());
        assert_eq!(allowed(hosts(), Some(&policy("testing"))).map(|hosts| hosts.len()), Ok(2));
    }

    #[test]
    fn domains_share_a_connection_when_servers_and_demands_are_the_same() {
        let to = |domain: &str, hosts: &[&str], mode: Option<&str>| Destination {
            domain: domain.to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            policy: mode.map(policy),
        };
        let one = to("one.example", &["mx1.example", "mx2.example"], None);
        assert_eq!(one.key(), to("two.example", &["mx2.example", "mx1.example"], Some("testing")).key());
        assert_ne!(one.key(), to("two.example", &["mx1.example", "mx2.example"], Some("enforce")).key());
        assert_ne!(one.key(), to("two.example", &["mx1.example"], None).key());
    }
}
