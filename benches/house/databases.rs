//! Fresh databases: an embedded one, and one on the server that `TEST_POSTGRES_URL` names, where it names one.

use diesel::RunQueryDsl as _;
use estampille::storage::Conn;

/// Runs the work on each, with its kind and its URL; they go away afterwards.
pub(crate) fn on_each(name: &str, work: impl Fn(&str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    work("sqlite", &format!("sqlite://{}", folder.path().join("estampille.db").display()));
    drop(folder);
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return };
    let (path, query) = server.split_once('?').unwrap_or((&server, ""));
    let name = format!("estampille_{name}_{}", std::process::id());
    let url = |database: &str| format!("{}/{database}?{query}", path.trim_end_matches('/'));
    let mut conn = Conn::open_postgres(&url("postgres")).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE template0")).execute(&mut conn).unwrap();
    work("postgres", &url(&name));
    diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut conn).unwrap();
}

/// A connection to one of them.
pub(crate) fn connect(url: &str) -> Conn {
    match url.strip_prefix("sqlite://") {
        Some(path) => Conn::open_sqlite(path).unwrap(),
        None => Conn::open_postgres(url).unwrap(),
    }
}
