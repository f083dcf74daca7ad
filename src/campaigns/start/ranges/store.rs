//! The rows of `campaign_ranges`, and what is read and written of a range.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::store::Freezing;
use super::{Part, Range, Shuffle};
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::schema::{campaign_ranges, subscriptions};
use crate::storage::{CampaignId, Conn, ListId, StoreError, SubscriptionId, dialect};
use crate::subscriptions::State as SubscriptionState;

/// Below and above every id.
const ENDS: (SubscriptionId, SubscriptionId) = (SubscriptionId(uuid::Uuid::nil()), SubscriptionId(uuid::Uuid::max()));

#[derive(QueryableByName)]
struct Bound {
    #[diesel(sql_type = PublicId)]
    id: SubscriptionId,
}

/// Subscriptions that cut a list into so many ranges of about the same length. Reads the whole list.
pub(in super::super) fn bounds(
    conn: &mut Conn,
    list: ListId,
    audience: i64,
    ranges: i64,
) -> Result<Vec<SubscriptionId>, StoreError> {
    if ranges < 2 {
        return Ok(Vec::new());
    }
    let bounds: Vec<Bound> = diesel::sql_query(
        "SELECT id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM subscriptions \
         WHERE list_id = $1 AND state = 'confirmed') AS places WHERE place % $2 = 0 ORDER BY id",
    )
    .bind::<PublicId, _>(list)
    .bind::<BigInt, _>((audience / ranges).max(1))
    .load(conn)?;
    Ok(bounds.into_iter().map(|bound| bound.id).collect())
}

/// Writes the ranges between these bounds.
pub(in super::super) fn begin(conn: &mut Conn, id: CampaignId, bounds: &[SubscriptionId]) -> Result<(), StoreError> {
    let (first, last) = ENDS;
    let afters = std::iter::once(first).chain(bounds.iter().copied());
    let uptos = bounds.iter().copied().chain(std::iter::once(last));
    for (number, (after, upto)) in afters.zip(uptos).enumerate() {
        diesel::insert_into(campaign_ranges::table)
            .values((
                campaign_ranges::campaign_id.eq(id),
                campaign_ranges::number.eq(i64::try_from(number).unwrap_or(i64::MAX)),
                campaign_ranges::after.eq(after),
                campaign_ranges::upto.eq(upto),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The ranges of which something may be left. A campaign that another version of this program began has one, from where
/// that stopped.
pub(super) fn open(conn: &mut Conn, freezing: &Freezing) -> Result<Vec<Range>, StoreError> {
    let rows: Vec<(i64, SubscriptionId, SubscriptionId)> = campaign_ranges::table
        .filter(campaign_ranges::campaign_id.eq(freezing.id))
        .order(campaign_ranges::number)
        .select((campaign_ranges::number, campaign_ranges::after, campaign_ranges::upto))
        .load(conn)?;
    if rows.is_empty() {
        begin(conn, freezing.id, &[])?;
        return Ok(vec![Range { number: 0, after: freezing.cursor.unwrap_or(ENDS.0), upto: ENDS.1 }]);
    }
    Ok(rows.into_iter().map(|(number, after, upto)| Range { number, after, upto }).collect())
}

/// How many of the next subscriptions of a range there are, up to a limit, and the last of them.
pub(super) fn next(
    conn: &mut Conn,
    freezing: &Freezing,
    range: &Range,
    limit: i64,
) -> Result<(i64, Option<SubscriptionId>), StoreError> {
    let ids: Vec<SubscriptionId> = subscriptions::table
        .filter(subscriptions::list_id.eq(freezing.list_id))
        .filter(subscriptions::state.eq(SubscriptionState::Confirmed))
        .filter(subscriptions::confirmed_at.le(freezing.started_at))
        .filter(subscriptions::id.gt(range.after))
        .filter(subscriptions::id.le(range.upto))
        .order(subscriptions::id)
        .limit(limit)
        .select(subscriptions::id)
        .load(conn)?;
    Ok((i64::try_from(ids.len()).unwrap_or(limit), ids.last().copied()))
}

/// Goes on behind a part, or closes its range when that was its end.
pub(in super::super) fn move_on(conn: &mut Conn, id: CampaignId, part: &Part) -> Result<(), StoreError> {
    let row = campaign_ranges::table.find((id, part.range.number));
    match part.last.filter(|_| !part.is_end) {
        Some(last) => diesel::update(row).set(campaign_ranges::after.eq(last)).execute(conn)?,
        None => diesel::delete(row).execute(conn)?,
    };
    Ok(())
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    lane: String,
}

/// Writes the deliveries of a part that ends with `last`; adds to `lanes` how many in each lane.
pub(in super::super) fn write(
    conn: &mut Conn,
    freezing: &Freezing,
    (part, last): (&Part, SubscriptionId),
    (shuffle, expires_at): (Shuffle, Timestamp),
    lanes: &mut BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    let domain = dialect::after_at(conn, "p.address");
    let sql = format!(
        "INSERT INTO deliveries (kind, account_id, campaign_id, list_id, subscriber_id, subscription_id, address, \
         lane, position, state, attempts, created_at, due_at, expires_at) \
         SELECT 'campaign', s.account_id, $1, s.list_id, s.subscriber_id, s.id, p.address, \
         COALESCE((SELECT r.lane FROM receiving_domains r WHERE r.name = {domain}), 'other'), \
         $2 + (($3 + ROW_NUMBER() OVER (ORDER BY s.id) - 1) * $4 + $5) % $6, 'queued', 0, $7, $7, $8 \
         FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id \
         WHERE s.list_id = $9 AND s.state = 'confirmed' AND s.confirmed_at <= $7 AND p.address IS NOT NULL \
         AND s.id <= $10 AND s.id > $11 RETURNING lane",
    );
    let written: Vec<Written> = diesel::sql_query(sql)
        .bind::<PublicId, _>(freezing.id)
        .bind::<BigInt, _>(shuffle.base)
        .bind::<BigInt, _>(shuffle.before)
        .bind::<BigInt, _>(shuffle.factor)
        .bind::<BigInt, _>(shuffle.offset)
        .bind::<BigInt, _>(shuffle.count.max(1))
        .bind::<BigInt, _>(freezing.started_at)
        .bind::<BigInt, _>(expires_at)
        .bind::<PublicId, _>(freezing.list_id)
        .bind::<PublicId, _>(last)
        .bind::<PublicId, _>(part.range.after)
        .load(conn)?;
    for row in written {
        *lanes.entry(row.lane).or_default() += 1;
    }
    Ok(())
}

/// Wants to know the lanes of the receiving domains of a part that nobody asked about yet; names that are reserved for
/// examples and tests (RFC 2606, RFC 6761) have none.
pub(in super::super) fn want_domains(
    conn: &mut Conn,
    freezing: &Freezing,
    (part, last): (&Part, SubscriptionId),
    now: Timestamp,
) -> Result<(), StoreError> {
    let domain = dialect::after_at(conn, "p.address");
    let sql = format!(
        "INSERT INTO receiving_domains (name, lane, wanted_at) SELECT DISTINCT {domain}, 'other', $1 \
         FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id \
         WHERE s.list_id = $2 AND s.state = 'confirmed' AND s.confirmed_at <= $3 AND p.address IS NOT NULL \
         AND s.id <= $4 AND s.id > $5 AND p.address NOT LIKE '%.example' AND p.address NOT LIKE '%.test' \
         AND p.address NOT LIKE '%.invalid' AND p.address NOT LIKE '%.localhost' \
         AND NOT EXISTS (SELECT 1 FROM receiving_domains r WHERE r.name = {domain}) ON CONFLICT (name) DO NOTHING",
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(now)
        .bind::<PublicId, _>(freezing.list_id)
        .bind::<BigInt, _>(freezing.started_at)
        .bind::<PublicId, _>(last)
        .bind::<PublicId, _>(part.range.after)
        .execute(conn)?;
    Ok(())
}
