//! The log, on standard error: text for people, JSON for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::Layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Settings;

/// Runs `read` with warnings on standard error: the settings say how to log, but their own warnings come before.
pub(super) fn while_reading_settings<T>(read: impl FnOnce() -> T) -> T {
    let plain = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .finish();
    tracing::subscriber::with_default(plain, read)
}

/// The log of the service, as the settings say.
pub(super) fn start(settings: &Settings) {
    start_with(if settings.log == "info" { "info,actix_server=warn" } else { &settings.log }, settings.is_log_json);
}

/// The log of a short command: quiet unless the settings ask for more than the default.
pub(super) fn start_for_command(settings: &Settings) {
    start_with(if settings.log == "info" { "warn" } else { &settings.log }, settings.is_log_json);
}

fn start_with(filter: &str, is_json: bool) {
    // The settings refused a filter that cannot be read. The IMAP client would log passwords and mail at `trace`.
    let registry = tracing_subscriber::registry().with(EnvFilter::new(format!("{filter},async_imap=info")));
    let started = if is_json {
        registry.with(Layer::new().json().with_writer(std::io::stderr)).try_init()
    } else {
        registry.with(Layer::new().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr)).try_init()
    };
    // A second start in one process (a test) keeps the first log.
    drop(started);
}
