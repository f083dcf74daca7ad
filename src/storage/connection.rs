//! One connection, to either database, and what is set on it before its first use.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;

use super::StoreError;

/// A connection to the database of the installation.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// A PostgreSQL server.
    Postgres(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// A writer waits this long for another one: longer than any chunk of a long write takes.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA cache_size = -8192; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

/// What libpq does where the URL does not say otherwise: a server that does not greet, or vanished with its machine, is
/// noticed within half a minute, so that nothing waits for it in vain.
const POSTGRES_PATIENCE: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "25000"),
];

/// PostgreSQL ends what holds a lock for longer than this, so that nothing waits for a dead peer.
pub(super) const POSTGRES_SETTINGS: &str = "SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = '60s'; \
     SET lock_timeout = '15s'; SET TIME ZONE 'UTC';";

impl Conn {
    /// Opens the embedded database file, made when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened or made.
    pub fn open_sqlite(path: &str) -> Result<Self, StoreError> {
        let mut conn = SqliteConnection::establish(path).map_err(unavailable)?;
        conn.batch_execute(SQLITE_SETTINGS)?;
        Ok(Self::Sqlite(conn))
    }

    /// Connects to a PostgreSQL server.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer or refuses.
    pub fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let mut conn = PgConnection::establish(&patient(url)).map_err(unavailable)?;
        conn.batch_execute(POSTGRES_SETTINGS)?;
        Ok(Self::Postgres(conn))
    }

    /// Runs `work` in one transaction that holds the right to write from its start.
    ///
    /// A deferred transaction of SQLite that reads first and writes later fails at once beside another writer, whatever
    /// the busy timeout says; `BEGIN IMMEDIATE` waits.
    ///
    /// # Errors
    /// What `work` returns, after a roll-back; or that the transaction could not begin or commit.
    pub fn in_write<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        type Transactions = <Conn as Connection>::TransactionManager;
        match self {
            Self::Postgres(_) => Transactions::begin_transaction(self)?,
            Self::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        }
        match work(self) {
            Ok(value) => {
                Transactions::commit_transaction(self).map_err(|error| self.uncommitted(error))?;
                Ok(value)
            }
            Err(error) => {
                if let Err(trouble) = Transactions::rollback_transaction(self) {
                    tracing::debug!(%trouble, "a transaction that failed could not be rolled back");
                }
                Err(error)
            }
        }
    }

    /// What a failed commit says. SQLite answers for itself; a PostgreSQL server that is gone may have carried it out.
    fn uncommitted(&self, error: diesel::result::Error) -> StoreError {
        match (self, StoreError::from(error)) {
            (Self::Postgres(_), StoreError::Unavailable(trouble)) => StoreError::Uncertain(trouble),
            (_, error) => error,
        }
    }
}

/// The URL with [`POSTGRES_PATIENCE`] where it says nothing of it.
fn patient(url: &str) -> String {
    let mut patient = url.to_owned();
    for (name, value) in POSTGRES_PATIENCE {
        if !url.contains(&format!("{name}=")) {
            patient.push(if patient.contains('?') { '&' } else { '?' });
            patient.push_str(&format!("{name}={value}"));
        }
    }
    patient
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unavailable(error: ConnectionError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::patient;

    #[test]
    fn a_url_keeps_what_it_says_of_patience_and_gets_the_rest() {
        assert_eq!(
            patient("postgres://u@db/estampille?connect_timeout=2"),
            "postgres://u@db/estampille?connect_timeout=2&keepalives_idle=10&keepalives_interval=5&keepalives_count=3\
             &tcp_user_timeout=25000"
        );
        assert!(patient("postgres:///estampille").starts_with("postgres:///estampille?connect_timeout=5&"));
    }
}
