//! The sign-in rows of the table `counters`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::storage::schema::counters;
use crate::storage::{Conn, StoreError, Timestamp};

const COUNT: &str = "INSERT INTO counters (name, window_at, hits) VALUES ($1, $2, 1) \
     ON CONFLICT (name, window_at) DO UPDATE SET hits = counters.hits + 1 RETURNING hits";

#[derive(QueryableByName)]
struct Hits {
    #[diesel(sql_type = BigInt)]
    hits: i64,
}

pub(super) fn count(conn: &mut Conn, name: &str, window: Timestamp) -> Result<i64, StoreError> {
    let row: Hits = diesel::sql_query(COUNT).bind::<Text, _>(name).bind::<BigInt, _>(window).get_result(conn)?;
    Ok(row.hits)
}

pub(super) fn delete_before(conn: &mut Conn, window: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(counters::table.filter(counters::window_at.lt(window))).execute(conn)?)
}
