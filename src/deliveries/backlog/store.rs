//! The waiting rows of `deliveries`.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use super::{Selection, Waiting};
use crate::clock::Timestamp;
use crate::deliveries::of_campaign::waiting_in;
use crate::deliveries::queue::{Progress, count_progress};
use crate::deliveries::{Kind, State};
use crate::storage::schema::deliveries;
use crate::storage::{AccountId, CampaignId, Conn, DeliveryId, MultiBackend, StoreError};

const NOT_ENDED: [State; 3] = [State::Queued, State::Claimed, State::Deferred];

/// Account, kind, state, how many, and when the oldest was written.
type Group = (Option<AccountId>, Kind, State, i64, Option<Timestamp>);

/// What waits, by account, kind and state.
///
/// # Errors
/// When the rows cannot be counted.
pub fn waiting(conn: &mut Conn) -> Result<Vec<Waiting>, StoreError> {
    let groups: Vec<Group> = deliveries::table
        .filter(deliveries::state.eq_any(NOT_ENDED))
        .group_by((deliveries::account_id, deliveries::kind, deliveries::state))
        .order((deliveries::account_id, deliveries::kind, deliveries::state))
        .select((
            deliveries::account_id,
            deliveries::kind,
            deliveries::state,
            count_star(),
            min(deliveries::created_at),
        ))
        .load(conn)?;
    let waiting = |(account_id, kind, state, deliveries, oldest_at): Group| {
        oldest_at.map(|oldest_at| Waiting { account_id, kind, state, deliveries, oldest_at })
    };
    Ok(groups.into_iter().filter_map(waiting).collect())
}

/// How many deliveries of campaigns wait for their first attempt or for a retry, by lane. Reads whole indexes.
///
/// # Errors
/// When the rows cannot be counted.
pub fn by_lane(conn: &mut Conn) -> Result<BTreeMap<String, i64>, StoreError> {
    #[derive(QueryableByName)]
    struct OfLane {
        #[diesel(sql_type = diesel::sql_types::Text)]
        lane: String,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        waiting: i64,
    }
    let mut lanes = BTreeMap::new();
    // Each as its own index says it.
    for state in ["queued", "deferred"] {
        let rows: Vec<OfLane> = diesel::sql_query(format!(
            "SELECT lane, COUNT(*) AS waiting FROM deliveries WHERE kind = 'campaign' AND state = '{state}' GROUP BY lane"
        ))
        .load(conn)?;
        for row in rows {
            *lanes.entry(row.lane).or_default() += row.waiting;
        }
    }
    Ok(lanes)
}

/// How many waiting deliveries [`purge`] would take out.
///
/// # Errors
/// When the rows cannot be counted.
pub fn count(conn: &mut Conn, selection: &Selection) -> Result<i64, StoreError> {
    if selection.is_empty() {
        return Ok(0);
    }
    let mut count = 0;
    for state in State::WAITING {
        count += chosen(selection, state).count().get_result::<i64>(conn)?;
    }
    Ok(count)
}

/// Skips at most `limit` of the chosen deliveries and says how many; one that a node holds is left to it.
///
/// # Errors
/// When the rows cannot be written.
pub fn purge(conn: &mut Conn, selection: &Selection, limit: i64, now: Timestamp) -> Result<usize, StoreError> {
    if selection.is_empty() {
        return Ok(0);
    }
    let mut ids: Vec<DeliveryId> = Vec::new();
    for state in State::WAITING {
        let room = limit - i64::try_from(ids.len()).unwrap_or(limit);
        ids.extend(chosen(selection, state).limit(room).select(deliveries::id).load::<DeliveryId>(conn)?);
    }
    // What a node claimed meanwhile is left to it.
    let still = deliveries::state.eq_any(State::WAITING);
    let purged: Vec<Option<CampaignId>> =
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)).filter(still))
            .set((
                deliveries::state.eq(State::Skipped),
                deliveries::last_reply.eq("taken out of the queue by the operator"),
                deliveries::finished_at.eq(now),
            ))
            .returning(deliveries::campaign_id)
            .get_results(conn)?;
    let mut campaigns: BTreeMap<CampaignId, i64> = BTreeMap::new();
    for campaign in purged.iter().copied().flatten() {
        *campaigns.entry(campaign).or_default() += 1;
    }
    for (campaign, skipped) in campaigns {
        count_progress(conn, campaign, Progress::skipped(skipped), now)?;
    }
    Ok(purged.len())
}

fn chosen(selection: &Selection, state: State) -> deliveries::BoxedQuery<'static, MultiBackend> {
    let mut query = waiting_in(state);
    if let Some(account) = selection.account_id {
        query = query.filter(deliveries::account_id.eq(account));
    }
    if let Some(campaign) = selection.campaign_id {
        query = query.filter(deliveries::campaign_id.eq(campaign));
    }
    if let Some(lane) = selection.lane.clone() {
        query = query.filter(deliveries::lane.eq(lane));
    }
    query
}
