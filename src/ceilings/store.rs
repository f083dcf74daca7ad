//! The `counters` table.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::storage::schema::counters;
use crate::storage::{Conn, StoreError, Timestamp};

pub(super) fn sums_since(
    conn: &mut Conn,
    names: &[String],
    since: Timestamp,
) -> Result<BTreeMap<String, i64>, StoreError> {
    sums_between(conn, names, since, Timestamp::from_micros(i64::MAX))
}

pub(super) fn since(conn: &mut Conn, name: &str, since: Timestamp) -> Result<Vec<(Timestamp, i64)>, StoreError> {
    Ok(counters::table
        .filter(counters::name.eq(name))
        .filter(counters::window_at.ge(since))
        .order(counters::window_at)
        .select((counters::window_at, counters::hits))
        .load(conn)?)
}

/// The sums of the windows from `since` on and before `before`.
pub(super) fn sums_between(
    conn: &mut Conn,
    names: &[String],
    since: Timestamp,
    before: Timestamp,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows: Vec<(String, i64)> = counters::table
        .filter(counters::name.eq_any(names.to_vec()))
        .filter(counters::window_at.ge(since))
        .filter(counters::window_at.lt(before))
        .select((counters::name, counters::hits))
        .load(conn)?;
    let mut sums = BTreeMap::new();
    for (name, hits) in rows {
        *sums.entry(name).or_default() += hits;
    }
    Ok(sums)
}

pub(super) fn add(conn: &mut Conn, name: &str, window: Timestamp, hits: i64) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO counters (name, window_at, hits) VALUES ($1, $2, $3) \
         ON CONFLICT (name, window_at) DO UPDATE SET hits = counters.hits + $3",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(window)
    .bind::<BigInt, _>(hits)
    .execute(conn)?;
    Ok(())
}

pub(super) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(counters::table.filter(counters::window_at.lt(before))).execute(conn)?)
}
