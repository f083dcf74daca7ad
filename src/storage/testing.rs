//! A database for unit tests; the stories of `tests/it` run on both kinds.

use super::{Conn, migrate};

/// An embedded database in memory, up to date and empty.
pub(crate) fn empty_database() -> Conn {
    let mut conn = Conn::open_sqlite(":memory:").expect("SQLite opens in memory");
    migrate(&mut conn).expect("the migrations run");
    conn
}
