//! The rows of `campaign_progress`, and what a cancelled campaign leaves.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Progress;
use crate::clock::Timestamp;
use crate::deliveries::State;
use crate::deliveries::of_campaign::waiting_in;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaign_lanes, deliveries};
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

/// Some that wait of a campaign, a few of each lane: they lie near each other, because an audience is written by positions.
fn some_waiting(conn: &mut Conn, campaign: CampaignId, limit: i64) -> Result<Vec<DeliveryId>, StoreError> {
    let lanes: Vec<String> = campaign_lanes::table
        .filter(campaign_lanes::campaign_id.eq(campaign))
        .select(campaign_lanes::lane)
        .load(conn)?;
    let part = (limit / i64::try_from(lanes.len()).unwrap_or(i64::MAX).max(1)).max(1);
    // Last those of lanes that were not counted yet.
    let parts = lanes.into_iter().map(|lane| (Some(lane), part)).chain([(None, limit)]);
    let mut ids: Vec<DeliveryId> = Vec::new();
    for (lane, most) in parts {
        for state in State::WAITING {
            let mut query = waiting_in(state).filter(deliveries::campaign_id.eq(campaign));
            query = match &lane {
                Some(lane) => query.filter(deliveries::lane.eq(lane.clone())),
                None if ids.is_empty() => query,
                None => return Ok(ids),
            };
            ids.extend(query.limit(most).select(deliveries::id).load::<DeliveryId>(conn)?);
        }
    }
    Ok(ids)
}

/// Skips some waiting deliveries of a campaign that was cancelled, about `limit`; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn skip_campaign(conn: &mut Conn, campaign: CampaignId, limit: i64, now: Timestamp) -> Result<usize, StoreError> {
    let waiting = some_waiting(conn, campaign, limit)?;
    // What another node claimed meanwhile is left to it.
    let still = deliveries::state.eq_any(State::WAITING);
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
