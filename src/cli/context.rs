//! What every command starts from: the settings, and the installation that they describe.

use std::path::PathBuf;

use super::log;
use super::stop::Stop;
use crate::app::App;
use crate::config::Settings;
use crate::storage::{DatabaseUrl, Shape, migrate, shape};

/// The command line's own part of the settings.
#[derive(Debug, Clone)]
pub struct Context {
    file: Option<PathBuf>,
}

impl Context {
    pub(super) const fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// The settings in force.
    ///
    /// # Errors
    /// [`Stop::BadUse`] with the key, the value and what is allowed.
    pub fn settings(&self) -> Result<Settings, Stop> {
        Ok(log::while_reading_settings(|| Settings::load(self.file.as_deref()))?)
    }

    /// The installation, with a log on standard error, whatever state its database is in.
    ///
    /// # Errors
    /// Bad settings; a data folder or secret file that can neither be read nor made.
    pub fn app(&self) -> Result<App, Stop> {
        let settings = self.settings()?;
        log::start_for_command(&settings);
        open(settings)
    }

    /// The installation with a database that is up to date: an embedded one is brought there.
    ///
    /// # Errors
    /// As [`Context::app`]; [`Stop::NotSo`] where the schema of a PostgreSQL database is behind.
    pub fn ready_app(&self) -> Result<App, Stop> {
        let app = self.app()?;
        match app.db.read_blocking(shape)? {
            Shape::Current => {}
            Shape::Behind(missing) => bring_up(&app, &missing)?,
        }
        Ok(app)
    }
}

/// Opens the installation that `settings` describe.
///
/// # Errors
/// [`Stop::NotSo`] when the data folder or the secret file can neither be read nor made.
pub fn open(settings: Settings) -> Result<App, Stop> {
    let place = settings.data_dir.display().to_string();
    App::open(settings).map_err(|error| Stop::NotSo(format!("data folder {place}: {error}")))
}

/// Migrates an embedded database; PostgreSQL waits for the operator, because other nodes may still run on it.
///
/// # Errors
/// [`Stop::NotSo`] on PostgreSQL; what the database says otherwise.
pub fn bring_up(app: &App, missing: &[String]) -> Result<(), Stop> {
    match app.settings.database {
        DatabaseUrl::Sqlite(_) => {
            let ran = app.db.read_blocking(migrate)?;
            tracing::info!(migrations = ran.len(), "the embedded database is up to date");
            Ok(())
        }
        DatabaseUrl::Postgres(_) => Err(Stop::NotSo(format!(
            "the schema is behind (missing: {}); run `estampille migrate` first",
            missing.join(", ")
        ))),
    }
}
