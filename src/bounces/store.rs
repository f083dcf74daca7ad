//! The rows of `bounces`.

use chrono::TimeDelta;
use diesel::prelude::*;
use serde::Serialize;

use super::classify::lasting_of;
use super::judge::Event;
use super::{Class, Severity};
use crate::deliveries::{self as deliveries_noun, Delivery};
use crate::storage::schema::{bounces, deliveries};
use crate::storage::{
    AccountId, BounceId, CampaignId, Conn, DeliveryId, InboundMessageId, StoreError, SubscriberId, Timestamp,
};

/// One refusal of one delivery, as the pages and the API show it.
#[derive(Queryable, Serialize, Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Its id; ids made later sort later.
    pub id: BounceId,
    /// The delivery that was refused.
    pub delivery_id: DeliveryId,
    /// Its campaign; none for a confirmation.
    pub campaign_id: Option<CampaignId>,
    /// The subscriber whose address it is.
    pub subscriber_id: Option<SubscriberId>,
    /// The report it was read from; none for a reply given at send time.
    pub inbound_message_id: Option<InboundMessageId>,
    /// The address we wrote to.
    pub address: String,
    /// What was done about it.
    pub severity: Severity,
    /// Why it was refused.
    pub class: Class,
    /// The enhanced status code (RFC 3463), empty when there was none.
    pub status: String,
    /// What the receiving side said, in its own words.
    pub reply: String,
    /// When we learned of it.
    pub at: Timestamp,
}

/// The columns of [`Bounce`], in its order.
type Columns = (
    bounces::id,
    bounces::delivery_id,
    bounces::campaign_id,
    bounces::subscriber_id,
    bounces::inbound_message_id,
    deliveries::address,
    bounces::severity,
    bounces::class,
    bounces::status,
    bounces::reply,
    bounces::at,
);

const COLUMNS: Columns = (
    bounces::id,
    bounces::delivery_id,
    bounces::campaign_id,
    bounces::subscriber_id,
    bounces::inbound_message_id,
    deliveries::address,
    bounces::severity,
    bounces::class,
    bounces::status,
    bounces::reply,
    bounces::at,
);

/// The bounces of an account, newest first, older than `cursor` when there is one.
///
/// # Errors
/// When the database could not be read.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<BounceId>,
    limit: i64,
) -> Result<Vec<Bounce>, StoreError> {
    let mut query = bounces::table
        .inner_join(deliveries::table.on(deliveries::id.eq(bounces::delivery_id)))
        .filter(bounces::account_id.eq(account))
        .select(COLUMNS)
        .order(bounces::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(bounces::id.lt(cursor));
    }
    Ok(query.load(conn)?)
}

/// The latest bounces of one subscriber, newest first.
///
/// # Errors
/// When the database could not be read.
pub fn of_subscriber(
    conn: &mut Conn,
    account: AccountId,
    subscriber: SubscriberId,
    limit: i64,
) -> Result<Vec<Bounce>, StoreError> {
    Ok(bounces::table
        .inner_join(deliveries::table.on(deliveries::id.eq(bounces::delivery_id)))
        .filter(bounces::account_id.eq(account))
        .filter(bounces::subscriber_id.eq(subscriber))
        .select(COLUMNS)
        .order(bounces::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// A bounce to write.
#[derive(Insertable, Debug, Clone)]
#[diesel(table_name = bounces)]
pub(super) struct NewBounce {
    pub(super) id: BounceId,
    pub(super) account_id: AccountId,
    pub(super) delivery_id: DeliveryId,
    pub(super) campaign_id: Option<CampaignId>,
    pub(super) subscriber_id: Option<SubscriberId>,
    pub(super) inbound_message_id: Option<InboundMessageId>,
    pub(super) severity: Severity,
    pub(super) class: Class,
    pub(super) status: String,
    pub(super) reply: String,
    pub(super) at: Timestamp,
}

pub(super) fn insert(conn: &mut Conn, bounce: &NewBounce) -> Result<(), StoreError> {
    diesel::insert_into(bounces::table).values(bounce).execute(conn)?;
    Ok(())
}

/// Whether a hard bounce of this delivery is on record.
pub(super) fn has_hard(conn: &mut Conn, delivery: DeliveryId) -> Result<bool, StoreError> {
    let hard = bounces::table.filter(bounces::delivery_id.eq(delivery)).filter(bounces::severity.eq(Severity::Hard));
    Ok(diesel::select(diesel::dsl::exists(hard)).get_result(conn)?)
}

/// Whether a refusal of this delivery for this reason is on record on the day of `now`, as [`super::judge`] counts days.
pub(super) fn has_of_day(
    conn: &mut Conn,
    delivery: &Delivery,
    class: Class,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // By the subscriber too, because there is an index for it.
    let Some(subscriber) = delivery.subscriber_id else { return Ok(false) };
    let of_day = bounces::table
        .filter(bounces::subscriber_id.eq(subscriber))
        .filter(bounces::delivery_id.eq(delivery.id))
        .filter(bounces::class.eq(class))
        .filter(bounces::at.ge(now.window(TimeDelta::days(1))));
    Ok(diesel::select(diesel::dsl::exists(of_day)).get_result(conn)?)
}

/// An acceptance is believed when nothing came back for as long as mail servers try (RFC 5321, section 4.5.4.1).
const BELIEVED_AFTER: TimeDelta = TimeDelta::days(5);

/// The refusals of mail to a subscriber since mail to it was last accepted and stayed so, at most the latest hundred.
pub(super) fn history(conn: &mut Conn, subscriber: SubscriberId, now: Timestamp) -> Result<Vec<Event>, StoreError> {
    let accepted: Option<Timestamp> = deliveries::table
        .filter(deliveries::subscriber_id.eq(subscriber))
        .filter(deliveries::state.eq(deliveries_noun::State::Accepted))
        .filter(deliveries::bounced_at.is_null())
        .filter(deliveries::finished_at.lt(now - BELIEVED_AFTER))
        .order(deliveries::finished_at.desc())
        .select(deliveries::finished_at)
        .first::<Option<Timestamp>>(conn)
        .optional()?
        .flatten();
    let since = accepted.unwrap_or(Timestamp::from_micros(0));
    let rows: Vec<(Class, String, String, Timestamp)> = bounces::table
        .filter(bounces::subscriber_id.eq(subscriber))
        .filter(bounces::at.gt(since))
        .order(bounces::at.desc())
        .limit(100)
        .select((bounces::class, bounces::status, bounces::reply, bounces::at))
        .load(conn)?;
    let event = |(class, status, reply, at): (Class, String, String, Timestamp)| Event {
        class,
        lasting: lasting_of(&status, &reply),
        at,
    };
    Ok(rows.into_iter().map(event).collect())
}

/// How many reports about mail to a subscriber were recorded since then.
pub(super) fn reports_since(conn: &mut Conn, subscriber: SubscriberId, since: Timestamp) -> Result<i64, StoreError> {
    let of_person = bounces::table.filter(bounces::subscriber_id.eq(subscriber)).filter(bounces::at.gt(since));
    Ok(of_person.filter(bounces::inbound_message_id.is_not_null()).count().get_result(conn)?)
}

/// Takes the replies away that a person's mail was refused with: they quote the address.
pub(super) fn forget_replies(conn: &mut Conn, account: AccountId, person: SubscriberId) -> Result<(), StoreError> {
    let of_person = bounces::table.filter(bounces::account_id.eq(account)).filter(bounces::subscriber_id.eq(person));
    diesel::update(of_person).set(bounces::reply.eq("")).execute(conn)?;
    Ok(())
}
