//! The rows of the queue: leases and outcomes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::State;
use crate::clock::Timestamp;
use crate::storage::schema::deliveries;
use crate::storage::{Conn, DeliveryId, StoreError};

/// What the late check knows of a claimed delivery besides its subscription.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Standing {
    /// When the operator stopped all sending.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub installation_paused_at: Option<Timestamp>,
    /// When its account was paused.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub account_paused_at: Option<Timestamp>,
    /// The state of its campaign, as its word.
    #[diesel(sql_type = Nullable<Text>)]
    pub campaign_state: Option<String>,
    /// Its own state.
    #[diesel(sql_type = Text)]
    pub state: State,
    /// The node that holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub claimed_by: Option<String>,
    /// The recipient; empty after an erasure.
    #[diesel(sql_type = Text)]
    pub address: String,
}

/// Reads what decides, right before `MAIL FROM`, whether a claimed delivery may still leave.
///
/// # Errors
/// When the rows cannot be read.
pub fn standing(conn: &mut Conn, id: DeliveryId) -> Result<Option<Standing>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT i.sending_paused_at AS installation_paused_at, a.paused_at AS account_paused_at, \
         c.state AS campaign_state, d.state AS state, d.claimed_by AS claimed_by, d.address AS address \
         FROM deliveries d LEFT JOIN installation i ON i.id = 1 LEFT JOIN accounts a ON a.id = d.account_id \
         LEFT JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = $1",
    )
    .bind::<BigInt, _>(id)
    .get_result(conn)
    .optional()?)
}

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

/// Gives back everything a node held before it died; call it when the node starts again.
///
/// # Errors
/// When the rows cannot be written.
pub fn release_of_node(conn: &mut Conn, node: &str) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(format!("{GIVE_BACK} claimed_by = $1")).bind::<Text, _>(node).execute(conn)?)
}

/// Gives back claims that this node will not send now.
///
/// # Errors
/// When the rows cannot be written.
pub fn give_back(conn: &mut Conn, node: &str, ids: &[DeliveryId]) -> Result<usize, StoreError> {
    let mut given = 0;
    for id in ids {
        given += diesel::sql_query(format!("{GIVE_BACK} claimed_by = $1 AND id = $2"))
            .bind::<Text, _>(node)
            .bind::<BigInt, _>(*id)
            .execute(conn)?;
    }
    Ok(given)
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
#[derive(AsChangeset)]
#[diesel(table_name = deliveries)]
pub(super) struct Settled {
    pub(super) state: State,
    pub(super) attempts: i32,
    pub(super) due_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) last_code: Option<i32>,
    pub(super) last_reply: Option<String>,
    pub(super) finished_at: Option<Timestamp>,
}

/// Writes what came of a claim; `false` when the node no longer held it. An acceptance is always written, because the
/// relay has the message.
pub(super) fn settle(conn: &mut Conn, id: DeliveryId, node: &str, settled: &Settled) -> Result<bool, StoreError> {
    let released = (deliveries::claimed_by.eq(None::<String>), deliveries::claimed_until.eq(None::<Timestamp>));
    let row = deliveries::table.find(id);
    let written = if settled.state == State::Accepted {
        diesel::update(row.filter(deliveries::state.ne(State::Accepted))).set((settled, released)).execute(conn)?
    } else {
        let held = row.filter(deliveries::state.eq(State::Claimed)).filter(deliveries::claimed_by.eq(node));
        diesel::update(held).set((settled, released)).execute(conn)?
    };
    Ok(written > 0)
}
