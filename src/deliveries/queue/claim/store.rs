//! The rows that a claim marks, and what decides which.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::store::Row;
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, campaigns, installation};
use crate::storage::{CampaignId, Conn, StoreError, dialect};

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
