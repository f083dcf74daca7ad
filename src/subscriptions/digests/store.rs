//! Which digest tells of which delivery, and when a reader's next one is due.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::deliveries::{Kind, State as DeliveryState};
use crate::storage::columns::PublicId;
use crate::storage::schema::{deliveries, digest_letters, subscriptions};
use crate::storage::{
    AccountId, Conn, DeliveryId, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp, dialect,
};
use crate::subscriptions::rhythm::FOR_DIGEST;
use crate::subscriptions::{Frequency, State};

/// A subscription whose digest is due.
#[derive(QueryableByName)]
#[diesel(table_name = subscriptions)]
pub(super) struct Due {
    pub(super) id: SubscriptionId,
    pub(super) account_id: AccountId,
    pub(super) subscriber_id: SubscriberId,
    pub(super) list_id: ListId,
    pub(super) state: State,
    pub(super) confirmed_at: Option<Timestamp>,
    pub(super) frequency: Option<Frequency>,
    pub(super) paused_until: Option<Timestamp>,
}

pub(super) fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT id, account_id, subscriber_id, list_id, state, confirmed_at, frequency, paused_until \
         FROM subscriptions WHERE digest_at IS NOT NULL AND digest_at <= $1 ORDER BY digest_at LIMIT $2{}",
        dialect::skip_locked(conn)
    );
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(now).bind::<BigInt, _>(limit).load(conn)?)
}

pub(super) fn set_next(conn: &mut Conn, id: SubscriptionId, next: Option<Timestamp>) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.find(id)).set(subscriptions::digest_at.eq(next)).execute(conn)?;
    Ok(())
}

pub(super) fn stop(conn: &mut Conn, id: SubscriptionId) -> Result<(), StoreError> {
    let waiting = subscriptions::table.find(id).filter(subscriptions::digest_at.is_not_null());
    diesel::update(waiting).set(subscriptions::digest_at.eq(None::<Timestamp>)).execute(conn)?;
    Ok(())
}

/// Whether a digest waits or is being sent.
pub(super) fn is_under_way(conn: &mut Conn, id: SubscriptionId) -> Result<bool, StoreError> {
    let under_way = deliveries::table
        .filter(deliveries::subscription_id.eq(id))
        .filter(deliveries::kind.eq(Kind::Digest))
        .filter(deliveries::state.eq_any([DeliveryState::Queued, DeliveryState::Claimed, DeliveryState::Deferred]));
    Ok(diesel::select(diesel::dsl::exists(under_way)).get_result(conn)?)
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
}

/// What was held back for a digest since the subscription was confirmed, and stands in none that arrived.
const HELD: &str = "SELECT h.id FROM deliveries h WHERE h.subscription_id = $1 AND h.kind = 'campaign' \
     AND h.state = 'skipped' AND h.last_reply = $2 AND h.finished_at >= $3 AND NOT EXISTS (SELECT 1 FROM digest_letters l \
     JOIN deliveries d ON d.id = l.digest_id WHERE l.delivery_id = h.id AND d.state NOT IN ('skipped', 'failed'))";

/// What is to be told. Nothing of a campaign that was cancelled since: its sender took it back; and not yet of one that
/// is paused.
pub(super) fn held_since(
    conn: &mut Conn,
    id: SubscriptionId,
    confirmed_at: Timestamp,
    limit: i64,
) -> Result<Vec<DeliveryId>, StoreError> {
    let sql = format!(
        "{HELD} AND NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.id = h.campaign_id \
         AND c.state IN ('cancelled', 'paused')) ORDER BY h.finished_at, h.id LIMIT $4"
    );
    let held: Vec<Held> = diesel::sql_query(sql)
        .bind::<PublicId, _>(id)
        .bind::<Text, _>(FOR_DIGEST)
        .bind::<BigInt, _>(confirmed_at)
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(held.into_iter().map(|held| held.id).collect())
}

/// Whether something is to be told once its campaign goes on.
pub(super) fn waits_for_campaign(
    conn: &mut Conn,
    id: SubscriptionId,
    confirmed_at: Timestamp,
) -> Result<bool, StoreError> {
    let sql = format!(
        "{HELD} AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = h.campaign_id AND c.state = 'paused') LIMIT 1"
    );
    let waiting: Vec<Held> = diesel::sql_query(sql)
        .bind::<PublicId, _>(id)
        .bind::<Text, _>(FOR_DIGEST)
        .bind::<BigInt, _>(confirmed_at)
        .load(conn)?;
    Ok(!waiting.is_empty())
}

pub(super) fn insert_letter(conn: &mut Conn, digest: DeliveryId, letter: DeliveryId) -> Result<(), StoreError> {
    diesel::insert_into(digest_letters::table)
        .values((digest_letters::digest_id.eq(digest), digest_letters::delivery_id.eq(letter)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn letters_of(conn: &mut Conn, digest: DeliveryId) -> Result<Vec<DeliveryId>, StoreError> {
    Ok(digest_letters::table
        .inner_join(deliveries::table.on(deliveries::id.eq(digest_letters::delivery_id)))
        .filter(digest_letters::digest_id.eq(digest))
        .order((deliveries::finished_at, deliveries::id))
        .select(deliveries::id)
        .load(conn)?)
}
