//! The rows of `campaign_progress`, and what a cancelled campaign leaves.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Progress;
use crate::clock::Timestamp;
use crate::deliveries::{Kind, State};
use crate::storage::columns::PublicId;
use crate::storage::schema::deliveries;
use crate::storage::{CampaignId, Conn, DeliveryId, StoreError, prepared};

/// Adds to the minute of `now`.
pub(crate) fn count(conn: &mut Conn, campaign: CampaignId, more: Progress, now: Timestamp) -> Result<(), StoreError> {
    prepared(
        "INSERT INTO campaign_progress (campaign_id, minute_at, accepted, failed, deferred, skipped) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (campaign_id, minute_at) DO UPDATE SET \
         accepted = campaign_progress.accepted + $3, failed = campaign_progress.failed + $4, \
         deferred = campaign_progress.deferred + $5, skipped = campaign_progress.skipped + $6",
    )
    .bind::<PublicId, _>(campaign)
    .bind::<BigInt, _>(now.window(TimeDelta::minutes(1)))
    .bind::<BigInt, _>(more.accepted)
    .bind::<BigInt, _>(more.failed)
    .bind::<BigInt, _>(more.deferred)
    .bind::<BigInt, _>(more.skipped)
    .execute(conn)?;
    Ok(())
}

/// Skips up to `limit` waiting deliveries of a campaign that was cancelled; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn skip_campaign(conn: &mut Conn, campaign: CampaignId, limit: i64, now: Timestamp) -> Result<usize, StoreError> {
    let waiting: Vec<DeliveryId> = deliveries::table
        .filter(deliveries::campaign_id.eq(campaign))
        .filter(deliveries::kind.eq(Kind::Campaign))
        .filter(deliveries::state.eq_any([State::Queued, State::Deferred]))
        .limit(limit)
        .select(deliveries::id)
        .load(conn)?;
    // What another node claimed meanwhile is left to it.
    let still = deliveries::state.eq_any([State::Queued, State::Deferred]);
    let skipped = diesel::update(deliveries::table.filter(deliveries::id.eq_any(waiting)).filter(still))
        .set((
            deliveries::state.eq(State::Skipped),
            deliveries::last_reply.eq("the campaign was cancelled"),
            deliveries::finished_at.eq(now),
        ))
        .execute(conn)?;
    if skipped > 0 {
        count(conn, campaign, Progress::skipped(i64::try_from(skipped).unwrap_or(i64::MAX)), now)?;
    }
    Ok(skipped)
}
