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

/// The name by which a row is found at its place in the file, past every index.
#[must_use]
pub const fn row_place(conn: &Conn) -> &'static str {
    match conn {
        Conn::Postgres(_) => "ctid",
        Conn::Sqlite(_) => "rowid",
    }
}

/// Whether a transaction that writes has no other beside it, so that nothing it needs is held by another.
#[must_use]
pub const fn writes_alone(conn: &Conn) -> bool {
    matches!(conn, Conn::Sqlite(_))
}

/// What stands after the `@` of an address.
#[must_use]
pub fn after_at(conn: &Conn, column: &str) -> String {
    match conn {
        Conn::Postgres(_) => format!("split_part({column}, '@', 2)"),
        Conn::Sqlite(_) => format!("substr({column}, instr({column}, '@') + 1)"),
    }
}

/// The numbers that the next `$1` rows of a table with a counting `id` get, rising, for rows that must know their own
/// number. On PostgreSQL the numbers are used up by asking; on SQLite the transaction that writes is alone.
#[must_use]
pub fn next_ids(conn: &Conn, table: &str) -> String {
    match conn {
        Conn::Postgres(_) => {
            format!("SELECT nextval(pg_get_serial_sequence('{table}', 'id')) AS number FROM generate_series(1, $1)")
        }
        Conn::Sqlite(_) => format!(
            "WITH RECURSIVE each(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM each WHERE place < $1) \
             SELECT place + coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) AS number FROM each"
        ),
    }
}
