//! What came of a campaign, in the database.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Minute;
use crate::campaigns::Campaign;
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::schema::campaign_progress as progress;
use crate::storage::{CampaignId, Conn, StoreError};

#[derive(QueryableByName)]
struct Single {
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// Who left by their own hand after this message, and before a later campaign's message reached them.
const UNSUBSCRIBED: &str = "SELECT COUNT(*) AS found FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id \
     WHERE s.list_id = $1 AND s.state = 'ended' AND s.end_reason IN ('one_click', 'page', 'mail') \
     AND d.campaign_id = $2 AND d.kind = 'campaign' AND d.state = 'accepted' AND s.ended_at >= d.finished_at \
     AND NOT EXISTS (SELECT 1 FROM deliveries later WHERE later.subscription_id = s.id AND later.kind = 'campaign' \
     AND later.state = 'accepted' AND later.finished_at > d.finished_at AND later.finished_at <= s.ended_at)";

/// How many left by their own hand after this message.
pub(super) fn unsubscribed(conn: &mut Conn, campaign: &Campaign) -> Result<i64, StoreError> {
    let count = diesel::sql_query(UNSUBSCRIBED)
        .bind::<PublicId, _>(campaign.list_id)
        .bind::<PublicId, _>(campaign.id)
        .get_result::<Single>(conn)?;
    Ok(count.found)
}

/// What was recorded of a campaign, minute by minute, oldest first.
pub(super) fn minutes(conn: &mut Conn, id: CampaignId) -> Result<Vec<Minute>, StoreError> {
    let rows: Vec<(Timestamp, i64, i64, i64, i64)> = progress::table
        .filter(progress::campaign_id.eq(id))
        .order(progress::minute_at)
        .select((progress::minute_at, progress::accepted, progress::failed, progress::deferred, progress::skipped))
        .load(conn)?;
    let minute =
        |(minute_at, accepted, failed, deferred, skipped)| Minute { minute_at, accepted, failed, deferred, skipped };
    Ok(rows.into_iter().map(minute).collect())
}

/// How many attempts of a campaign were answered since then.
pub(in super::super) fn tried_since(conn: &mut Conn, id: CampaignId, since: Timestamp) -> Result<i64, StoreError> {
    let rows: Vec<(i64, i64, i64)> = progress::table
        .filter(progress::campaign_id.eq(id))
        .filter(progress::minute_at.ge(since))
        .select((progress::accepted, progress::failed, progress::deferred))
        .load(conn)?;
    Ok(rows.into_iter().map(|(accepted, failed, deferred)| accepted + failed + deferred).sum())
}
