//! The rows that a claim marks, and what decides which.

use std::collections::BTreeMap;
use std::rc::Rc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::waiting::Waiting;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::store::Row;
use crate::pacing::sent::Limits;
use crate::pacing::{Bucket, Plan};
use crate::storage::columns::PublicId;
use crate::storage::schema::campaign_lanes;
use crate::storage::{AccountId, CampaignId, Conn, DeliveryId, StoreError, dialect};

/// Who claims, and until when.
pub(super) struct Lease<'a> {
    pub(super) node: &'a str,
    pub(super) until: Timestamp,
    pub(super) now: Timestamp,
}

/// Confirmations and invitations go on for a paused account: they are its subscribers' own wish.
const SINGLE: &str = "kind <> 'campaign' AND state IN ('queued', 'deferred') AND due_at <= $3 AND (kind <> 'test' OR \
     NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = deliveries.account_id AND accounts.paused_at IS NOT NULL)) \
     ORDER BY due_at, id LIMIT $4";
const RETRY: &str = "kind = 'campaign' AND state = 'deferred' AND campaign_id = $3 AND lane = $4 AND due_at <= $5 \
     ORDER BY due_at LIMIT $6";
const RELEASED: &str = "kind = 'campaign' AND state = 'queued' AND campaign_id = $3 AND lane = $4 AND position < $5 \
     ORDER BY position LIMIT $6";
/// The first of each lane is one look into an index, however many wait.
const WAITING: &str = "SELECT c.account_id, a.hourly_limit, a.daily_limit, c.id AS campaign_id, c.plan, l.lane, \
     l.audience AS part, l.full_at, l.retries_full_at, \
     (SELECT MIN(position) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = l.campaign_id \
     AND lane = l.lane) AS first, \
     (SELECT MIN(due_at) FROM deliveries WHERE kind = 'campaign' AND state = 'deferred' AND campaign_id = l.campaign_id \
     AND lane = l.lane) AS due \
     FROM campaigns c JOIN accounts a ON a.id = c.account_id JOIN campaign_lanes l ON l.campaign_id = c.id \
     WHERE c.state = 'sending' AND c.frozen_at IS NOT NULL AND c.plan IS NOT NULL AND a.paused_at IS NULL \
     ORDER BY c.id, l.lane";

fn claim_sql(conn: &Conn, which: &str) -> String {
    format!(
        "UPDATE deliveries SET state = 'claimed', claimed_by = $1, claimed_until = $2 WHERE id IN \
         (SELECT id FROM deliveries WHERE {which}{}) RETURNING *",
        dialect::skip_locked(conn)
    )
}

/// Waits for the claims of other nodes to end; `false` while the operator stopped all sending.
pub(super) fn begin(conn: &mut Conn) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Paused {
        #[diesel(sql_type = Nullable<BigInt>)]
        sending_paused_at: Option<Timestamp>,
    }
    let sql = format!("SELECT sending_paused_at FROM installation WHERE id = 1{}", dialect::hold_row(conn));
    let found: Option<Paused> = diesel::sql_query(sql).get_result(conn).optional()?;
    Ok(found.is_none_or(|row| row.sending_paused_at.is_none()))
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

/// Claims the first retries of a campaign that are due in a lane.
pub(super) fn claim_retries(
    conn: &mut Conn,
    lease: &Lease<'_>,
    lane: &Waiting,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    claim_of(conn, lease, (RETRY, lane), (lease.now.micros(), limit))
}

/// Claims the first positions of a campaign in a lane that lie below one.
pub(super) fn claim_released(
    conn: &mut Conn,
    lease: &Lease<'_>,
    lane: &Waiting,
    (below, limit): (i64, i64),
) -> Result<Vec<Delivery>, StoreError> {
    claim_of(conn, lease, (RELEASED, lane), (below, limit))
}

fn claim_of(
    conn: &mut Conn,
    lease: &Lease<'_>,
    (which, lane): (&str, &Waiting),
    (below, limit): (i64, i64),
) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(claim_sql(conn, which))
        .bind::<Text, _>(lease.node)
        .bind::<BigInt, _>(lease.until)
        .bind::<PublicId, _>(lane.campaign)
        .bind::<Text, _>(&lane.lane)
        .bind::<BigInt, _>(below)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Puts a single mail that was just claimed off until then; no attempt is counted.
pub(super) fn put_off(conn: &mut Conn, id: DeliveryId, until: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, claimed_by = NULL, \
         claimed_until = NULL, due_at = $1 WHERE id = $2",
    )
    .bind::<BigInt, _>(until)
    .bind::<BigInt, _>(id)
    .execute(conn)?;
    Ok(())
}

/// Lets the single mails that wait for a lane go now; says how many.
pub(super) fn hurry(conn: &mut Conn, lane: &str, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "UPDATE deliveries SET due_at = $1 WHERE kind <> 'campaign' AND state IN ('queued', 'deferred') \
         AND due_at > $1 AND lane = $2",
    )
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(lane)
    .execute(conn)?)
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = PublicId)]
    account_id: AccountId,
    #[diesel(sql_type = Nullable<BigInt>)]
    hourly_limit: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    daily_limit: Option<i64>,
    #[diesel(sql_type = PublicId)]
    campaign_id: CampaignId,
    #[diesel(sql_type = Text)]
    plan: String,
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = BigInt)]
    part: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    full_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    retries_full_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    due: Option<Timestamp>,
}

/// What campaigns on their way have waiting, and the limits of their accounts.
#[derive(Default)]
pub(super) struct Found {
    pub(super) lanes: Vec<Waiting>,
    pub(super) limits: BTreeMap<AccountId, Limits>,
}

/// Every lane of every campaign that is being sent.
pub(super) fn waiting(conn: &mut Conn) -> Result<Found, StoreError> {
    let rows: Vec<WaitingRow> = diesel::sql_query(WAITING).load(conn)?;
    let mut found = Found::default();
    let mut plans: BTreeMap<CampaignId, Option<Rc<Plan>>> = BTreeMap::new();
    for row in rows {
        let plan = plans.entry(row.campaign_id).or_insert_with(|| Plan::read(&row.plan).map(Rc::new));
        let Some(plan) = plan.clone() else { continue };
        found.limits.insert(row.account_id, Limits { hourly: row.hourly_limit, daily: row.daily_limit });
        found.lanes.push(Waiting {
            account: row.account_id,
            campaign: row.campaign_id,
            plan,
            lane: row.lane,
            part: row.part,
            first: row.first,
            due: row.due,
            fresh: Bucket { full_at: row.full_at },
            retries: Bucket { full_at: row.retries_full_at },
        });
    }
    Ok(found)
}

/// Writes what was taken of a campaign's pace in a lane.
pub(super) fn write_pace(conn: &mut Conn, lane: &Waiting) -> Result<(), StoreError> {
    diesel::update(campaign_lanes::table.find((lane.campaign, &lane.lane)))
        .set((campaign_lanes::full_at.eq(lane.fresh.full_at), campaign_lanes::retries_full_at.eq(lane.retries.full_at)))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
#[path = "plans_tests.rs"]
mod tests;
