//! The rows of `campaign_ranges`, and how far their parts reach.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::super::store::Freezing;
use super::{Part, Place, Range};
use crate::clock::Timestamp;
use crate::storage::columns::PublicId;
use crate::storage::schema::campaign_ranges;
use crate::storage::{CampaignId, Conn, ListId, MultiBackend, StoreError, SubscriptionId, binds};

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
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        insert(conn, id, &Range { number, after, upto, stamped_before: None })?;
    }
    Ok(())
}

/// Writes the one range of an audience that is read by the time of the stamps, from the latest until `upto` back.
pub(in super::super) fn begin_by_stamps(conn: &mut Conn, id: CampaignId, upto: Timestamp) -> Result<(), StoreError> {
    insert(conn, id, &Range { number: 0, after: ENDS.1, upto: ENDS.0, stamped_before: Some(upto) })
}

fn insert(conn: &mut Conn, id: CampaignId, range: &Range) -> Result<(), StoreError> {
    diesel::insert_into(campaign_ranges::table)
        .values((
            campaign_ranges::campaign_id.eq(id),
            campaign_ranges::number.eq(range.number),
            campaign_ranges::after.eq(range.after),
            campaign_ranges::upto.eq(range.upto),
            campaign_ranges::stamped_before.eq(range.stamped_before),
        ))
        .execute(conn)?;
    Ok(())
}

/// The ranges of which something may be left. A campaign that another version of this program began has one, from where
/// that stopped.
pub(super) fn open(conn: &mut Conn, freezing: &Freezing) -> Result<Vec<Range>, StoreError> {
    type Row = (i64, SubscriptionId, SubscriptionId, Option<Timestamp>);
    let rows: Vec<Row> = campaign_ranges::table
        .filter(campaign_ranges::campaign_id.eq(freezing.id))
        .order(campaign_ranges::number)
        .select((
            campaign_ranges::number,
            campaign_ranges::after,
            campaign_ranges::upto,
            campaign_ranges::stamped_before,
        ))
        .load(conn)?;
    if rows.is_empty() {
        begin(conn, freezing.id, &[])?;
        let after = freezing.cursor.unwrap_or(ENDS.0);
        return Ok(vec![Range { number: 0, after, upto: ENDS.1, stamped_before: None }]);
    }
    let range = |(number, after, upto, stamped_before)| Range { number, after, upto, stamped_before };
    Ok(rows.into_iter().map(range).collect())
}

/// How many of the next subscriptions there are, and the last of them.
type Reach = (i64, Option<Place>);

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = PublicId)]
    id: SubscriptionId,
    #[diesel(sql_type = Nullable<BigInt>)]
    confirmed_at: Option<Timestamp>,
}

/// Said so that only an index by ids serves it, and not the one by stamps.
const BY_IDS: &str = "SELECT CAST(? AS BIGINT) AS number, id, CAST(NULL AS BIGINT) AS confirmed_at FROM (SELECT id FROM subscriptions \
     WHERE list_id = ? AND state = 'confirmed' AND COALESCE(confirmed_at <= ?, FALSE) AND id > ? AND id <= ? \
     ORDER BY id LIMIT ?) AS one";
const BY_STAMPS: &str = "SELECT CAST($1 AS BIGINT) AS number, id, confirmed_at FROM subscriptions WHERE list_id = $2 \
     AND state = 'confirmed' AND confirmed_at IS NOT NULL AND (confirmed_at, id) < ($3, $4) \
     ORDER BY confirmed_at DESC, id DESC LIMIT $5";

/// How far the next `limit` subscriptions of each range reach, by the numbers of the ranges.
pub(super) fn next(
    conn: &mut Conn,
    freezing: &Freezing,
    ranges: &[Range],
    limit: i64,
) -> Result<BTreeMap<i64, Reach>, StoreError> {
    let found: Vec<Found> = match ranges {
        [] => Vec::new(),
        [Range { number, after, stamped_before: Some(before), .. }, ..] => diesel::sql_query(BY_STAMPS)
            .bind::<BigInt, _>(*number)
            .bind::<PublicId, _>(freezing.list_id)
            .bind::<BigInt, _>(*before)
            .bind::<PublicId, _>(*after)
            .bind::<BigInt, _>(limit)
            .load(conn)?,
        ranges => {
            let sql = binds::joined(BY_IDS, ranges.len(), 1, " UNION ALL ");
            let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
            for range in ranges {
                query = query
                    .bind::<BigInt, _>(range.number)
                    .bind::<PublicId, _>(freezing.list_id)
                    .bind::<BigInt, _>(freezing.started_at)
                    .bind::<PublicId, _>(range.after)
                    .bind::<PublicId, _>(range.upto)
                    .bind::<BigInt, _>(limit);
            }
            query.load(conn)?
        }
    };
    Ok(reaches(found))
}

/// By ids a range reaches up to the highest one, by stamps to the one that was read last.
fn reaches(found: Vec<Found>) -> BTreeMap<i64, Reach> {
    let mut reach: BTreeMap<i64, Reach> = BTreeMap::new();
    for Found { number, id, confirmed_at: stamped_at } in found {
        let (count, last) = reach.entry(number).or_insert((0, None));
        *count += 1;
        if stamped_at.is_some() || last.is_none_or(|last| last.id < id) {
            *last = Some(Place { id, stamped_at });
        }
    }
    reach
}

/// Goes on behind these parts; closes the ranges of which they were the end.
pub(in super::super) fn move_on(conn: &mut Conn, id: CampaignId, parts: &[Part]) -> Result<(), StoreError> {
    let (ended, open): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.is_end || part.last.is_none());
    let ended: Vec<i64> = ended.iter().map(|part| part.range.number).collect();
    if !ended.is_empty() {
        let of_campaign = campaign_ranges::table.filter(campaign_ranges::campaign_id.eq(id));
        diesel::delete(of_campaign.filter(campaign_ranges::number.eq_any(ended))).execute(conn)?;
    }
    let open: Vec<(i64, Place)> = open.iter().filter_map(|part| Some((part.range.number, part.last?))).collect();
    if open.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "WITH read (number, after, stamped_before) AS (VALUES {}) UPDATE campaign_ranges SET after = read.after, \
         stamped_before = read.stamped_before FROM read \
         WHERE campaign_ranges.campaign_id = ${} AND campaign_ranges.number = read.number",
        binds::rows("(?, ?, ?)", open.len(), 1),
        open.len() * 3 + 1
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>();
    for (number, place) in open {
        query =
            query.bind::<BigInt, _>(number).bind::<PublicId, _>(place.id).bind::<Nullable<BigInt>, _>(place.stamped_at);
    }
    query.bind::<PublicId, _>(id).execute(conn)?;
    Ok(())
}
