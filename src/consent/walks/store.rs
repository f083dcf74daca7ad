//! The `consent_walks` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::PastWalk;
use crate::consent::{Break, Difference};
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, consent_walk_attempts as attempts, consent_walks};
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = consent_walks)]
struct Row {
    walked_at: Timestamp,
    records: i64,
    broken_record: Option<ConsentRecordId>,
    broken_day: Option<String>,
    difference: Option<Difference>,
}

impl From<Row> for PastWalk {
    fn from(row: Row) -> Self {
        let Row { walked_at, records, broken_record: record, broken_day: day, difference } = row;
        Self { walked_at, records, broken: difference.map(|difference| Break { record, day, difference }) }
    }
}

pub(super) fn due(conn: &mut Conn, before: Timestamp) -> Result<Option<AccountId>, StoreError> {
    Ok(accounts::table
        .left_join(consent_walks::table.on(consent_walks::account_id.eq(accounts::id)))
        .left_join(attempts::table.on(attempts::account_id.eq(accounts::id)))
        .filter(accounts::consent_head.is_not_null())
        .filter(consent_walks::walked_at.is_null().or(consent_walks::walked_at.lt(before)))
        .order((attempts::tried_at.is_not_null(), attempts::tried_at, accounts::id))
        .select(accounts::id)
        .first(conn)
        .optional()?)
}

pub(super) fn note_attempt(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO consent_walk_attempts (account_id, tried_at) VALUES ($1, $2) \
         ON CONFLICT (account_id) DO UPDATE SET tried_at = excluded.tried_at",
    )
    .bind::<PublicId, _>(account)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}

pub(super) fn put(conn: &mut Conn, account: AccountId, walk: &PastWalk) -> Result<(), StoreError> {
    let broken = walk.broken.as_ref();
    diesel::sql_query(
        "INSERT INTO consent_walks (account_id, walked_at, records, broken_record, broken_day, difference) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO UPDATE SET walked_at = excluded.walked_at, \
         records = excluded.records, broken_record = excluded.broken_record, broken_day = excluded.broken_day, \
         difference = excluded.difference",
    )
    .bind::<PublicId, _>(account)
    .bind::<BigInt, _>(walk.walked_at)
    .bind::<BigInt, _>(walk.records)
    .bind::<Nullable<BigInt>, _>(broken.and_then(|found| found.record))
    .bind::<Nullable<Text>, _>(broken.and_then(|found| found.day.as_deref()))
    .bind::<Nullable<Text>, _>(broken.map(|found| found.difference.word()))
    .execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, account: AccountId) -> Result<Option<PastWalk>, StoreError> {
    let row: Option<Row> = consent_walks::table.find(account).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(PastWalk::from))
}

pub(super) fn broken(conn: &mut Conn) -> Result<Vec<(String, Break)>, StoreError> {
    let rows: Vec<(String, Row)> = consent_walks::table
        .inner_join(accounts::table.on(accounts::id.eq(consent_walks::account_id)))
        .filter(consent_walks::difference.is_not_null())
        .order(accounts::id)
        .select((accounts::name, Row::as_select()))
        .load(conn)?;
    let found = |(name, row): (String, Row)| Some((name, PastWalk::from(row).broken?));
    Ok(rows.into_iter().filter_map(found).collect())
}
