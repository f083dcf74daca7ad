//! The rows of the queue: leases and outcomes.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::super::State;
use crate::clock::Timestamp;
use crate::storage::schema::deliveries;
use crate::storage::{Conn, DeliveryId, Prepared, StoreError, binds, dialect, prepared, round_up};

/// Numbers of ours as they stand in a query; never empty, because `IN ()` is no SQL.
pub(super) fn listed(ids: &[DeliveryId]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    if ids.is_empty() { "NULL".to_owned() } else { ids.join(", ") }
}

/// No delivery has this id.
pub(super) const NOBODY: DeliveryId = DeliveryId(0);

/// Back to where a claim came from: a retry waits as a retry.
const GIVE_BACK: &str = "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, \
     claimed_by = NULL, claimed_until = NULL WHERE state = 'claimed' AND ";

/// Gives back the claims whose lease ran out; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn release_expired(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(format!("{GIVE_BACK} claimed_until < $1")).bind::<BigInt, _>(now).execute(conn)?)
}

/// Gives back everything a node holds: when it starts again after it died, and when it has ended.
///
/// # Errors
/// When the rows cannot be written.
pub fn release_of_node(conn: &mut Conn, node: &str) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(format!("{GIVE_BACK} claimed_by = $1")).bind::<Text, _>(node).execute(conn)?)
}

/// Gives back what a node claimed without knowing: the answer to its claim was lost with the connection. `held` is what
/// it knows of. Says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn release_unknown(conn: &mut Conn, node: &str, held: &[DeliveryId]) -> Result<usize, StoreError> {
    // A claim whose answer is lost may still be under way in the database; it holds this row until it has ended.
    diesel::sql_query(format!("SELECT id FROM installation WHERE id = 1{}", dialect::hold_row(conn))).execute(conn)?;
    let sql = "SELECT id FROM deliveries WHERE state = 'claimed' AND claimed_by = $1";
    let claimed: Vec<Written> = diesel::sql_query(sql).bind::<Text, _>(node).load(conn)?;
    let held: HashSet<DeliveryId> = held.iter().copied().collect();
    let unknown: Vec<DeliveryId> = claimed.into_iter().map(|row| row.id).filter(|id| !held.contains(id)).collect();
    Ok(give_back(conn, node, &unknown)?.len())
}

/// Gives back claims that this node will not send now; says which it still held.
///
/// # Errors
/// When the rows cannot be written.
pub(super) fn give_back(conn: &mut Conn, node: &str, ids: &[DeliveryId]) -> Result<HashSet<DeliveryId>, StoreError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let list = binds::joined("?", round_up(ids.len()), 2, ", ");
    let given = format!("{GIVE_BACK} claimed_by = $1 AND id IN ({list}) RETURNING id");
    let rows: Vec<Written> = prepared(&given).bind::<Text, _>(node).bind_list::<BigInt, _>(ids, NOBODY).load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Renews the leases of what a node still holds.
///
/// # Errors
/// When the rows cannot be written.
pub fn renew(conn: &mut Conn, node: &str, ids: &[DeliveryId], until: Timestamp) -> Result<usize, StoreError> {
    let mut renewed = 0;
    for chunk in ids.chunks(500) {
        let held = deliveries::table
            .filter(deliveries::id.eq_any(chunk.to_vec()))
            .filter(deliveries::state.eq(State::Claimed))
            .filter(deliveries::claimed_by.eq(node));
        renewed += diesel::update(held).set(deliveries::claimed_until.eq(until)).execute(conn)?;
    }
    Ok(renewed)
}

/// What is written of an attempt; `None` leaves a column as it is.
pub(super) struct Settled {
    pub(super) id: DeliveryId,
    pub(super) state: State,
    pub(super) attempts: i32,
    pub(super) due_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) last_code: Option<i32>,
    pub(super) last_reply: Option<String>,
    pub(super) finished_at: Option<Timestamp>,
}

impl Settled {
    /// A row that nobody has.
    pub(super) const fn nothing() -> Self {
        Self {
            id: NOBODY,
            state: State::Skipped,
            attempts: 0,
            due_at: None,
            expires_at: None,
            last_code: None,
            last_reply: None,
            finished_at: None,
        }
    }
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
}

/// What an outcome may be written on. One that the node no longer held is left alone, but an acceptance is always
/// written, because the relay has the message.
fn open_to(state: &str, node: &str) -> String {
    format!(
        "deliveries.state <> 'accepted' AND ({state} = 'accepted' OR (deliveries.state = 'claimed' \
         AND deliveries.claimed_by = {node}))"
    )
}

/// Writes what came of claims; says which were written.
pub(super) fn settle(conn: &mut Conn, node: &str, settled: &[Settled]) -> Result<HashSet<DeliveryId>, StoreError> {
    match conn {
        // A statement costs nothing to ask for here, and one of many rows is planned through tables of its own.
        Conn::Sqlite(_) => settle_each(conn, node, settled),
        Conn::Postgres(_) => settle_together(conn, node, settled),
    }
}

fn settle_each(conn: &mut Conn, node: &str, settled: &[Settled]) -> Result<HashSet<DeliveryId>, StoreError> {
    let sql = format!(
        "UPDATE deliveries SET state = $2, attempts = $3, claimed_by = NULL, claimed_until = NULL, \
         due_at = COALESCE($4, due_at), expires_at = COALESCE($5, expires_at), last_code = COALESCE($6, last_code), \
         last_reply = COALESCE($7, last_reply), finished_at = COALESCE($8, finished_at) WHERE id = $1 AND {}",
        open_to("$2", "$9")
    );
    let mut written = HashSet::with_capacity(settled.len());
    for row in settled {
        if bind_settled(prepared(&sql), row).bind::<Text, _>(node).execute(conn)? > 0 {
            written.insert(row.id);
        }
    }
    Ok(written)
}

/// Columns of [`Settled`], and so many binds a row: PostgreSQL takes 65,535 in all.
const COLUMNS: usize = 8;
const ROWS: usize = 500;

fn settle_together(conn: &mut Conn, node: &str, settled: &[Settled]) -> Result<HashSet<DeliveryId>, StoreError> {
    let mut written = HashSet::new();
    for chunk in settled.chunks(ROWS) {
        let rows = round_up(chunk.len());
        let sql = settle_sql(rows);
        let nothing = Settled::nothing();
        let filled_up = chunk.iter().chain(std::iter::repeat(&nothing)).take(rows);
        let statement = filled_up.fold(prepared(&sql), bind_settled);
        let rows: Vec<Written> = statement.bind::<Text, _>(node).load(conn)?;
        written.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(written)
}

fn bind_settled<'a>(statement: Prepared<'a>, row: &'a Settled) -> Prepared<'a> {
    statement
        .bind::<BigInt, _>(row.id)
        .bind::<Text, _>(row.state)
        .bind::<Integer, _>(row.attempts)
        .bind::<Nullable<BigInt>, _>(row.due_at)
        .bind::<Nullable<BigInt>, _>(row.expires_at)
        .bind::<Nullable<Integer>, _>(row.last_code)
        .bind::<Nullable<Text>, _>(row.last_reply.as_deref())
        .bind::<Nullable<BigInt>, _>(row.finished_at)
}

fn settle_sql(rows: usize) -> String {
    format!(
        "WITH done (id, state, attempts, due_at, expires_at, last_code, last_reply, finished_at) AS (VALUES {}) \
         UPDATE deliveries SET state = done.state, attempts = done.attempts, claimed_by = NULL, claimed_until = NULL, \
         due_at = COALESCE(done.due_at, deliveries.due_at), expires_at = COALESCE(done.expires_at, deliveries.expires_at), \
         last_code = COALESCE(done.last_code, deliveries.last_code), \
         last_reply = COALESCE(done.last_reply, deliveries.last_reply), \
         finished_at = COALESCE(done.finished_at, deliveries.finished_at) \
         FROM done WHERE deliveries.id = done.id AND {} RETURNING deliveries.id AS id",
        binds::rows("(?, ?, ?, ?, ?, ?, ?, ?)", rows, 1),
        open_to("done.state", &format!("${}", rows * COLUMNS + 1))
    )
}
