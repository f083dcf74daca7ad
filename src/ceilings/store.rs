//! The `counters` table.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::storage::schema::counters;
use crate::storage::{Conn, StoreError, Timestamp, binds, prepared};

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
    prepared(
        "INSERT INTO counters (name, window_at, hits) VALUES ($1, $2, $3) \
         ON CONFLICT (name, window_at) DO UPDATE SET hits = counters.hits + $3",
    )
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(window)
    .bind::<BigInt, _>(hits)
    .execute(conn)?;
    Ok(())
}

/// Names in one statement; a connection keeps the text of each count.
const NAMES: usize = 64;

/// Always in the same order, so that two transactions never wait for each other in turns.
pub(super) fn add_each(conn: &mut Conn, hits: &BTreeMap<String, i64>, window: Timestamp) -> Result<(), StoreError> {
    let hits: Vec<(&String, &i64)> = hits.iter().filter(|(_, hits)| **hits != 0).collect();
    for chunk in hits.chunks(NAMES) {
        let sql = format!(
            "INSERT INTO counters (name, window_at, hits) VALUES {} \
             ON CONFLICT (name, window_at) DO UPDATE SET hits = counters.hits + excluded.hits",
            binds::rows("(?, ?, ?)", chunk.len(), 1)
        );
        let mut query = prepared(&sql);
        for (name, hits) in chunk {
            query = query.bind::<Text, _>(name.as_str()).bind::<BigInt, _>(window).bind::<BigInt, _>(**hits);
        }
        query.execute(conn)?;
    }
    Ok(())
}

/// The windows of each name, oldest first.
pub(super) fn since_of(
    conn: &mut Conn,
    names: &[String],
    since: Timestamp,
) -> Result<BTreeMap<String, Vec<(Timestamp, i64)>>, StoreError> {
    let rows: Vec<(String, Timestamp, i64)> = counters::table
        .filter(counters::name.eq_any(names.to_vec()))
        .filter(counters::window_at.ge(since))
        .order((counters::name, counters::window_at))
        .select((counters::name, counters::window_at, counters::hits))
        .load(conn)?;
    let mut windows: BTreeMap<String, Vec<(Timestamp, i64)>> = BTreeMap::new();
    for (name, at, hits) in rows {
        windows.entry(name).or_default().push((at, hits));
    }
    Ok(windows)
}

pub(super) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(counters::table.filter(counters::window_at.lt(before))).execute(conn)?)
}

pub(super) fn delete_name(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    diesel::delete(counters::table.filter(counters::name.eq(name))).execute(conn)?;
    Ok(())
}
