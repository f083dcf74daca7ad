//! The rows of the queue: claims, leases, outcomes, and the count of what came of a campaign minute by minute.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::store::Row;
use super::super::{Delivery, State};
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, campaigns, deliveries, installation};
use crate::storage::{CampaignId, Conn, DeliveryId, StoreError, dialect};

/// Who claims, until when, and how many at most.
pub(super) struct Lease<'a> {
    pub(super) node: &'a str,
    pub(super) until: Timestamp,
    pub(super) now: Timestamp,
}

/// What a plan lets go now.
#[derive(Clone, Copy)]
pub(super) struct Released {
    /// At most so many retries.
    pub(super) retries: i64,
    /// The positions below this one.
    pub(super) positions: i64,
}

/// Confirmations and invitations go on for a paused account: they are its subscribers' own wish.
const SINGLE: &str = "kind <> 'campaign' AND state IN ('queued', 'deferred') AND due_at <= $3 AND (kind <> 'test' OR \
     NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = deliveries.account_id AND accounts.paused_at IS NOT NULL)) \
     ORDER BY due_at, id LIMIT $4";
const RETRY: &str =
    "kind = 'campaign' AND state = 'deferred' AND campaign_id = $3 AND due_at <= $4 ORDER BY due_at, id LIMIT $5";
const RELEASED: &str =
    "kind = 'campaign' AND state = 'queued' AND campaign_id = $3 AND position < $4 ORDER BY position LIMIT $5";

fn claim_sql(conn: &Conn, which: &str) -> String {
    format!(
        "UPDATE deliveries SET state = 'claimed', claimed_by = $1, claimed_until = $2 WHERE id IN \
         (SELECT id FROM deliveries WHERE {which}{}) RETURNING *",
        dialect::skip_locked(conn)
    )
}

/// Claims mails that belong to no campaign.
pub(super) fn claim_single(conn: &mut Conn, lease: &Lease<'_>, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(claim_sql(conn, SINGLE))
        .bind::<Text, _>(lease.node)
        .bind::<BigInt, _>(lease.until)
        .bind::<BigInt, _>(lease.now)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Claims due retries of a campaign, then its first waiting positions.
pub(super) fn claim_campaign(
    conn: &mut Conn,
    lease: &Lease<'_>,
    campaign: CampaignId,
    released: Released,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let mut claimed = Vec::new();
    for (which, below, most) in
        [(RETRY, lease.now.micros(), released.retries), (RELEASED, released.positions, i64::MAX)]
    {
        let left = limit.saturating_sub(i64::try_from(claimed.len()).unwrap_or(i64::MAX));
        let rows: Vec<Row> = diesel::sql_query(claim_sql(conn, which))
            .bind::<Text, _>(lease.node)
            .bind::<BigInt, _>(lease.until)
            .bind::<PublicId, _>(campaign)
            .bind::<BigInt, _>(below)
            .bind::<BigInt, _>(left.min(most).max(0))
            .load(conn)?;
        claimed.extend(rows.into_iter().map(Into::into));
    }
    Ok(claimed)
}

/// The campaigns that are on their way, each with its plan as text.
pub(super) fn sending_campaigns(conn: &mut Conn) -> Result<Vec<(CampaignId, Option<String>)>, StoreError> {
    Ok(campaigns::table
        .inner_join(accounts::table.on(accounts::id.eq(campaigns::account_id)))
        .filter(campaigns::state.eq("sending"))
        .filter(campaigns::frozen_at.is_not_null())
        .filter(accounts::paused_at.is_null())
        .order(campaigns::id)
        .select((campaigns::id, campaigns::plan))
        .load(conn)?)
}

/// Whether the operator stopped all sending.
pub(super) fn is_installation_paused(conn: &mut Conn) -> Result<bool, StoreError> {
    let paused_at: Option<Option<Timestamp>> =
        installation::table.select(installation::sending_paused_at).first(conn).optional()?;
    Ok(paused_at.flatten().is_some())
}

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
