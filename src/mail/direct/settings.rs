//! What the operator says of direct delivery, in the URL `direct:?…`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use crate::mail::address::ascii_domain;

/// How this installation delivers by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectSettings {
    /// What we say in EHLO where no source says otherwise; the mail domain when absent.
    pub helo: Option<String>,
    /// The addresses that mail leaves from; the machine's own choice when there is none.
    pub sources: Vec<Source>,
    /// The port of the receivers' servers: 25 but for trials.
    pub port: u16,
    /// The port on which MTA-STS policies are fetched: 443 but for trials.
    pub policy_port: u16,
    /// A PEM file of further authorities to trust beside those of the machine.
    pub roots: Option<PathBuf>,
}

/// One machine that receivers see: its addresses and the name it gives itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its addresses, at most one of each family.
    pub addresses: Vec<IpAddr>,
    /// What it says in EHLO; should resolve to its addresses, and they back to it.
    pub helo: Option<String>,
    /// The pool that accounts are put into; the common one when absent.
    pub pool: Option<String>,
}

impl Default for DirectSettings {
    fn default() -> Self {
        Self { helo: None, sources: Vec::new(), port: 25, policy_port: 443, roots: None }
    }
}

impl DirectSettings {
    /// Reads `direct:` and `direct:?source=…&helo=…`; `None` when something in it cannot be used.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("direct:")?;
        let query = match rest {
            "" => "",
            rest => rest.strip_prefix('?')?,
        };
        let mut settings = Self::default();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            settings.take(&key, value.trim())?;
        }
        Some(settings)
    }

    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "source" => self.sources.push(Source { addresses: addresses(value)?, helo: None, pool: None }),
            "helo" => {
                let name = Some(ascii_domain(value)?);
                match self.sources.last_mut() {
                    Some(source) => source.helo = name,
                    None => self.helo = name,
                }
            }
            "pool" => self.sources.last_mut()?.pool = Some(pool_name(value)?),
            "port" => self.port = value.parse().ok().filter(|port| *port > 0)?,
            "policy_port" => self.policy_port = value.parse().ok().filter(|port| *port > 0)?,
            "roots" if !value.is_empty() => self.roots = Some(value.into()),
            _ => return None,
        }
        Some(())
    }

    /// The places in [`DirectSettings::sources`] of a pool's sources; of those of no pool, or else of all, where it has
    /// none. A pool that the operator took out of the settings must not stop an account's mail.
    ///
    /// Place 0 where there are no sources: the machine's own choice.
    #[must_use]
    pub fn places_of(&self, pool: Option<&str>) -> Vec<usize> {
        let of = |wanted: Option<&str>| -> Vec<usize> {
            let all = self.sources.iter().enumerate();
            all.filter(|(_, source)| source.pool.as_deref() == wanted).map(|(at, _)| at).collect()
        };
        let in_pool = pool.map(|pool| of(Some(pool))).filter(|found| !found.is_empty());
        let common = || Some(of(None)).filter(|found| !found.is_empty());
        in_pool.or_else(common).unwrap_or_else(|| (0..self.sources.len().max(1)).collect())
    }

    /// The pools that accounts can be put into, each once.
    #[must_use]
    pub fn pools(&self) -> Vec<&str> {
        let mut pools: Vec<&str> = self.sources.iter().filter_map(|source| source.pool.as_deref()).collect();
        pools.sort_unstable();
        pools.dedup();
        pools
    }
}

impl Source {
    /// The address to connect from, in the family of `peer`.
    #[must_use]
    pub fn address_towards(&self, peer: SocketAddr) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|address| address.is_ipv4() == peer.is_ipv4())
    }
}

impl std::fmt::Display for DirectSettings {
    /// As [`DirectSettings::read`] takes it back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        pairs.extend(self.helo.clone().map(|helo| ("helo", helo)));
        for source in &self.sources {
            let addresses: Vec<String> = source.addresses.iter().map(ToString::to_string).collect();
            pairs.push(("source", addresses.join(",")));
            pairs.extend(source.helo.clone().map(|helo| ("helo", helo)));
            pairs.extend(source.pool.clone().map(|pool| ("pool", pool)));
        }
        pairs.extend((self.port != 25).then(|| ("port", self.port.to_string())));
        pairs.extend((self.policy_port != 443).then(|| ("policy_port", self.policy_port.to_string())));
        pairs.extend(self.roots.iter().map(|file| ("roots", file.display().to_string())));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let query = query.replace("%3A", ":").replace("%2C", ",").replace("%2F", "/");
        if query.is_empty() { f.write_str("direct:") } else { write!(f, "direct:?{query}") }
    }
}

fn addresses(value: &str) -> Option<Vec<IpAddr>> {
    let found: Vec<IpAddr> = value.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let fours = found.iter().filter(|address| address.is_ipv4()).count();
    (fours <= 1 && found.len() - fours <= 1).then_some(found)
}

/// Letters, digits and hyphens: it stands in URLs, pages and logs.
fn pool_name(value: &str) -> Option<String> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (is_plain && (1..=40).contains(&value.len())).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "direct:?helo=out.example.org&source=192.0.2.1,2001:db8::1&helo=mta1.example.org\
         &source=192.0.2.2&helo=mta2.example.org&pool=new&source=192.0.2.3&pool=new&port=2525";

    #[test]
    fn what_stands_after_a_source_speaks_of_it_and_the_rest_of_all() {
        let settings = DirectSettings::read(TWO).unwrap();
        assert_eq!((settings.helo.as_deref(), settings.port), (Some("out.example.org"), 2525));
        let helos: Vec<Option<&str>> = settings.sources.iter().map(|source| source.helo.as_deref()).collect();
        assert_eq!(helos, [Some("mta1.example.org"), Some("mta2.example.org"), None]);
        assert_eq!(settings.pools(), ["new"]);
        assert_eq!(DirectSettings::read("direct:"), Some(DirectSettings::default()));
        assert_eq!(settings.to_string(), TWO);
        assert_eq!(DirectSettings::default().to_string(), "direct:");
    }

    #[test]
    fn an_account_leaves_from_its_pool_and_from_the_common_one_when_that_is_gone() {
        let settings = DirectSettings::read(TWO).unwrap();
        let from =
            |pool| settings.places_of(pool).iter().map(|at| settings.sources[*at].addresses[0].to_string()).collect();
        let common: Vec<String> = from(None);
        assert_eq!(common, ["192.0.2.1"]);
        let new: Vec<String> = from(Some("new"));
        assert_eq!(new, ["192.0.2.2", "192.0.2.3"]);
        let gone: Vec<String> = from(Some("gone"));
        assert_eq!(gone, ["192.0.2.1"]);
        let only = DirectSettings::read("direct:?source=192.0.2.9&pool=new").unwrap();
        assert_eq!(only.places_of(None), [0], "where all sources have pools, nobody's mail stands still");
        assert_eq!(DirectSettings::default().places_of(None), [0], "the machine's own choice");
    }

    #[test]
    fn a_source_connects_in_the_family_of_its_peer() {
        let settings = DirectSettings::read(TWO).unwrap();
        let towards = |source: usize, peer: &str| {
            settings.sources[source].address_towards(peer.parse().unwrap()).map(|address| address.to_string())
        };
        assert_eq!(towards(0, "[2001:db8::25]:25").as_deref(), Some("2001:db8::1"));
        assert_eq!(towards(0, "198.51.100.7:25").as_deref(), Some("192.0.2.1"));
        assert_eq!(towards(1, "[2001:db8::25]:25"), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for text in [
            "direct",
            "direct:x",
            "direct:?source=mta1.example.org",
            "direct:?source=192.0.2.1,192.0.2.2",
            "direct:?pool=new",
            "direct:?source=192.0.2.1&pool=a%20b",
            "direct:?helo=a b",
            "direct:?port=0",
            "direct:?roots=",
            "direct:?colour=blue",
        ] {
            assert_eq!(DirectSettings::read(text), None, "{text}");
        }
    }
}
