//! Who receives: each provider with its receiving domains, its mail exchangers, what it takes at once, and what its
//! answers mean. Data (`providers.toml`), compiled in; a provider is a lane. Pure.

mod replies;

use std::sync::LazyLock;

use serde::Deserialize;

use replies::ReplyRule;
pub use replies::{Concerns, Heard, Step};

/// The lane of every receiving domain that belongs to no known provider.
pub const OTHER: &str = "other";

/// Who receives, as its row in the table says.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name of its lane.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Where the row was learnt.
    pub source: String,
    /// When that was looked at (`YYYY-MM-DD`).
    pub as_of: String,
    /// Receiving domains that belong to it, whatever their MX says.
    pub domains: Vec<String>,
    /// Ends of the names of its mail exchangers.
    pub mx: Vec<String>,
    connections: u32,
    messages: u32,
    #[serde(default)]
    demands_tls: bool,
    hourly_new: Option<i64>,
    hourly_known: Option<i64>,
    #[serde(default)]
    replies: Vec<ReplyRule>,
}

/// What a lane takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// Connections at the same time from one of our source addresses; one at least.
    pub connections: u32,
    /// Messages over one connection; one at least.
    pub messages: u32,
    /// Deliveries an hour from the whole installation; none for no ceiling.
    pub hourly: Option<i64>,
}

#[derive(Deserialize)]
struct Table {
    provider: Vec<Provider>,
}

/// The table is compiled in and tested; were it unreadable, everything would be one lane without a ceiling.
static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("providers.toml")).map(|table| table.provider).unwrap_or_default()
});

/// Every provider, `other` last.
#[must_use]
pub fn all() -> &'static [Provider] {
    &PROVIDERS
}

impl Provider {
    /// The provider of this lane; none for a name that is no lane.
    #[must_use]
    pub fn by_name(lane: &str) -> Option<&'static Self> {
        all().iter().find(|provider| provider.name == lane)
    }

    /// The provider to which a receiving domain (lower-case A-labels) is known to belong.
    #[must_use]
    pub fn of_domain(domain: &str) -> Option<&'static Self> {
        all().iter().find(|provider| provider.domains.iter().any(|own| own == domain))
    }

    /// The provider that runs a mail exchanger; its name in lower case, without the trailing dot.
    ///
    /// The longest end that fits wins: `olc.protection.outlook.com` goes before `protection.outlook.com`.
    #[must_use]
    pub fn of_mx(host: &str) -> Option<&'static Self> {
        let fits = |end: &&String| {
            host.strip_suffix(end.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let longest = |provider: &'static Self| {
            provider.mx.iter().filter(fits).map(String::len).max().map(|length| (length, provider))
        };
        all().iter().filter_map(longest).max_by_key(|(length, _)| *length).map(|(_, provider)| provider)
    }

    /// What it takes at most, from a new sender or from one that it knows.
    #[must_use]
    pub fn ceilings(&self, is_new: bool) -> Ceilings {
        let hourly = if is_new { self.hourly_new } else { self.hourly_known };
        Ceilings { connections: self.connections, messages: self.messages, hourly }
    }

    /// Whether it takes mail over TLS only (AUT-04).
    #[must_use]
    pub const fn demands_tls(&self) -> bool {
        self.demands_tls
    }

    /// What follows for its lane from a reply (`421 4.7.28 …`), and for whom.
    ///
    /// The provider's own texts first; where none of them fits, what the reply was taken for. The lane of all others is
    /// never slowed: it is many servers.
    #[must_use]
    pub fn step(&self, reply: &str, heard: Heard) -> (Step, Concerns) {
        if self.name == OTHER {
            return (Step::Nothing, Concerns::Everybody);
        }
        replies::find(&self.replies, reply).unwrap_or_else(|| heard.step())
    }

    /// Whether one of its own texts is in a reply. With code 421 that tells a full provider from a relay that shuts down.
    #[must_use]
    pub fn knows(&self, reply: &str) -> bool {
        replies::find(&self.replies, reply).is_some()
    }
}

#[cfg(test)]
mod tests;
