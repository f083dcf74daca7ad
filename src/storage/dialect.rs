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

/// What ends a query whose row nobody else may change before the transaction ends, but may still refer to. On SQLite a
/// write transaction is alone anyway.
#[must_use]
pub const fn hold_row(conn: &Conn) -> &'static str {
    match conn {
        Conn::Postgres(_) => " FOR NO KEY UPDATE",
        Conn::Sqlite(_) => "",
    }
}

/// What stands after the `@` of an address.
#[must_use]
pub fn after_at(conn: &Conn, column: &str) -> String {
    match conn {
        Conn::Postgres(_) => format!("split_part({column}, '@', 2)"),
        Conn::Sqlite(_) => format!("substr({column}, instr({column}, '@') + 1)"),
    }
}
