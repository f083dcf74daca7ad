//! The rows in `deliveries`, and the receiving domains that they ask for.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text};

use super::super::super::store::Freezing;
use super::super::{Part, Shuffle};
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::{CampaignId, Conn, MultiBackend, StoreError, binds, dialect};

/// The lane of a receiving domain about which nobody was asked yet; never left in a row.
const UNKNOWN: &str = "";

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    lane: String,
}

/// Said so that only an index by ids serves it, and not the one by stamps.
const BY_IDS: &str = "SELECT id, account_id, list_id, subscriber_id, confirmed_at FROM subscriptions WHERE list_id = ? \
     AND state = 'confirmed' AND COALESCE(confirmed_at <= ?, FALSE) AND id > ? AND id <= ?";
const BY_STAMPS: &str = "SELECT id, account_id, list_id, subscriber_id, confirmed_at FROM subscriptions WHERE list_id = ? \
     AND state = 'confirmed' AND confirmed_at IS NOT NULL AND (confirmed_at, id) < (?, ?) \
     AND (confirmed_at, id) >= (?, ?)";
const COLUMNS: &str = "INSERT INTO deliveries (kind, account_id, campaign_id, list_id, subscriber_id, subscription_id, \
     address, lane, position, state, attempts, created_at, due_at, expires_at)";

/// The subscriptions of these parts, and with which number the binds after them begin.
fn chosen(parts: &[&Part], first: usize) -> (String, usize) {
    let one = if is_by_stamps(parts) { BY_STAMPS } else { BY_IDS };
    let binds_of_one = one.matches('?').count();
    (binds::joined(one, parts.len(), first, " UNION ALL "), first + parts.len() * binds_of_one)
}

fn is_by_stamps(parts: &[&Part]) -> bool {
    parts.first().is_some_and(|part| part.range.stamped_before.is_some())
}

type Query<'a> = BoxedSqlQuery<'a, MultiBackend, SqlQuery>;

fn bind_parts<'a>(mut query: Query<'a>, freezing: &Freezing, parts: &[&Part]) -> Query<'a> {
    for part in parts {
        let Some(last) = part.last else { continue };
        query = match part.range.stamped_before {
            None => query
                .bind::<PublicId, _>(freezing.list_id)
                .bind::<BigInt, _>(freezing.started_at)
                .bind::<PublicId, _>(part.range.after)
                .bind::<PublicId, _>(last.id),
            Some(before) => query
                .bind::<PublicId, _>(freezing.list_id)
                .bind::<BigInt, _>(before)
                .bind::<PublicId, _>(part.range.after)
                .bind::<BigInt, _>(last.stamped_at.unwrap_or(before))
                .bind::<PublicId, _>(last.id),
        };
    }
    query
}

/// Names that are reserved for examples and tests (RFC 2606, RFC 6761): nobody can be asked about them.
const RESERVED: &str = "p.address LIKE '%.example' OR p.address LIKE '%.test' OR p.address LIKE '%.invalid' \
     OR p.address LIKE '%.localhost'";

/// Writes the deliveries of these parts; says how many in each lane, those of unknown domains in the lane without a name.
pub(in super::super::super) fn write(
    conn: &mut Conn,
    freezing: &Freezing,
    parts: &[&Part],
    (shuffle, expires_at): (Shuffle, Timestamp),
) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut lanes = BTreeMap::new();
    if parts.is_empty() {
        return Ok(lanes);
    }
    let query = diesel::sql_query(write_sql(conn, parts)).into_boxed::<MultiBackend>();
    let query = query
        .bind::<BigInt, _>(shuffle.factor)
        .bind::<BigInt, _>(shuffle.offset)
        .bind::<BigInt, _>(shuffle.count.max(1));
    let rows: Vec<Written> = bind_parts(query, freezing, parts)
        .bind::<PublicId, _>(freezing.id)
        .bind::<BigInt, _>(shuffle.base)
        .bind::<BigInt, _>(freezing.started_at)
        .bind::<BigInt, _>(expires_at)
        .load(conn)?;
    for row in rows {
        *lanes.entry(row.lane).or_default() += 1;
    }
    Ok(lanes)
}

fn write_sql(conn: &Conn, parts: &[&Part]) -> String {
    let domain = dialect::after_at(conn, "p.address");
    let (chosen, next) = chosen(parts, 4);
    let people = format!(
        "SELECT s.id, s.account_id, s.list_id, s.subscriber_id, s.confirmed_at, p.address, \
         CASE WHEN r.expires_at IS NOT NULL THEN r.lane WHEN {RESERVED} THEN 'other' ELSE '{UNKNOWN}' END AS lane, \
         ((ROW_NUMBER() OVER (ORDER BY s.id) - 1) * $1 + $2) % $3 AS slot FROM ({chosen}) AS s \
         JOIN subscribers p ON p.id = s.subscriber_id LEFT JOIN receiving_domains r ON r.name = {domain} \
         WHERE p.address IS NOT NULL"
    );
    // In the order of their positions, because that is how they are claimed: neighbours in time share their pages.
    let values = |slot: &str, from: &str| {
        format!(
            "{COLUMNS} SELECT 'campaign', c.account_id, ${next}, c.list_id, c.subscriber_id, c.id, c.address, c.lane, \
             ${} + {slot}, 'queued', 0, ${1}, ${1}, ${2} FROM {from} ORDER BY {slot} RETURNING lane",
            next + 1,
            next + 2,
            next + 3
        )
    };
    if !is_by_stamps(parts) {
        return format!("WITH people AS ({people}) {}", values("c.slot", "people c"));
    }
    // In each lane the first slot for the latest stamp.
    format!(
        "WITH people AS ({people}), ranked AS (SELECT people.*, ROW_NUMBER() OVER (PARTITION BY lane \
         ORDER BY confirmed_at DESC, id DESC) AS place FROM people), slots AS (SELECT lane, slot, \
         ROW_NUMBER() OVER (PARTITION BY lane ORDER BY slot) AS place FROM people) {}",
        values("t.slot", "ranked c JOIN slots t ON t.lane = c.lane AND t.place = c.place")
    )
}

/// Takes back what was written from this position on: it is written again when more is known.
pub(in super::super::super) fn unwrite(conn: &mut Conn, id: CampaignId, from: i64) -> Result<(), StoreError> {
    diesel::sql_query("DELETE FROM deliveries WHERE kind = 'campaign' AND campaign_id = $1 AND position >= $2")
        .bind::<PublicId, _>(id)
        .bind::<BigInt, _>(from)
        .execute(conn)?;
    Ok(())
}

/// Puts those of unknown domains into the lane of all others; says how many in each lane there are then.
pub(in super::super::super) fn name_lanes(
    conn: &mut Conn,
    id: CampaignId,
    mut lanes: BTreeMap<String, i64>,
) -> Result<BTreeMap<String, i64>, StoreError> {
    if let Some(unknown) = lanes.remove(UNKNOWN) {
        let sql = format!(
            "UPDATE deliveries SET lane = 'other' WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = $1 \
             AND lane = '{UNKNOWN}'"
        );
        diesel::sql_query(sql).bind::<PublicId, _>(id).execute(conn)?;
        *lanes.entry("other".to_owned()).or_default() += unknown;
    }
    Ok(lanes)
}

/// Wants to know the lanes of the receiving domains of these parts that nobody asked about yet; says whether there are
/// any.
pub(in super::super::super) fn want_domains(
    conn: &mut Conn,
    freezing: &Freezing,
    (parts, lanes): (&[&Part], &BTreeMap<String, i64>),
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !lanes.contains_key(UNKNOWN) {
        return Ok(false);
    }
    let domain = dialect::after_at(conn, "p.address");
    let (chosen, _) = chosen(parts, 2);
    let sql = format!(
        "INSERT INTO receiving_domains (name, lane, wanted_at) SELECT DISTINCT {domain}, 'other', CAST($1 AS BIGINT) \
         FROM ({chosen}) AS s JOIN subscribers p ON p.id = s.subscriber_id \
         WHERE p.address IS NOT NULL AND NOT ({RESERVED}) ON CONFLICT (name) DO NOTHING"
    );
    let query = diesel::sql_query(sql).into_boxed::<MultiBackend>().bind::<BigInt, _>(now);
    bind_parts(query, freezing, parts).execute(conn)?;
    Ok(true)
}
