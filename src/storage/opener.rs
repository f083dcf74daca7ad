//! How the connections of the pools are opened.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// A connection in its pool.
pub(super) struct Kept {
    conn: Conn,
    /// When it last worked; nothing while nobody knows whether it does.
    worked_at: Option<Instant>,
}

/// One that worked so short a time ago is not asked whether it still does: that is a round trip for each use. Whoever meets
/// one that died meanwhile learns it from the first statement, as one does whose server dies in the middle.
const FRESH: Duration = Duration::from_millis(100);

impl Kept {
    /// Works with the connection, and notes whether it still does.
    pub(super) fn work<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.worked_at = None;
        let result = work(&mut self.conn);
        let is_doubtful = result.as_ref().is_err_and(StoreError::is_passing);
        self.worked_at = (!is_doubtful).then(Instant::now);
        result
    }
}

impl ManageConnection for Opener {
    type Connection = Kept;
    type Error = StoreError;

    fn connect(&self) -> Result<Kept, StoreError> {
        self.open().map(|conn| Kept { conn, worked_at: Some(Instant::now()) })
    }

    fn is_valid(&self, kept: &mut Kept) -> Result<(), StoreError> {
        if let Conn::Postgres(_) = kept.conn
            && kept.worked_at.is_none_or(|at| at.elapsed() > FRESH)
        {
            kept.conn.batch_execute("SELECT 1")?;
        }
        Ok(())
    }

    fn has_broken(&self, kept: &mut Kept) -> bool {
        use diesel::connection::TransactionManager;
        std::thread::panicking()
            || <Conn as diesel::Connection>::TransactionManager::is_broken_transaction_manager(&mut kept.conn)
    }
}

impl Opener {
    fn open(&self) -> Result<Conn, StoreError> {
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
