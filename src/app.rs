//! What every part of the running program shares.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Settings;
use crate::keyring::Keyring;
use crate::mail::reach::Reach;
use crate::mail::relay_state::RelayState;
use crate::storage::Db;

/// The running installation, as pages, workers and commands see it.
#[derive(Clone)]
pub struct App {
    /// What the operator set.
    pub settings: Arc<Settings>,
    /// The database.
    pub db: Db,
    /// The keys that sign and derive.
    pub keys: Keyring,
    /// What time it is.
    pub clock: Clock,
    /// The relay as the workers of this process know it.
    pub relay: RelayState,
    /// Which receiving domains take mail, as far as it was asked.
    pub reach: Reach,
    /// Whether this is `estampille demo`, where the tray is open to everybody.
    pub is_demo: bool,
}

impl App {
    /// Makes what a command needs: the data folder, the keys, the pools. Connects to nothing yet.
    ///
    /// # Errors
    /// When the data folder or the secret file can neither be read nor made.
    pub fn open(settings: Settings) -> std::io::Result<Self> {
        // Addresses, keys and mail lie there: nobody else on the machine reads them.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&settings.data_dir)?;
        let keys = Keyring::load(&settings.secret_file)?;
        let db = Db::new(&settings.database);
        let reach = Reach::new(settings.dns_server);
        Ok(Self {
            settings: Arc::new(settings),
            db,
            keys,
            clock: Clock::System,
            relay: RelayState::default(),
            reach,
            is_demo: false,
        })
    }
}
