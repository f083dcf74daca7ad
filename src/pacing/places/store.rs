//! The table `connection_places`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Way;
use crate::clock::Timestamp;
use crate::storage::schema::connection_places as places;
use crate::storage::{Conn, MultiBackend, StoreError, binds, dialect};

/// What a node may have of a way.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Row {
    pub(super) lane: String,
    pub(super) source: String,
    pub(super) node: String,
    pub(super) wanted: i64,
    pub(super) places: i64,
    until: Timestamp,
}

impl Row {
    pub(super) fn new(way: &Way, node: &str, (wanted, places): (i64, i64), until: Timestamp) -> Self {
        let Way { lane, source } = way.clone();
        Self { lane, source, node: node.to_owned(), wanted, places, until }
    }

    /// Says that a node is there.
    pub(super) fn presence(node: &str, until: Timestamp) -> Self {
        Self::new(&Way { lane: String::new(), source: String::new() }, node, (0, 0), until)
    }
}

/// Waits until no other node shares places or claims.
pub(super) fn hold(conn: &mut Conn) -> Result<(), StoreError> {
    diesel::sql_query(format!("SELECT id FROM installation WHERE id = 1{}", dialect::hold_row(conn))).execute(conn)?;
    Ok(())
}

/// What other nodes have, as far as their time is not over.
pub(super) fn of_others(conn: &mut Conn, node: &str, now: Timestamp) -> Result<Vec<Row>, StoreError> {
    Ok(places::table.filter(places::node.ne(node)).filter(places::until.gt(now)).load(conn)?)
}

/// Writes what a node has now in place of what it had; rows whose time is over go too.
pub(super) fn replace(conn: &mut Conn, node: &str, rows: &[Row], now: Timestamp) -> Result<(), StoreError> {
    diesel::delete(places::table.filter(places::node.eq(node).or(places::until.le(now)))).execute(conn)?;
    let sql = format!(
        "INSERT INTO connection_places (lane, source, node, wanted, places, until) VALUES {}",
        binds::rows("(?, ?, ?, ?, ?, ?)", rows.len(), 1)
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for row in rows {
        query = query
            .bind::<Text, _>(row.lane.as_str())
            .bind::<Text, _>(row.source.as_str())
            .bind::<Text, _>(row.node.as_str())
            .bind::<BigInt, _>(row.wanted)
            .bind::<BigInt, _>(row.places)
            .bind::<BigInt, _>(row.until);
    }
    query.execute(conn)?;
    Ok(())
}

pub(super) fn forget(conn: &mut Conn, node: &str) -> Result<(), StoreError> {
    diesel::delete(places::table.filter(places::node.eq(node))).execute(conn)?;
    Ok(())
}
