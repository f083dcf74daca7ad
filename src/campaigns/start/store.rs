//! The rows that a campaign's course through the worker touches.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::State;
use crate::clock::Timestamp;
use crate::deliveries::{Kind, State as DeliveryState};
use crate::pacing::Plan;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaigns, deliveries, subscriptions};
use crate::storage::{CampaignId, Conn, ListId, StoreError, SubscriptionId, dialect};
use crate::subscriptions::State as SubscriptionState;

/// A campaign whose time has come.
pub(super) struct Due {
    pub(super) id: CampaignId,
    pub(super) list_id: ListId,
}

/// A campaign whose audience is being written.
pub(super) struct Freezing {
    id: CampaignId,
    list_id: ListId,
    pub(super) audience: i64,
    written: i64,
    cursor: Option<SubscriptionId>,
    pub(super) started_at: Timestamp,
    pub(super) plan: Option<Plan>,
}

impl Freezing {
    /// The last subscription that is written; before the first one an id below all others, so that an index finds what
    /// comes after it.
    fn after(&self) -> SubscriptionId {
        self.cursor.unwrap_or(SubscriptionId(uuid::Uuid::nil()))
    }
}

pub(super) fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    let rows: Vec<(CampaignId, ListId)> = campaigns::table
        .filter(campaigns::state.eq(State::Scheduled))
        .filter(campaigns::start_at.le(now))
        .select((campaigns::id, campaigns::list_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, list_id)| Due { id, list_id }).collect())
}

pub(super) fn confirmed(conn: &mut Conn, list: ListId, until: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(SubscriptionState::Confirmed))
        .filter(subscriptions::confirmed_at.le(until))
        .count()
        .get_result(conn)?)
}

/// From here on the campaign is on its way; `audience` is the number of places until it is frozen.
pub(super) fn begin(conn: &mut Conn, id: CampaignId, audience: i64, now: Timestamp) -> Result<(), StoreError> {
    let scheduled = campaigns::table.filter(campaigns::id.eq(id)).filter(campaigns::state.eq(State::Scheduled));
    diesel::update(scheduled)
        .set((
            campaigns::state.eq(State::Sending),
            campaigns::started_at.eq(now),
            campaigns::audience.eq(audience),
            campaigns::frozen.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn freezing(conn: &mut Conn) -> Result<Vec<CampaignId>, StoreError> {
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_null())
        .select(campaigns::id)
        .load(conn)?)
}

type FreezingRow = (ListId, i64, i64, Option<SubscriptionId>, Option<Timestamp>, Option<String>);

pub(super) fn freezing_one(conn: &mut Conn, id: CampaignId) -> Result<Option<Freezing>, StoreError> {
    let row: Option<FreezingRow> = campaigns::table
        .filter(campaigns::id.eq(id))
        .filter(campaigns::state.eq(State::Sending))
        .filter(campaigns::frozen_at.is_null())
        .select((
            campaigns::list_id,
            campaigns::audience,
            campaigns::frozen,
            campaigns::freeze_cursor,
            campaigns::started_at,
            campaigns::plan,
        ))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(list_id, audience, written, cursor, started_at, plan)| {
        let plan = plan.as_deref().and_then(Plan::read);
        Some(Freezing { id, list_id, audience, written, cursor, started_at: started_at?, plan })
    }))
}

/// The next subscriptions of the audience after the cursor.
pub(super) fn next_chunk(conn: &mut Conn, freezing: &Freezing, limit: i64) -> Result<Vec<SubscriptionId>, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(freezing.list_id))
        .filter(subscriptions::state.eq(SubscriptionState::Confirmed))
        .filter(subscriptions::confirmed_at.le(freezing.started_at))
        .filter(subscriptions::id.gt(freezing.after()))
        .order(subscriptions::id)
        .limit(limit)
        .select(subscriptions::id)
        .load(conn)?)
}

/// Writes the deliveries of the subscriptions after the cursor up to `last`; says how many.
pub(super) fn write_chunk(
    conn: &mut Conn,
    freezing: &Freezing,
    last: SubscriptionId,
    (factor, offset): (i64, i64),
    expires_at: Timestamp,
) -> Result<usize, StoreError> {
    let domain = dialect::after_at(conn, "p.address");
    let sql = format!(
        "INSERT INTO deliveries (kind, account_id, campaign_id, list_id, subscriber_id, subscription_id, address, \
         lane, position, state, attempts, created_at, due_at, expires_at) \
         SELECT 'campaign', s.account_id, $1, s.list_id, s.subscriber_id, s.id, p.address, \
         COALESCE((SELECT r.lane FROM receiving_domains r WHERE r.name = {domain}), 'other'), \
         (($2 + ROW_NUMBER() OVER (ORDER BY s.id) - 1) * $3 + $4) % $5, 'queued', 0, $6, $6, $7 \
         FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id \
         WHERE s.list_id = $8 AND s.state = 'confirmed' AND s.confirmed_at <= $6 AND p.address IS NOT NULL \
         AND s.id <= $9 AND s.id > $10",
    );
    Ok(diesel::sql_query(sql)
        .bind::<PublicId, _>(freezing.id)
        .bind::<BigInt, _>(freezing.written)
        .bind::<BigInt, _>(factor)
        .bind::<BigInt, _>(offset)
        .bind::<BigInt, _>(freezing.audience.max(1))
        .bind::<BigInt, _>(freezing.started_at)
        .bind::<BigInt, _>(expires_at)
        .bind::<PublicId, _>(freezing.list_id)
        .bind::<PublicId, _>(last)
        .bind::<PublicId, _>(freezing.after())
        .execute(conn)?)
}

/// Wants to know the lanes of the receiving domains after the cursor up to `last` that nobody asked about yet; names that
/// are reserved for examples and tests (RFC 2606, RFC 6761) have none.
pub(super) fn want_domains(
    conn: &mut Conn,
    freezing: &Freezing,
    last: SubscriptionId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let domain = dialect::after_at(conn, "p.address");
    let sql = format!(
        "INSERT INTO receiving_domains (name, lane, wanted_at) SELECT DISTINCT {domain}, 'other', $1 \
         FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id \
         WHERE s.list_id = $2 AND s.state = 'confirmed' AND s.confirmed_at <= $3 AND p.address IS NOT NULL \
         AND s.id <= $4 AND s.id > $5 AND p.address NOT LIKE '%.example' AND p.address NOT LIKE '%.test' \
         AND p.address NOT LIKE '%.invalid' AND p.address NOT LIKE '%.localhost' \
         AND NOT EXISTS (SELECT 1 FROM receiving_domains r WHERE r.name = {domain}) ON CONFLICT (name) DO NOTHING",
    );
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(now)
        .bind::<PublicId, _>(freezing.list_id)
        .bind::<BigInt, _>(freezing.started_at)
        .bind::<PublicId, _>(last)
        .bind::<PublicId, _>(freezing.after())
        .execute(conn)?)
}

/// Remembers how far the audience is written, counted in places.
pub(super) fn move_cursor(
    conn: &mut Conn,
    id: CampaignId,
    last: SubscriptionId,
    places: i64,
) -> Result<(), StoreError> {
    diesel::update(campaigns::table.find(id))
        .set((campaigns::freeze_cursor.eq(last), campaigns::frozen.eq(campaigns::frozen + places)))
        .execute(conn)?;
    Ok(())
}

/// The audience is what was really written; the plan counts places. Only of a campaign that is being sent.
pub(super) fn complete(conn: &mut Conn, id: CampaignId, plan: &Plan, now: Timestamp) -> Result<(), StoreError> {
    let audience = super::lanes::count(conn, id)?;
    diesel::update(campaigns::table.filter(campaigns::id.eq(id)).filter(campaigns::state.eq(State::Sending)))
        .set((campaigns::plan.eq(plan.written()), campaigns::audience.eq(audience), campaigns::frozen_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Ends the campaigns that have nothing left to send; says how many.
pub(in super::super) fn finish(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(
        "UPDATE campaigns SET state = 'finished', finished_at = $1 WHERE state = 'sending' AND frozen_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.campaign_id = campaigns.id AND kind = 'campaign' \
         AND deliveries.state IN ('queued', 'claimed', 'deferred'))",
    )
    .bind::<BigInt, _>(now)
    .execute(conn)?)
}

/// Cancelled campaigns that still have something waiting.
pub(in super::super) fn open_cancelled(conn: &mut Conn) -> Result<Vec<CampaignId>, StoreError> {
    let waiting = deliveries::table
        .filter(deliveries::campaign_id.eq(campaigns::id.nullable()))
        .filter(deliveries::kind.eq(Kind::Campaign))
        .filter(deliveries::state.eq_any([DeliveryState::Queued, DeliveryState::Deferred]));
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Cancelled))
        .filter(diesel::dsl::exists(waiting))
        .select(campaigns::id)
        .load(conn)?)
}
