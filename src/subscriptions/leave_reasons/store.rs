//! The `leave_reasons` table.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::Subscription;
use super::{LeaveReason, Told};
use crate::storage::columns::PublicId;
use crate::storage::schema::{leave_reasons, subscriptions};
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError, SubscriberId, SubscriptionId, Timestamp};

/// How many of the latest own words are shown.
const LATEST: i64 = 20;

pub(super) fn keep(conn: &mut Conn, of: &Subscription, left_at: Timestamp, told: &Told) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO leave_reasons (subscription_id, left_at, account_id, list_id, reason, comment, told_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (subscription_id, left_at) \
         DO UPDATE SET reason = excluded.reason, comment = excluded.comment, told_at = excluded.told_at",
    )
    .bind::<PublicId, _>(of.id)
    .bind::<BigInt, _>(left_at)
    .bind::<PublicId, _>(of.account_id)
    .bind::<PublicId, _>(of.list_id)
    .bind::<Text, _>(told.reason)
    .bind::<Text, _>(&told.comment)
    .bind::<BigInt, _>(told.told_at)
    .execute(conn)?;
    Ok(())
}

pub(super) fn counts_of_list(
    conn: &mut Conn,
    account: AccountId,
    list: ListId,
) -> Result<Vec<(LeaveReason, i64)>, StoreError> {
    Ok(leave_reasons::table
        .filter(leave_reasons::account_id.eq(account))
        .filter(leave_reasons::list_id.eq(list))
        .group_by(leave_reasons::reason)
        .order((count_star().desc(), leave_reasons::reason))
        .select((leave_reasons::reason, count_star()))
        .load(conn)?)
}

pub(super) fn comments_of_list(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Vec<Told>, StoreError> {
    let rows: Vec<(LeaveReason, String, Timestamp)> = leave_reasons::table
        .filter(leave_reasons::account_id.eq(account))
        .filter(leave_reasons::list_id.eq(list))
        .filter(leave_reasons::comment.ne(""))
        .order(leave_reasons::left_at.desc())
        .limit(LATEST)
        .select((leave_reasons::reason, leave_reasons::comment, leave_reasons::told_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(reason, comment, told_at)| Told { reason, comment, told_at }).collect())
}

/// As the report of a campaign counts those who left because of it.
const OF_CAMPAIGN: &str = "SELECT r.reason AS reason, COUNT(*) AS found FROM leave_reasons r \
     JOIN deliveries d ON d.subscription_id = r.subscription_id \
     WHERE d.campaign_id = $1 AND d.kind = 'campaign' AND d.state = 'accepted' AND r.left_at >= d.finished_at \
     AND NOT EXISTS (SELECT 1 FROM deliveries later WHERE later.subscription_id = r.subscription_id \
     AND later.kind = 'campaign' AND later.state = 'accepted' AND later.finished_at > d.finished_at \
     AND later.finished_at <= r.left_at) GROUP BY r.reason ORDER BY COUNT(*) DESC, r.reason";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    reason: LeaveReason,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

pub(super) fn counts_of_campaign(conn: &mut Conn, id: CampaignId) -> Result<Vec<(LeaveReason, i64)>, StoreError> {
    let rows: Vec<Count> = diesel::sql_query(OF_CAMPAIGN).bind::<PublicId, _>(id).load(conn)?;
    Ok(rows.into_iter().map(|count| (count.reason, count.found)).collect())
}

pub(super) fn of_subscriber(
    conn: &mut Conn,
    subscriber: SubscriberId,
) -> Result<Vec<(SubscriptionId, Told)>, StoreError> {
    let rows: Vec<(SubscriptionId, LeaveReason, String, Timestamp)> = leave_reasons::table
        .inner_join(subscriptions::table.on(subscriptions::id.eq(leave_reasons::subscription_id)))
        .filter(subscriptions::subscriber_id.eq(subscriber))
        .order(leave_reasons::left_at)
        .select((leave_reasons::subscription_id, leave_reasons::reason, leave_reasons::comment, leave_reasons::told_at))
        .load(conn)?;
    let told = |(id, reason, comment, told_at)| (id, Told { reason, comment, told_at });
    Ok(rows.into_iter().map(told).collect())
}

pub(super) fn blank(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    let of_person = subscriptions::table.filter(subscriptions::subscriber_id.eq(subscriber)).select(subscriptions::id);
    diesel::update(leave_reasons::table.filter(leave_reasons::subscription_id.eq_any(of_person)))
        .set(leave_reasons::comment.eq(""))
        .execute(conn)?;
    Ok(())
}
