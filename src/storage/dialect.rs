//! The only SQL that differs between the two databases.

use super::Conn;

/// What ends a query whose rows are claimed: PostgreSQL skips what another node is claiming; SQLite has one writer.
#[must_use]
pub const fn skip_locked(conn: &Conn) -> &'static str {
    match conn {
        Conn::Postgres(_) => " FOR UPDATE SKIP LOCKED",
        Conn::Sqlite(_) => "",
    }
}
