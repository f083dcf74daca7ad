//! The `subscriptions` table.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Counts, EndReason, Frequency, State, Subscription};
use crate::storage::columns::PublicId;
use crate::storage::schema::subscriptions;
use crate::storage::{
    self, AccountId, Conn, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp, binds, prepared, round_up,
};
use crate::suppressions;

#[derive(Queryable, Selectable)]
#[diesel(table_name = subscriptions)]
struct Row {
    id: SubscriptionId,
    account_id: AccountId,
    subscriber_id: SubscriberId,
    list_id: ListId,
    state: State,
    requested_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    end_reason: Option<EndReason>,
    expires_at: Option<Timestamp>,
}

impl From<Row> for Subscription {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            subscriber_id: row.subscriber_id,
            list_id: row.list_id,
            state: row.state,
            requested_at: row.requested_at,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            expires_at: row.expires_at,
        }
    }
}

pub(super) fn insert(conn: &mut Conn, new: &Subscription) -> Result<(), StoreError> {
    insert_all(conn, std::slice::from_ref(new))
}

pub(super) fn insert_all(conn: &mut Conn, new: &[Subscription]) -> Result<(), StoreError> {
    storage::insert_all(
        conn,
        "subscriptions (id, account_id, subscriber_id, list_id, state, requested_at, confirmed_at, expires_at)",
        new,
        |statement, one| {
            statement
                .bind::<PublicId, _>(one.id)
                .bind::<PublicId, _>(one.account_id)
                .bind::<PublicId, _>(one.subscriber_id)
                .bind::<PublicId, _>(one.list_id)
                .bind::<Text, _>(one.state.word())
                .bind::<BigInt, _>(one.requested_at)
                .bind::<Nullable<BigInt>, _>(one.confirmed_at)
                .bind::<Nullable<BigInt>, _>(one.expires_at)
        },
    )
}

/// Writes where the subscription stands.
pub(super) fn update(conn: &mut Conn, subscription: &Subscription) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.filter(subscriptions::id.eq(subscription.id)))
        .set((
            subscriptions::state.eq(subscription.state),
            subscriptions::requested_at.eq(subscription.requested_at),
            subscriptions::confirmed_at.eq(subscription.confirmed_at),
            subscriptions::ended_at.eq(subscription.ended_at),
            subscriptions::end_reason.eq(subscription.end_reason),
            subscriptions::expires_at.eq(subscription.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a subscription to the row with which its person goes on.
pub(super) fn hand_over(conn: &mut Conn, id: SubscriptionId, to: SubscriberId) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.filter(subscriptions::id.eq(id)))
        .set(subscriptions::subscriber_id.eq(to))
        .execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    let row = subscriptions::table.filter(subscriptions::id.eq(id)).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(Subscription::from))
}

pub(super) fn find_on_list(
    conn: &mut Conn,
    subscriber: SubscriberId,
    list: ListId,
) -> Result<Option<Subscription>, StoreError> {
    let row = subscriptions::table
        .filter(subscriptions::subscriber_id.eq(subscriber))
        .filter(subscriptions::list_id.eq(list))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Subscription::from))
}

pub(super) fn of_subscriber(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<Subscription>, StoreError> {
    let rows = subscriptions::table
        .filter(subscriptions::subscriber_id.eq(subscriber))
        .order(subscriptions::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Subscription::from).collect())
}

/// Pending subscriptions whose time has come, in the order in which their accounts' chains are taken.
pub(super) fn expired(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Subscription>, StoreError> {
    let rows: Vec<Row> = subscriptions::table
        .filter(subscriptions::state.eq(State::Pending))
        .filter(subscriptions::expires_at.le(now))
        .order(subscriptions::expires_at)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let mut found: Vec<Subscription> = rows.into_iter().map(Subscription::from).collect();
    found.sort_by_key(|subscription| subscription.account_id);
    Ok(found)
}

pub(super) fn counts(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Counts, StoreError> {
    let rows: Vec<(State, i64)> = subscriptions::table
        .filter(subscriptions::account_id.eq(account))
        .filter(subscriptions::list_id.eq(list))
        .group_by(subscriptions::state)
        .select((subscriptions::state, count_star()))
        .load(conn)?;
    let of = |state| rows.iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| *count);
    Ok(Counts { pending: of(State::Pending), confirmed: of(State::Confirmed), ended: of(State::Ended) })
}

/// What the late check reads at once; one row for each suppression in force of the address, one without any.
#[derive(QueryableByName)]
pub(super) struct Sendable {
    #[diesel(sql_type = PublicId)]
    pub(super) id: SubscriptionId,
    #[diesel(sql_type = Text)]
    pub(super) state: State,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) confirmed_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) frequency: Option<Frequency>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) paused_until: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) list_closed_at: Option<Timestamp>,
    #[diesel(sql_type = Text)]
    pub(super) attributes: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) suppressed: Option<suppressions::Reason>,
}

pub(super) fn sendable(conn: &mut Conn, ids: &[SubscriptionId]) -> Result<Vec<Sendable>, StoreError> {
    let sql = format!(
        "SELECT s.id, s.state, s.confirmed_at, s.frequency, s.paused_until, l.closed_at AS list_closed_at, \
         p.attributes, u.reason AS suppressed FROM subscriptions s JOIN lists l ON l.id = s.list_id \
         JOIN subscribers p ON p.id = s.subscriber_id LEFT JOIN suppressions u ON u.account_id = p.account_id \
         AND u.address_hash = p.address_hash AND u.lifted_at IS NULL WHERE s.id IN ({}) ORDER BY s.id, u.id",
        binds::joined("?", round_up(ids.len()), 1, ", ")
    );
    let nobody = SubscriptionId(uuid::Uuid::nil());
    Ok(prepared(&sql).bind_list::<PublicId, _>(ids, nobody).load(conn)?)
}
