//! The settings: defaults, then `estampille.toml`, then the environment, which wins.
//!
//! A value that cannot be used stops the start with the key, the value and what is allowed.

mod environment;
mod feedback_sources;
mod hooks;
mod keys;
mod networks;
mod relay_url;
mod values;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use ipnet::IpNet;
use url::Url;

use crate::storage::DatabaseUrl;
pub use feedback_sources::FeedbackSources;
pub use hooks::{HookSettings, MailboxProtocol, MailboxUrl};
pub use keys::KEYS;
pub use networks::KeptNetworks;
pub use relay_url::RelayUrl;

/// Everything an operator can set; see `estampille config`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the embedded database, the keys and the tray live.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseUrl,
    /// Where the web listens.
    pub listen: SocketAddr,
    /// What links in mail start with; without a trailing slash.
    pub base_url: Url,
    /// The file of the installation's keys.
    pub secret_file: PathBuf,
    /// Where mail goes.
    pub relay: RelayUrl,
    /// Most simultaneous connections to the relay.
    pub relay_connections: usize,
    /// The longest wait for one answer of the relay.
    pub relay_timeout: TimeDelta,
    /// Whether the relay signs with DKIM for the domains that leave it to the relay.
    pub relay_signs: bool,
    /// How long transactions under way have to end after SIGTERM.
    pub stop_timeout: TimeDelta,
    /// How a delivery that got a 4xx is tried again.
    pub retry: RetrySettings,
    /// Where reports come in; nowhere when absent.
    pub inbound: Option<InboundListen>,
    /// Mailboxes that are emptied of their reports.
    pub mailboxes: Vec<MailboxUrl>,
    /// Whose webhooks are believed.
    pub hooks: HookSettings,
    /// Whose complaints are believed without a signature of their own.
    pub feedback_sources: FeedbackSources,
    /// The domain of return paths, complaint and unsubscribe addresses.
    pub mail_domain: String,
    /// Whether a From address may be used whose domain is not verified by DNS.
    pub allows_unverified_domains: bool,
    /// Networks whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How much of a reader's network address is kept as proof of consent.
    pub consent_networks: KeptNetworks,
    /// The resolver to ask; the system's when absent.
    pub dns_server: Option<SocketAddr>,
    /// A `tracing` filter.
    pub log: String,
    /// Whether the log is JSON, for machines.
    pub is_log_json: bool,
}

/// RFC 5321, section 4.5.4.1: how long to wait after a 4xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// The first wait; it doubles.
    pub first: TimeDelta,
    /// The longest wait.
    pub longest: TimeDelta,
    /// How long in all, from the first attempt.
    pub give_up_after: TimeDelta,
}

/// Where reports come in, and in which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboundListen {
    /// The address to listen on.
    pub address: SocketAddr,
    /// LMTP (RFC 2033) instead of SMTP.
    pub is_lmtp: bool,
}

/// A setting that stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The value cannot be used.
    #[error("{key} = `{value}`: {allowed}")]
    BadValue {
        /// The key as an environment variable.
        key: String,
        /// What was given; masked where it may hold a secret.
        value: String,
        /// What would be allowed.
        allowed: String,
    },
    /// There is no such key.
    #[error("there is no setting `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        /// What was given.
        key: String,
        /// The known key that looks most like it.
        nearest: String,
    },
    /// The file cannot be read.
    #[error("{path}: {trouble}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        trouble: String,
    },
}

impl Settings {
    /// Reads the settings of this process. `file` must exist when it is named; `estampille.toml` may be missing.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    #[expect(clippy::disallowed_methods, reason = "this is the edge where the environment comes in")]
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut values = match file {
            Some(path) => read_file(path)?,
            None if Path::new("estampille.toml").exists() => read_file(Path::new("estampille.toml"))?,
            None => BTreeMap::new(),
        };
        environment::take(&mut values, std::env::vars())?;
        Self::from_values(&values)
    }

    /// Settings from values by variable name; what is missing takes its default.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        keys::read(values)
    }

    /// `key = "value"` for every setting in force, secrets masked, in the order of the documentation.
    #[must_use]
    pub fn describe(&self) -> Vec<(String, String)> {
        KEYS.iter().map(|key| (key.name.to_owned(), (key.show)(self))).collect()
    }

    /// An address on this installation, `path` starting with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }

    /// Whether `peer` is a proxy whose forwarding headers are believed.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&peer))
    }

    /// The file of the embedded database, when that is the one in use.
    #[must_use]
    pub fn embedded_file(&self) -> Option<&Path> {
        match &self.database {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let trouble = |text: String| ConfigError::File { path: path.display().to_string(), trouble: text };
    let text = std::fs::read_to_string(path).map_err(|error| trouble(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| trouble(error.to_string()))?;
    table.iter().map(|(name, value)| file_entry(name, value)).collect()
}

fn file_entry(name: &str, value: &toml::Value) -> Result<(String, String), ConfigError> {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let nearest = nearest(&format!("ESTAMPILLE_{}", name.to_uppercase()));
        return Err(ConfigError::UnknownKey {
            key: name.to_owned(),
            nearest: nearest.trim_start_matches("ESTAMPILLE_").to_lowercase(),
        });
    };
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    Ok((key.variable(), text))
}

fn nearest(name: &str) -> String {
    KEYS.iter().map(keys::Key::variable).min_by_key(|known| distance(known, name)).unwrap_or_default()
}

/// How many letters must be changed, added or dropped to turn one name into the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, from) in left.bytes().enumerate() {
        let mut next = vec![at + 1];
        for (here, (to, (above, diagonal))) in right.bytes().zip(row.iter().skip(1).zip(row.iter())).enumerate() {
            let before = next.get(here).copied().unwrap_or(usize::MAX - 1);
            next.push((above + 1).min(before + 1).min(diagonal + usize::from(from != to)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// A URL without its password.
fn masked_url(url: &Url) -> String {
    let mut shown = url.clone();
    if shown.password().is_some() && shown.set_password(Some("***")).is_err() {
        return format!("{}://***", url.scheme());
    }
    shown.to_string()
}
