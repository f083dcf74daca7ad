//! The rows of `complaints`.

use diesel::prelude::*;
use serde::Serialize;

use crate::storage::schema::{complaints, deliveries};
use crate::storage::{
    AccountId, CampaignId, ComplaintId, Conn, DeliveryId, InboundMessageId, StoreError, SubscriberId, Timestamp,
};

/// One complaint about one delivery, as the pages and the API show it.
#[derive(Queryable, Serialize, Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Its id; ids made later sort later.
    pub id: ComplaintId,
    /// The delivery that was complained of.
    pub delivery_id: DeliveryId,
    /// Its campaign; none for a confirmation.
    pub campaign_id: Option<CampaignId>,
    /// The subscriber who complained.
    pub subscriber_id: Option<SubscriberId>,
    /// The address we wrote to.
    pub address: String,
    /// `abuse`, `fraud`, `virus`, `other` (RFC 5965, section 7.3).
    pub feedback_type: String,
    /// Who sent the report, as its `User-Agent` field says.
    pub source: String,
    /// When we learned of it.
    pub at: Timestamp,
}

/// The columns of [`Complaint`], in its order.
type Columns = (
    complaints::id,
    complaints::delivery_id,
    complaints::campaign_id,
    complaints::subscriber_id,
    deliveries::address,
    complaints::feedback_type,
    complaints::source,
    complaints::at,
);

const COLUMNS: Columns = (
    complaints::id,
    complaints::delivery_id,
    complaints::campaign_id,
    complaints::subscriber_id,
    deliveries::address,
    complaints::feedback_type,
    complaints::source,
    complaints::at,
);

/// The latest complaints of one subscriber, newest first.
///
/// # Errors
/// When the database could not be read.
pub fn of_subscriber(
    conn: &mut Conn,
    account: AccountId,
    subscriber: SubscriberId,
    limit: i64,
) -> Result<Vec<Complaint>, StoreError> {
    Ok(complaints::table
        .inner_join(deliveries::table.on(deliveries::id.eq(complaints::delivery_id)))
        .filter(complaints::account_id.eq(account))
        .filter(complaints::subscriber_id.eq(subscriber))
        .select(COLUMNS)
        .order(complaints::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// The complaints about an account's mail, newest first, older than `cursor` when there is one.
///
/// # Errors
/// When the database could not be read.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<ComplaintId>,
    limit: i64,
) -> Result<Vec<Complaint>, StoreError> {
    let mut query = complaints::table
        .inner_join(deliveries::table.on(deliveries::id.eq(complaints::delivery_id)))
        .filter(complaints::account_id.eq(account))
        .select(COLUMNS)
        .order(complaints::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(complaints::id.lt(cursor));
    }
    Ok(query.load(conn)?)
}

/// A complaint to write.
#[derive(Insertable, Debug, Clone)]
#[diesel(table_name = complaints)]
pub(super) struct NewComplaint {
    pub(super) id: ComplaintId,
    pub(super) account_id: AccountId,
    pub(super) delivery_id: DeliveryId,
    pub(super) campaign_id: Option<CampaignId>,
    pub(super) subscriber_id: Option<SubscriberId>,
    pub(super) inbound_message_id: Option<InboundMessageId>,
    pub(super) feedback_type: String,
    pub(super) source: String,
    pub(super) at: Timestamp,
}

pub(super) fn insert(conn: &mut Conn, complaint: &NewComplaint) -> Result<(), StoreError> {
    diesel::insert_into(complaints::table).values(complaint).execute(conn)?;
    Ok(())
}
