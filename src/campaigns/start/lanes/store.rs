//! The rows of `campaign_lanes`, and the plans of campaigns on their way.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::Front;
use crate::campaigns::State;
use crate::pacing::Plan;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaign_lanes, campaigns};
use crate::storage::{AccountId, CampaignId, Conn, MultiBackend, StoreError, binds};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Adds to the lanes of a campaign whose audience is being written.
pub(in super::super) fn add(
    conn: &mut Conn,
    id: CampaignId,
    written: &BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    if written.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO campaign_lanes (campaign_id, lane, audience) VALUES {} ON CONFLICT (campaign_id, lane) \
         DO UPDATE SET audience = campaign_lanes.audience + excluded.audience",
        binds::rows("(?, ?, ?)", written.len(), 1)
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for (lane, count) in written {
        query = query.bind::<PublicId, _>(id).bind::<Text, _>(lane.as_str()).bind::<BigInt, _>(*count);
    }
    query.execute(conn)?;
    Ok(())
}

/// How many deliveries a campaign has in all its lanes.
pub(in super::super) fn audience(conn: &mut Conn, id: CampaignId) -> Result<i64, StoreError> {
    let lanes: Vec<i64> =
        campaign_lanes::table.filter(campaign_lanes::campaign_id.eq(id)).select(campaign_lanes::audience).load(conn)?;
    Ok(lanes.iter().sum())
}

/// Counts the lanes of campaigns that another version of this program froze.
pub(in super::super::super) fn count_missing(conn: &mut Conn) -> Result<(), StoreError> {
    let lanes = campaign_lanes::table.filter(campaign_lanes::campaign_id.eq(campaigns::id));
    let missing: Vec<CampaignId> = campaigns::table
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_not_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(lanes)))
        .select(campaigns::id)
        .load(conn)?;
    for id in missing {
        diesel::sql_query(
            "INSERT INTO campaign_lanes (campaign_id, lane, audience) SELECT campaign_id, lane, COUNT(*) \
             FROM deliveries WHERE kind = 'campaign' AND campaign_id = $1 GROUP BY campaign_id, lane",
        )
        .bind::<PublicId, _>(id)
        .execute(conn)?;
    }
    Ok(())
}

/// A campaign on its way: whose it is, and its plan as it stands in the database.
type Going = (CampaignId, AccountId, String);

/// The plans in force of the campaigns on their way.
pub(in super::super::super) fn plans(conn: &mut Conn) -> Result<Vec<Going>, StoreError> {
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_not_null())
        .filter(campaigns::plan.is_not_null())
        .order(campaigns::id)
        .select((campaigns::id, campaigns::account_id, campaigns::plan.assume_not_null()))
        .load(conn)?)
}

#[derive(QueryableByName)]
struct FrontRow {
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = BigInt)]
    audience: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
}

/// How far a campaign is in each lane.
pub(in super::super::super) fn fronts(conn: &mut Conn, id: CampaignId) -> Result<Vec<Front>, StoreError> {
    let rows: Vec<FrontRow> = diesel::sql_query(
        "SELECT l.lane, l.audience, (SELECT MIN(position) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' \
         AND campaign_id = l.campaign_id AND lane = l.lane) AS first FROM campaign_lanes l WHERE l.campaign_id = $1",
    )
    .bind::<PublicId, _>(id)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| Front { lane: row.lane, part: row.audience, first: row.first }).collect())
}

/// How many released positions still wait in a lane.
pub(in super::super::super) fn waiting_below(
    conn: &mut Conn,
    id: CampaignId,
    lane: &str,
    position: i64,
) -> Result<i64, StoreError> {
    let waiting: Number = diesel::sql_query(
        "SELECT COUNT(*) AS number FROM deliveries WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = $1 \
         AND lane = $2 AND position < $3",
    )
    .bind::<PublicId, _>(id)
    .bind::<Text, _>(lane)
    .bind::<BigInt, _>(position)
    .get_result(conn)?;
    Ok(waiting.number)
}

/// Replaces a plan unless somebody changed it meanwhile.
pub(in super::super::super) fn replace_plan(
    conn: &mut Conn,
    id: CampaignId,
    before: &str,
    after: &Plan,
) -> Result<(), StoreError> {
    let unchanged = campaigns::table.filter(campaigns::id.eq(id)).filter(campaigns::plan.eq(before));
    diesel::update(unchanged).set(campaigns::plan.eq(after.written())).execute(conn)?;
    Ok(())
}
