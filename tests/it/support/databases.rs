//! The same story on both databases, each time on an empty, migrated database of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use estampille::storage::{Conn, DatabaseUrl, migrate};
use tempfile::TempDir;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// Runs `story` on SQLite, then on PostgreSQL; the failure says where.
pub(crate) fn on_both_databases<F: Future<Output = ()>>(story: impl Fn(DatabaseKind) -> F) {
    for kind in [DatabaseKind::Sqlite, DatabaseKind::Postgres] {
        on(kind, story(kind));
    }
}

/// Runs a story on a runtime of its own.
pub(crate) fn on(kind: DatabaseKind, story: impl Future<Output = ()>) {
    let _says_where = SaysWhere(kind);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(story);
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

/// Tells on which database a story failed.
struct SaysWhere(DatabaseKind);

impl Drop for SaysWhere {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("… this happened on {:?}", self.0);
        }
    }
}

/// An empty, migrated database that goes away with this value.
pub(crate) struct TestDatabase {
    url: DatabaseUrl,
    cleanup: Cleanup,
}

enum Cleanup {
    Folder(#[expect(dead_code, reason = "it is kept for its drop")] TempDir),
    Database(String),
    /// A database in a tablespace of its own; both have this name.
    Tablespace(String),
}

/// The variable that names a folder on a disk of a few megabytes.
pub(crate) const SMALL_DISK: &str = "TEST_SMALL_DISK";

impl TestDatabase {
    /// Makes one.
    pub(crate) fn new(kind: DatabaseKind) -> Self {
        match kind {
            DatabaseKind::Sqlite => {
                let folder = TempDir::new().unwrap();
                let file = folder.path().join("estampille.db");
                migrate(&mut Conn::open_sqlite(file.to_str().unwrap()).unwrap()).unwrap();
                Self { url: DatabaseUrl::Sqlite(file), cleanup: Cleanup::Folder(folder) }
            }
            DatabaseKind::Postgres => {
                let name = fresh_name();
                run_on_server(&format!("CREATE DATABASE {name} TEMPLATE {}", template()));
                Self { url: DatabaseUrl::Postgres(server_url(&name)), cleanup: Cleanup::Database(name) }
            }
        }
    }

    /// An empty PostgreSQL database without any table, or an SQLite file that is not there yet.
    pub(crate) fn unmigrated(kind: DatabaseKind) -> Self {
        match kind {
            DatabaseKind::Sqlite => {
                let folder = TempDir::new().unwrap();
                Self { url: DatabaseUrl::Sqlite(folder.path().join("empty.db")), cleanup: Cleanup::Folder(folder) }
            }
            DatabaseKind::Postgres => {
                let name = fresh_name();
                run_on_server(&format!("CREATE DATABASE {name} TEMPLATE template0"));
                Self { url: DatabaseUrl::Postgres(server_url(&name)), cleanup: Cleanup::Database(name) }
            }
        }
    }

    /// A migrated one in this folder of a small disk, so that the disk can be full.
    pub(crate) fn on_small_disk(kind: DatabaseKind, folder: &str) -> Self {
        match kind {
            DatabaseKind::Sqlite => {
                let folder = TempDir::new_in(folder).unwrap();
                let file = folder.path().join("estampille.db");
                migrate(&mut Conn::open_sqlite(file.to_str().unwrap()).unwrap()).unwrap();
                Self { url: DatabaseUrl::Sqlite(file), cleanup: Cleanup::Folder(folder) }
            }
            DatabaseKind::Postgres => {
                let name = fresh_name();
                run_on_server(&format!("CREATE TABLESPACE {name} LOCATION '{folder}/postgres'"));
                run_on_server(&format!("CREATE DATABASE {name} TEMPLATE {} TABLESPACE {name}", template()));
                Self { url: DatabaseUrl::Postgres(server_url(&name)), cleanup: Cleanup::Tablespace(name) }
            }
        }
    }

    /// As the variable `ESTAMPILLE_DATABASE_URL` takes it.
    pub(crate) fn setting(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    /// One connection to it.
    pub(crate) fn connect(&self) -> Conn {
        match &self.url {
            DatabaseUrl::Sqlite(path) => Conn::open_sqlite(path.to_str().unwrap()).unwrap(),
            DatabaseUrl::Postgres(url) => Conn::open_postgres(url).unwrap(),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.cleanup {
            // The folder removes itself.
            Cleanup::Folder(_) => {}
            Cleanup::Database(name) => drop_on_server(&format!("DATABASE IF EXISTS {name} WITH (FORCE)")),
            Cleanup::Tablespace(name) => {
                drop_on_server(&format!("DATABASE IF EXISTS {name} WITH (FORCE)"));
                drop_on_server(&format!("TABLESPACE {name}"));
            }
        }
    }
}

fn drop_on_server(what: &str) {
    let dropped = try_on_server(&format!("DROP {what}"));
    assert!(dropped.is_ok() || std::thread::panicking(), "{dropped:?}");
}

/// The migrated database that every other one of this run is copied from.
fn template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("estampille_template_{}", std::process::id());
        run_on_server(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        migrate(&mut Conn::open_postgres(&server_url(&name)).unwrap()).unwrap();
        name
    })
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("estampille_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn run_on_server(sql: &str) {
    try_on_server(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn try_on_server(sql: &str) -> Result<(), String> {
    let mut server = PgConnection::establish(&server_url("postgres")).map_err(|error| error.to_string())?;
    server.batch_execute(sql).map_err(|error| error.to_string())
}

/// The throw-away server's URL for one of its databases.
fn server_url(database: &str) -> String {
    let server = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names no PostgreSQL server: run ./test.sh, which starts one");
    let (path, query) = server.split_once('?').unwrap_or((&server, ""));
    format!("{}/{database}?{query}", path.trim_end_matches('/'))
}
