//! The rows of deliveries: written with their cause, read by pages, marked by reports.

use diesel::prelude::*;

use super::{Delivery, Kind, NewDelivery, State};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::receiving_domains;
use crate::storage::schema::deliveries;
use crate::storage::{AccountId, CampaignId, Conn, DeliveryId, ListId, StoreError, SubscriberId, SubscriptionId};

/// A row without the columns that only the queue reads.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = deliveries)]
pub(super) struct Row {
    id: DeliveryId,
    kind: Kind,
    account_id: Option<AccountId>,
    campaign_id: Option<CampaignId>,
    list_id: Option<ListId>,
    subscriber_id: Option<SubscriberId>,
    subscription_id: Option<SubscriptionId>,
    cause: Option<Vec<u8>>,
    address: String,
    lane: String,
    position: i64,
    state: State,
    attempts: i32,
    created_at: Timestamp,
    due_at: Timestamp,
    expires_at: Timestamp,
    last_code: Option<i32>,
    last_reply: Option<String>,
    finished_at: Option<Timestamp>,
    bounced_at: Option<Timestamp>,
    complained_at: Option<Timestamp>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            account_id: row.account_id,
            campaign_id: row.campaign_id,
            list_id: row.list_id,
            subscriber_id: row.subscriber_id,
            subscription_id: row.subscription_id,
            cause: row.cause,
            // Only a valid address is ever written; an empty one is what an erasure leaves.
            address: EmailAddress::parse(&row.address).ok(),
            lane: row.lane,
            position: row.position,
            state: row.state,
            attempts: row.attempts,
            created_at: row.created_at,
            due_at: row.due_at,
            expires_at: row.expires_at,
            last_code: row.last_code,
            last_reply: row.last_reply,
            finished_at: row.finished_at,
            bounced_at: row.bounced_at,
            complained_at: row.complained_at,
        }
    }
}

/// Queues a mail; call it in the transaction that writes its cause.
///
/// # Errors
/// When the row cannot be written.
pub fn enqueue(conn: &mut Conn, new: &NewDelivery, now: Timestamp) -> Result<DeliveryId, StoreError> {
    enqueue_at(conn, new, now, now)
}

/// [`enqueue`] for a mail that does not leave before `due_at`.
///
/// # Errors
/// When the row cannot be written.
pub fn enqueue_at(
    conn: &mut Conn,
    new: &NewDelivery,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let lane = receiving_domains::lane_of(conn, new.address.receiving_domain(), now)?;
    let id = diesel::insert_into(deliveries::table)
        .values((
            deliveries::kind.eq(new.kind),
            deliveries::account_id.eq(new.account_id),
            deliveries::campaign_id.eq(new.campaign_id),
            deliveries::list_id.eq(new.list_id),
            deliveries::subscriber_id.eq(new.subscriber_id),
            deliveries::subscription_id.eq(new.subscription_id),
            deliveries::cause.eq(new.cause.as_deref()),
            deliveries::address.eq(new.address.as_str()),
            deliveries::lane.eq(lane),
            deliveries::position.eq(0_i64),
            deliveries::state.eq(State::Queued),
            deliveries::attempts.eq(0),
            deliveries::created_at.eq(now),
            deliveries::due_at.eq(due_at),
            deliveries::expires_at.eq(new.expires_at),
        ))
        .returning(deliveries::id)
        .get_result(conn)?;
    Ok(id)
}

/// Takes the address out of everything that was ever sent to this subscriber, for an erasure.
///
/// # Errors
/// When the rows cannot be written.
pub fn forget_address(conn: &mut Conn, subscriber: SubscriberId) -> Result<usize, StoreError> {
    Ok(diesel::update(deliveries::table.filter(deliveries::subscriber_id.eq(subscriber)))
        .set((deliveries::address.eq(""), deliveries::last_reply.eq(None::<String>)))
        .execute(conn)?)
}

/// One delivery.
///
/// # Errors
/// When the row cannot be read.
pub fn find(conn: &mut Conn, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let row = deliveries::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(Into::into))
}

/// What was sent to a subscriber, newest first; look the subscriber up by its account before.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_subscriber(conn: &mut Conn, subscriber: SubscriberId, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<Row> = deliveries::table
        .filter(deliveries::subscriber_id.eq(subscriber))
        .order(deliveries::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}
