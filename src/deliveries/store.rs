//! The rows of deliveries: written with their cause, read by pages, marked by reports.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::{Counts, Delivery, Kind, NewDelivery, State};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::receiving_domains;
use crate::storage::columns::PublicId;
use crate::storage::schema::deliveries;
use crate::storage::{
    AccountId, CampaignId, Conn, DeliveryId, ListId, MultiBackend, StoreError, SubscriberId, SubscriptionId, prepared,
};

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

/// A word of ours as it stands in a statement and not as a value: SQLite looks into an index of a part only where the
/// statement names that part.
fn named(word: &'static str) -> SqlLiteral<Text> {
    sql(&format!("'{word}'"))
}

/// Deliveries of campaigns that wait in this state, as the index of that state has them.
pub(super) fn waiting_in(state: State) -> deliveries::BoxedQuery<'static, MultiBackend> {
    deliveries::table
        .filter(deliveries::kind.eq(named(Kind::Campaign.word())))
        .filter(deliveries::state.eq(named(state.word())))
        // A column that is always there makes SQLite take that index.
        .filter(deliveries::lane.ge(""))
        .into_boxed()
}

/// The states in which a delivery waits and no node holds it.
pub(super) const WAITING: [State; 2] = [State::Queued, State::Deferred];

/// The deliveries of a campaign after `cursor`, oldest first; look the campaign up by its account before.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_campaign(
    conn: &mut Conn,
    campaign: CampaignId,
    state: Option<State>,
    cursor: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let after = cursor.unwrap_or(DeliveryId(0));
    let mut query = deliveries::table.filter(deliveries::kind.eq(named(Kind::Campaign.word()))).into_boxed();
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(named(state.word())));
    }
    // Of those that wait there may be none among a million, so they are looked for in the index of their state.
    query = match state {
        Some(State::Queued | State::Deferred | State::Claimed) => query
            .filter(sql::<Bool>("COALESCE(campaign_id, NULL) = ").bind::<PublicId, _>(campaign))
            .filter(sql::<Bool>("id + 0 > ").bind::<BigInt, _>(after))
            .order(sql::<BigInt>("id + 0")),
        _ => query.filter(deliveries::campaign_id.eq(campaign)).filter(deliveries::id.gt(after)).order(deliveries::id),
    };
    let rows: Vec<Row> = query.limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
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

/// Each as its own index says it, all in one statement and so at one moment. A second column that is always there makes
/// SQLite take the index of that part. Those that a node holds are few, and belong to whatever campaign.
const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND campaign_id = $1 \
     AND subscription_id IS NOT NULL) AS written, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'queued' AND campaign_id = $1 \
     AND lane >= '') AS queued, \
     (SELECT COUNT(CASE WHEN kind = 'campaign' AND campaign_id = $1 THEN 1 END) FROM deliveries \
     WHERE state = 'claimed') AS claimed, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'deferred' AND campaign_id = $1 \
     AND lane >= '') AS deferred, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'failed' AND campaign_id = $1) AS failed, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND state = 'skipped' AND campaign_id = $1) AS skipped, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND bounced_at IS NOT NULL AND campaign_id = $1) \
     AS bounced, \
     (SELECT COUNT(*) FROM deliveries WHERE kind = 'campaign' AND complained_at IS NOT NULL AND campaign_id = $1) \
     AS complained";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    written: i64,
    #[diesel(sql_type = BigInt)]
    queued: i64,
    #[diesel(sql_type = BigInt)]
    claimed: i64,
    #[diesel(sql_type = BigInt)]
    deferred: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    skipped: i64,
    #[diesel(sql_type = BigInt)]
    bounced: i64,
    #[diesel(sql_type = BigInt)]
    complained: i64,
}

/// How the deliveries of a campaign stand.
///
/// # Errors
/// When the rows cannot be counted.
pub fn counts(conn: &mut Conn, campaign: CampaignId) -> Result<Counts, StoreError> {
    let found: Counted = prepared(COUNTS).bind::<PublicId, _>(campaign).get_result(conn)?;
    let Counted { written, queued, claimed, deferred, failed, skipped, bounced, complained } = found;
    // Whatever does not wait and did not go wrong: the relay has it.
    let accepted = written - queued - claimed - deferred - failed - skipped;
    Ok(Counts { queued: queued + claimed, deferred, accepted, failed, skipped, bounced, complained })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{empty_database, steps};

    #[test]
    fn each_state_is_counted_as_what_it_is() {
        let mut conn = empty_database();
        let campaign = CampaignId::new();
        let insert = "INSERT INTO deliveries (kind, campaign_id, subscription_id, address, lane, position, state, attempts, \
             created_at, due_at, expires_at) VALUES ($1, $2, $3, 'a@example.org', 'other', 0, $4, 0, 1, 1, 2)";
        for (at, state) in State::ALL.iter().enumerate() {
            for kind in std::iter::repeat_n(Kind::Campaign, at + 1).chain([Kind::Test]) {
                prepared(insert)
                    .bind::<Text, _>(kind)
                    .bind::<PublicId, _>(campaign)
                    .bind::<PublicId, _>(SubscriptionId::new())
                    .bind::<Text, _>(*state)
                    .execute(&mut conn)
                    .unwrap();
            }
        }
        let of = |wanted: State| State::ALL.iter().zip(1..).find(|(state, _)| **state == wanted).map_or(0, |(_, n)| n);
        let counts = counts(&mut conn, campaign).unwrap();
        assert_eq!(counts.queued, of(State::Queued) + of(State::Claimed));
        assert_eq!(counts.deferred, of(State::Deferred));
        assert_eq!(counts.accepted, of(State::Accepted));
        assert_eq!((counts.failed, counts.skipped), (of(State::Failed), of(State::Skipped)));
        assert_eq!((counts.bounced, counts.complained), (0, 0));
        for state in State::ALL {
            let found = of_campaign(&mut conn, campaign, Some(*state), None, 100).unwrap();
            assert!(found.iter().all(|delivery| delivery.state == *state), "{state}");
            assert_eq!(i64::try_from(found.len()).unwrap(), of(*state), "{state}");
            let after_the_first = of_campaign(&mut conn, campaign, Some(*state), Some(found[0].id), 100).unwrap();
            assert_eq!(after_the_first.len() + 1, found.len(), "{state}");
        }
    }

    #[test]
    fn how_a_campaign_stands_is_counted_in_indexes_alone() {
        let steps = steps(&mut empty_database(), COUNTS);
        for (index, looks) in [
            ("once", 1),
            ("released", 1),
            ("claimed", 1),
            ("retry", 1),
            ("ended", 2),
            ("bounced", 1),
            ("complained", 1),
        ] {
            let has = |step: &&String| step.contains(&format!("INDEX deliveries_{index}"));
            assert_eq!(steps.iter().filter(has).count(), looks, "{index}: {steps:?}");
        }
        for index in ["once", "released", "retry", "ended"] {
            let is_covered = |step: &String| step.contains(&format!("COVERING INDEX deliveries_{index}"));
            assert!(steps.iter().any(is_covered), "{index}: {steps:?}");
        }
    }
}
