//! A database for unit tests; the stories of `tests/it` run on both kinds.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

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

/// How SQLite would carry a statement out, step by step.
pub(crate) fn steps(conn: &mut Conn, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let steps: Vec<Step> =
        diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(conn).expect("a statement is planned");
    steps.into_iter().map(|step| step.detail).collect()
}
