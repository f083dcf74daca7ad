//! Whose complaints are believed although the domain of their `From` did not sign them.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// The feedback loops that an operator registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackSources {
    /// Whether programs on this machine that hand a complaint in themselves are believed.
    pub is_local_believed: bool,
    networks: Vec<IpNet>,
    domains: Vec<String>,
}

impl Default for FeedbackSources {
    fn default() -> Self {
        Self { is_local_believed: true, networks: Vec::new(), domains: Vec::new() }
    }
}

impl FeedbackSources {
    /// Whether a peer of the listener is registered.
    #[must_use]
    pub fn has_network(&self, peer: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&peer))
    }

    /// Whether a signing domain, or a parent of it, is registered; `domain` in lower case.
    #[must_use]
    pub fn has_domain(&self, domain: &str) -> bool {
        let is_below = |known: &String| domain.strip_suffix(known.as_str()).is_some_and(|head| head.ends_with('.'));
        self.domains.iter().any(|known| known == domain || is_below(known))
    }
}

/// `local`, `none`, networks and domains, separated by commas.
impl FromStr for FeedbackSources {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut sources = Self { is_local_believed: false, networks: Vec::new(), domains: Vec::new() };
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none") {
            let address = word.parse::<IpAddr>().map(IpNet::from);
            if word == "local" {
                sources.is_local_believed = true;
            } else if let Ok(network) = word.parse().or(address) {
                sources.networks.push(network);
            } else if is_domain(word) {
                sources.domains.push(word.to_ascii_lowercase());
            } else {
                return Err(());
            }
        }
        Ok(sources)
    }
}

fn is_domain(word: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    word.contains('.')
        && word.split('.').all(is_label)
        && !word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

impl std::fmt::Display for FeedbackSources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let local = self.is_local_believed.then(|| "local".to_owned()).into_iter();
        let words: Vec<_> =
            local.chain(self.networks.iter().map(ToString::to_string)).chain(self.domains.iter().cloned()).collect();
        f.write_str(if words.is_empty() { "none".to_owned() } else { words.join(",") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_domains_are_told_apart() {
        let sources: FeedbackSources = "local, 192.0.2.0/24, 2001:db8::7, Feedback.Example.org".parse().unwrap();
        assert!(sources.is_local_believed);
        assert!(
            sources.has_network("192.0.2.9".parse().unwrap()) && sources.has_network("2001:db8::7".parse().unwrap())
        );
        assert!(!sources.has_network("198.51.100.9".parse().unwrap()));
        assert!(sources.has_domain("feedback.example.org") && sources.has_domain("eu.feedback.example.org"));
        assert!(!sources.has_domain("example.org") && !sources.has_domain("xfeedback.example.org"));
        assert_eq!(sources.to_string(), "local,192.0.2.0/24,2001:db8::7/128,feedback.example.org");
        assert_eq!("none".parse::<FeedbackSources>().unwrap().to_string(), "none");
        assert_eq!(FeedbackSources::default().to_string(), "local");
        for wrong in ["192.0.2.0/99", "example", "a b.example", "192.0.2", "local;none"] {
            assert!(wrong.parse::<FeedbackSources>().is_err(), "{wrong}");
        }
    }
}
