//! The shape of a live database, in the words of `schema.rs`.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use estampille::storage::Conn;

use super::written::Tables;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    may_be_null: bool,
}

/// Every column of our tables, in order. `INTEGER PRIMARY KEY` of SQLite is its 64-bit row id, but for the one row of
/// `installation`.
pub(super) fn tables(conn: &mut Conn) -> Tables {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name AS place, c.name AS name,
               CASE WHEN c.type = 'INTEGER' AND c.pk = 1 AND t.sql LIKE '%AUTOINCREMENT%' THEN 'BIGINT' ELSE c.type END AS kind,
               c.\"notnull\" = 0 AND c.pk = 0 AS may_be_null
             FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             ORDER BY t.name, c.cid"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text AS place, column_name::text AS name, data_type::text AS kind,
               is_nullable = 'YES' AS may_be_null
             FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
             ORDER BY table_name, ordinal_position"
        }
    };
    let mut tables = Tables::new();
    let columns: Vec<Column> = diesel::sql_query(sql).load(conn).unwrap();
    let public_ids = written_public_ids();
    for column in columns {
        let is_public_id = public_ids.contains(&(column.place.clone(), column.name.clone()));
        let kind = kind_of(&column.kind, is_public_id);
        let kind = if column.may_be_null { format!("Nullable<{kind}>") } else { kind.to_owned() };
        tables.entry(column.place).or_default().push((column.name, kind));
    }
    tables
}

/// SQLite keeps ids and other bytes in the same type; which is which stands only in `schema.rs`.
fn written_public_ids() -> BTreeSet<(String, String)> {
    let mut ids = BTreeSet::new();
    for (table, columns) in super::written::tables() {
        let of_table = columns.into_iter().filter(|(_, kind)| kind.contains("PublicId"));
        ids.extend(of_table.map(|(column, _)| (table.clone(), column)));
    }
    ids
}

fn kind_of(live: &str, is_public_id: bool) -> &'static str {
    match live {
        "uuid" => "PublicId",
        "BLOB" if is_public_id => "PublicId",
        "BLOB" | "bytea" => "Binary",
        "BIGINT" | "bigint" => "BigInt",
        "INTEGER" | "integer" => "Integer",
        "TEXT" | "text" => "Text",
        "BOOLEAN" | "boolean" => "Bool",
        other => panic!("no column should be {other}"),
    }
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Text)]
    columns: String,
}

/// The indexes we named, whether they are unique, and their columns; and the columns of every other uniqueness rule.
pub(super) fn indexes(conn: &mut Conn) -> BTreeMap<String, BTreeSet<(String, bool, String)>> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name AS place, CASE WHEN i.origin = 'c' THEN i.name ELSE '' END AS name, i.\"unique\" = 1 AS is_unique,
               (SELECT group_concat(c.name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) AS columns
             FROM sqlite_master t JOIN pragma_index_list(t.name) i
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND i.origin <> 'pk'"
        }
        Conn::Postgres(_) => {
            "SELECT t.relname::text AS place,
               CASE WHEN k.conname IS NULL THEN i.relname::text ELSE '' END AS name, x.indisunique AS is_unique,
               (SELECT string_agg(a.attname::text, ',' ORDER BY n.position)
                FROM unnest(x.indkey) WITH ORDINALITY AS n (column_number, position)
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = n.column_number) AS columns
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
             JOIN pg_namespace s ON s.oid = t.relnamespace LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype = 'u'
             WHERE s.nspname = 'public' AND NOT x.indisprimary AND t.relname NOT LIKE '\\_\\_%'"
        }
    };
    let rows: Vec<Index> = diesel::sql_query(sql).load(conn).unwrap();
    let mut indexes = BTreeMap::<_, BTreeSet<_>>::new();
    for row in rows {
        indexes.entry(row.place).or_default().insert((row.name, row.is_unique, row.columns));
    }
    indexes
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    from_column: String,
    #[diesel(sql_type = Text)]
    to_column: String,
}

/// Every foreign key as `table.column` and what it points to.
pub(super) fn references(conn: &mut Conn) -> BTreeSet<(String, String)> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name || '.' || f.\"from\" AS from_column, f.\"table\" || '.' || f.\"to\" AS to_column
             FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"
        }
        Conn::Postgres(_) => {
            "SELECT t.relname || '.' || a.attname AS from_column, o.relname || '.' || b.attname AS to_column
             FROM pg_constraint k
             JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
             JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = ANY (k.confkey)
             WHERE k.contype = 'f'"
        }
    };
    let rows: Vec<Reference> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| (row.from_column, row.to_column)).collect()
}
