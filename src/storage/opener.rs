//! How the connections of the pools are opened.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::ManageConnection;

use super::{Conn, DatabaseUrl, StoreError};

/// Opens connections; the variant comes from the scheme, because SQLite would take any text for a file name.
#[derive(Clone)]
pub(super) struct Opener {
    url: Arc<DatabaseUrl>,
    /// Whether nothing is written through its connections.
    only_reads: bool,
}

impl Opener {
    pub(super) fn new(url: &DatabaseUrl, only_reads: bool) -> Self {
        Self { url: Arc::new(url.clone()), only_reads }
    }
}

/// A reader of SQLite drops its pages whenever somebody wrote, so that many of them are memory for nothing.
const READER_PAGES: &str = "PRAGMA cache_size = -1024";

impl ManageConnection for Opener {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        match &*self.url {
            DatabaseUrl::Sqlite(path) => {
                make_private(path)?;
                let mut conn = Conn::open_sqlite(&path.to_string_lossy())?;
                if self.only_reads {
                    conn.batch_execute(READER_PAGES)?;
                }
                Ok(conn)
            }
            DatabaseUrl::Postgres(url) => Conn::open_postgres(url),
        }
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(_) => Ok(diesel::sql_query("SELECT 1").execute(conn).map(drop)?),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::connection::TransactionManager;
        std::thread::panicking()
            || <Conn as diesel::Connection>::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// A new database file is the owner's alone; SQLite gives its journals the same mode.
///
/// A file that is there is never opened here: closing it again would drop every lock that SQLite holds on it in this
/// process (`fcntl(2)`), and the next command to end beside us would take the write-ahead log for its own and delete it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::Unavailable(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// The callers report a lost database once; the pool's own retries would repeat it.
#[derive(Debug)]
pub(super) struct Quiet;

impl diesel::r2d2::HandleError<StoreError> for Quiet {
    fn handle_error(&self, error: StoreError) {
        tracing::debug!(%error, "no new database connection");
    }
}
