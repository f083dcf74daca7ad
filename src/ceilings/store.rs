//! The `counters` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::storage::schema::counters;
use crate::storage::{Conn, StoreError, Timestamp};

pub(super) fn sum_since(conn: &mut Conn, name: &str, since: Timestamp) -> Result<i64, StoreError> {
    let hits: Vec<i64> = counters::table
        .filter(counters::name.eq(name))
        .filter(counters::window_at.ge(since))
        .select(counters::hits)
        .load(conn)?;
    Ok(hits.into_iter().sum())
}

pub(super) fn since(conn: &mut Conn, name: &str, since: Timestamp) -> Result<Vec<(Timestamp, i64)>, StoreError> {
    Ok(counters::table
        .filter(counters::name.eq(name))
        .filter(counters::window_at.ge(since))
        .order(counters::window_at)
        .select((counters::window_at, counters::hits))
        .load(conn)?)
}

pub(super) fn add(conn: &mut Conn, name: &str, window: Timestamp, times: i64) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO counters (name, window_at, hits) VALUES ($1, $2, $3) \
         ON CONFLICT (name, window_at) DO UPDATE SET hits = counters.hits + $3",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(window)
    .bind::<BigInt, _>(times)
    .execute(conn)?;
    Ok(())
}

pub(super) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(counters::table.filter(counters::window_at.lt(before))).execute(conn)?)
}
