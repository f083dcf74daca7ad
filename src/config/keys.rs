//! Every setting on one page: its name, its default, how it is read and how it is shown.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::TimeDelta;
use url::Url;

use super::hooks;
use super::values::Values;
use super::{ConfigError, FeedbackSources, InboundListen, KeptNetworks, RelayUrl, RetrySettings, Settings};
use crate::clock::{format_duration, parse_duration};
use crate::mail::address::ascii_domain;
use crate::mail::direct::DirectSettings;
use crate::storage::DatabaseUrl;

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its name in `estampille.toml`.
    pub name: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// How the value in force is shown, secrets masked.
    pub show: fn(&Settings) -> String,
}

impl Key {
    /// Its name as an environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("ESTAMPILLE_{}", self.name.to_uppercase())
    }
}

macro_rules! keys {
    ($($name:literal, $meaning:literal, $show:expr;)+) => {
        &[$(Key { name: $name, meaning: $meaning, show: $show }),+]
    };
}

/// Every setting, in the order of the documentation.
pub const KEYS: &[Key] = keys![
    "data_dir", "where the embedded database, keys and tray live", |s| s.data_dir.display().to_string();
    "database_url", "sqlite://FILE or postgres://…", |s| format!("{:?}", s.database);
    "listen", "web listener", |s| s.listen.to_string();
    "base_url", "what links in mail start with", |s| s.base_url.as_str().trim_end_matches('/').to_owned();
    "secret_file", "installation key, made at first start; further lines are older keys", |s| s.secret_file.display().to_string();
    "relay_url", "smtp://…, smtps://…, direct: (?source=ADDRESS&helo=NAME&pool=NAME …) or tray:", |s| format!("{:?}", s.relay);
    "relay_connections", "most simultaneous connections to the relay", |s| s.relay_connections.to_string();
    "relay_timeout", "longest wait for one answer of the relay", |s| format_duration(s.relay_timeout);
    "relay_signs", "yes when the relay signs with DKIM: then a sending domain may leave that to it", |s| if s.relay_signs { "yes" } else { "no" }.to_owned();
    "stop_timeout", "how long SMTP transactions under way have to end after SIGTERM", |s| format_duration(s.stop_timeout);
    "retry_first", "first wait after a 4xx", |s| format_duration(s.retry.first);
    "retry_longest", "longest wait after a 4xx", |s| format_duration(s.retry.longest);
    "retry_for", "how long a delivery is tried in all", |s| format_duration(s.retry.give_up_after);
    "inbound_listen", "SMTP listener for bounces and complaints; LMTP when lmtp://", show_inbound;
    "mailbox_url", "mailboxes emptied of their reports: imaps://USER:PASSWORD@HOST/FOLDER, pop3s://…", |s| s.mailboxes.iter().map(|url| format!("{url:?}")).collect::<Vec<_>>().join(" ");
    "hook_ses", "SNS topics of Amazon SES whose notifications are taken at /hooks/ses", |s| s.hooks.ses.join(",");
    "hook_postmark", "USER:PASSWORD in the URL that Postmark calls, /hooks/postmark", |s| masked(s.hooks.postmark.as_ref());
    "hook_mailgun", "Mailgun's webhook signing key, for /hooks/mailgun", |s| masked(s.hooks.mailgun.as_ref());
    "hook_sendgrid", "SendGrid's verification key, for /hooks/sendgrid", |s| s.hooks.sendgrid.as_ref().map(|key| data_encoding::BASE64.encode(key)).unwrap_or_default();
    "hook_brevo", "bearer token, or USER:PASSWORD in the URL, of Brevo's calls to /hooks/brevo", |s| masked(s.hooks.brevo.as_ref());
    "feedback_sources", "whose complaints are believed without a signature of their From domain: networks, signing domains, local, none", |s| s.feedback_sources.to_string();
    "mail_domain", "domain of return paths, complaint and unsubscribe addresses", |s| s.mail_domain.clone();
    "unverified_domains", "refuse or allow a From address whose domain is not verified", |s| if s.allows_unverified_domains { "allow" } else { "refuse" }.to_owned();
    "trusted_proxies", "networks whose forwarding headers are believed", |s| s.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    "consent_networks", "how much of a reader's network address is kept as proof: full, truncated (/24, /48) or none", |s| s.consent_networks.to_string();
    "dns_server", "resolver to ask; the system's when empty", |s| s.dns_server.map(|server| server.to_string()).unwrap_or_default();
    "log", "tracing filter", |s| s.log.clone();
    "log_format", "text or json", |s| if s.is_log_json { "json" } else { "text" }.to_owned();
];

fn show_inbound(settings: &Settings) -> String {
    settings.inbound.map_or_else(
        || "off".to_owned(),
        |inbound| format!("{}://{}", if inbound.is_lmtp { "lmtp" } else { "smtp" }, inbound.address),
    )
}

fn masked(secret: Option<&String>) -> String {
    secret.map(|_| "***".to_owned()).unwrap_or_default()
}

/// Reads all settings; the first bad one is the error.
pub(super) fn read(values: &BTreeMap<String, String>) -> Result<Settings, ConfigError> {
    let values = Values(values);
    let data_dir = values.read("data_dir", || PathBuf::from("./data"), |text| Some(text.into()), "needs a folder")?;
    let base_url = values.read("base_url", default_base_url, web_url, "needs an http:// or https:// address")?;
    let host = base_url.host_str().unwrap_or("localhost").to_owned();
    let relay = values.read("relay_url", || RelayUrl::Tray, relay_url, RELAY_ALLOWED)?;
    Ok(Settings {
        database: database(&values, &data_dir)?,
        listen: values.read("listen", default_listen, parsed, LISTEN_ALLOWED)?,
        secret_file: secret_file(&values, &data_dir)?,
        relay_connections: values.read("relay_connections", || 10, relay_connections, CONNECTIONS_ALLOWED)?,
        relay_timeout: values.duration("relay_timeout", TimeDelta::minutes(10))?,
        relay_signs: values.is_first("relay_signs", ["yes", "no"])? && !matches!(relay, RelayUrl::Direct(_)),
        stop_timeout: values.duration("stop_timeout", TimeDelta::minutes(1))?,
        relay,
        retry: retry(&values)?,
        inbound: values.read("inbound_listen", || None, inbound, INBOUND_ALLOWED)?,
        mailboxes: values.hidden("mailbox_url", hooks::mailboxes, hooks::MAILBOX_ALLOWED)?,
        hooks: hooks::read(&values)?,
        feedback_sources: values.read("feedback_sources", FeedbackSources::default, parsed, SOURCES_ALLOWED)?,
        mail_domain: values.read("mail_domain", || host, mail_domain, "needs a domain such as lists.example.org")?,
        allows_unverified_domains: values.is_first("unverified_domains", ["allow", "refuse"])?,
        trusted_proxies: values.read("trusted_proxies", Vec::new, networks, PROXIES_ALLOWED)?,
        consent_networks: values.read("consent_networks", || KeptNetworks::Full, parsed, NETWORKS_ALLOWED)?,
        dns_server: values.read("dns_server", || None, |text| dns_server(text).map(Some), DNS_ALLOWED)?,
        log: values.read("log", || "info".to_owned(), log_filter, LOG_ALLOWED)?,
        is_log_json: values.is_first("log_format", ["json", "text"])?,
        data_dir,
        base_url,
    })
}

const LISTEN_ALLOWED: &str = "needs ADDRESS:PORT such as 127.0.0.1:8080";
const RELAY_ALLOWED: &str = "needs smtp://HOST:PORT, smtps://HOST:PORT, direct: or tray:; after direct: may stand ?source=ADDRESS[,ADDRESS]&helo=NAME&pool=NAME once for each source, and port=, policy_port=, roots=FILE";
const CONNECTIONS_ALLOWED: &str = "needs a number from 1 to 1000";
const INBOUND_ALLOWED: &str = "needs ADDRESS:PORT, smtp://ADDRESS:PORT, lmtp://ADDRESS:PORT or off";
const SOURCES_ALLOWED: &str = "needs networks and domains separated by commas, local, or none";
const NETWORKS_ALLOWED: &str = "needs full, truncated or none";
const DNS_ALLOWED: &str = "needs ADDRESS or ADDRESS:PORT";
const LOG_ALLOWED: &str = "needs a tracing filter such as info or estampille=debug,info";
const PROXIES_ALLOWED: &str = "needs networks separated by commas, such as 10.0.0.0/8,::1";

fn database(values: &Values<'_>, data_dir: &Path) -> Result<DatabaseUrl, ConfigError> {
    values.read(
        "database_url",
        || DatabaseUrl::Sqlite(data_dir.join("estampille.db")),
        parsed,
        "needs sqlite://FILE or postgres://…",
    )
}

fn secret_file(values: &Values<'_>, data_dir: &Path) -> Result<PathBuf, ConfigError> {
    values.read("secret_file", || data_dir.join("secret"), |text| Some(text.into()), "needs a file")
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn relay_connections(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| (1..=1000).contains(count))
}

fn retry(values: &Values<'_>) -> Result<RetrySettings, ConfigError> {
    const LONGEST_ALLOWED: &str = "needs an ISO 8601 duration that is not below ESTAMPILLE_RETRY_FIRST";
    let first = values.duration("retry_first", TimeDelta::minutes(20))?;
    let at_least = |text: &str| parse_duration(text).ok().filter(|length| *length >= first);
    Ok(RetrySettings {
        first,
        longest: values.read("retry_longest", || first.max(TimeDelta::hours(4)), at_least, LONGEST_ALLOWED)?,
        give_up_after: values.duration("retry_for", TimeDelta::days(4))?,
    })
}

fn default_base_url() -> Url {
    #[expect(clippy::expect_used, reason = "the text is written here and parsed by a test")]
    Url::parse("http://localhost:8080").expect("a valid address")
}

fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.query().is_none()).then_some(url)
}

fn relay_url(text: &str) -> Option<RelayUrl> {
    match text {
        "tray:" => return Some(RelayUrl::Tray),
        direct if direct.starts_with("direct:") => return DirectSettings::read(direct).map(RelayUrl::Direct),
        _ => {}
    }
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some()).then_some(RelayUrl::Smtp(url))
}

fn log_filter(text: &str) -> Option<String> {
    tracing_subscriber::EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
}

fn inbound(text: &str) -> Option<Option<InboundListen>> {
    if text == "off" { Some(None) } else { inbound_listen(text).map(Some) }
}

fn inbound_listen(text: &str) -> Option<InboundListen> {
    let (address, is_lmtp) = match text.split_once("://") {
        Some(("lmtp", rest)) => (rest, true),
        Some(("smtp", rest)) => (rest, false),
        Some(_) => return None,
        None => (text, false),
    };
    Some(InboundListen { address: address.parse().ok()?, is_lmtp })
}

/// A name on the internet, or `localhost` for trying things out.
fn mail_domain(text: &str) -> Option<String> {
    if text == "localhost" { Some(text.to_owned()) } else { ascii_domain(text) }
}

fn networks(text: &str) -> Option<Vec<ipnet::IpNet>> {
    let network = |item: &str| item.parse().ok().or_else(|| item.parse::<std::net::IpAddr>().ok().map(Into::into));
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(network).collect()
}

fn dns_server(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address| SocketAddr::new(address, 53)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Result<Settings, ConfigError> {
        read(&BTreeMap::from([(format!("ESTAMPILLE_{name}"), value.to_owned())]))
    }

    #[test]
    fn without_any_value_the_documented_defaults_hold() {
        let settings = read(&BTreeMap::new()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.link("/confirm/x"), "http://localhost:8080/confirm/x");
        assert_eq!(settings.mail_domain, "localhost");
        assert_eq!(settings.relay, RelayUrl::Tray);
        assert_eq!(settings.embedded_file(), Some(std::path::Path::new("./data/estampille.db")));
    }

    #[test]
    fn a_bad_value_names_the_key_the_value_and_what_is_allowed() {
        let text = one("RELAY_CONNECTIONS", "many").unwrap_err().to_string();
        assert_eq!(text, "ESTAMPILLE_RELAY_CONNECTIONS = `many`: needs a number from 1 to 1000");
        for (name, value) in [
            ("LISTEN", "here"),
            ("BASE_URL", "ftp://x"),
            ("RELAY_URL", "relay.example.org"),
            ("RELAY_URL", "direct:?source=mta1.example.org"),
            ("RELAY_SIGNS", "maybe"),
            ("STOP_TIMEOUT", "60"),
            ("RETRY_FIRST", "20"),
            ("RETRY_LONGEST", "PT1M"),
            ("LOG", "[[["),
            ("INBOUND_LISTEN", "http://127.0.0.1:25"),
            ("MAIL_DOMAIN", "a b"),
            ("UNVERIFIED_DOMAINS", "maybe"),
            ("TRUSTED_PROXIES", "10.0.0.0/99"),
            ("CONSENT_NETWORKS", "some"),
            ("DNS_SERVER", "dns"),
            ("DATABASE_URL", "estampille.db"),
        ] {
            assert!(one(name, value).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn a_relay_signs_where_it_is_said_and_where_there_is_one() {
        let signs = |relay: &str, signs: &str| {
            let values = [("RELAY_URL", relay), ("RELAY_SIGNS", signs)];
            let values = values.map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned()));
            read(&BTreeMap::from(values)).unwrap().relay_signs
        };
        assert!(signs("smtp://relay.example.org", "yes"));
        assert!(!signs("smtp://relay.example.org", "no"));
        assert!(!signs("direct:", "yes"));
    }

    #[test]
    fn what_is_printed_for_no_listener_can_be_given_back() {
        assert_eq!(one("INBOUND_LISTEN", "off").unwrap().inbound, None);
    }

    #[test]
    fn no_password_is_shown() {
        assert!(!one("RELAY_URL", "smtp://user:hunter2@x:99999").unwrap_err().to_string().contains("hunter2"));
        let settings = one("RELAY_URL", "smtp://user:hunter2@relay.example.org:587?tls=required").unwrap();
        let shown = format!("{:?}", settings.describe()) + &format!("{settings:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        let settings = one("DATABASE_URL", "postgres://user:hunter2@db/estampille").unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(!one("LISTEN", "http://user:hunter2@x").unwrap_err().to_string().contains("hunter2"));
        assert!(!one("HOOK_MAILGUN", "hunter2").unwrap_err().to_string().contains("hunter2"));
        assert!(!one("MAILBOX_URL", "imaps://u:hunter2@").unwrap_err().to_string().contains("hunter2"));
        for (name, value) in [
            ("HOOK_POSTMARK", "postmark:hunter2-hunter2"),
            ("HOOK_MAILGUN", "hunter2-hunter2-hunter2"),
            ("HOOK_BREVO", "hunter2-hunter2-hunter2"),
            ("MAILBOX_URL", "imaps://u:hunter2@mail.example pop3s://v:hunter2@mail.example"),
        ] {
            let settings = one(name, value).unwrap();
            let shown = format!("{:?}{settings:?}", settings.describe());
            assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
        }
    }
}
