//! A database for unit tests; the stories of `tests/it` run on both kinds.

use diesel::connection::SimpleConnection;

use super::{Conn, StoreError, migrate};

/// An embedded database in memory, up to date and empty.
pub(crate) fn empty_database() -> Conn {
    let mut conn = Conn::open_sqlite(":memory:").expect("SQLite opens in memory");
    migrate(&mut conn).expect("the migrations run");
    conn
}

/// Runs SQL that a story needs and no use case writes.
pub(crate) fn run(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
    Ok(conn.batch_execute(sql)?)
}
