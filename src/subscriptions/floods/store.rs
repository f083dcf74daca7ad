//! The `floods` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Flood;
use crate::storage::columns::PublicId;
use crate::storage::schema::floods;
use crate::storage::{AccountId, Conn, FloodId, FormId, StoreError, Timestamp};
use crate::subscriptions::Step;

#[derive(Queryable, Selectable)]
#[diesel(table_name = floods)]
struct Row {
    id: FloodId,
    account_id: AccountId,
    form_id: FormId,
    step: Step,
    tried: i64,
    mailed: i64,
    began_at: Timestamp,
    seen_at: Timestamp,
    next_mail_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl From<Row> for Flood {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            form_id: row.form_id,
            step: row.step,
            tried: row.tried,
            mailed: row.mailed,
            began_at: row.began_at,
            seen_at: row.seen_at,
            next_mail_at: row.next_mail_at,
            ended_at: row.ended_at,
        }
    }
}

/// Writes a flood; `false` when another transaction noticed it at the same moment.
pub(super) fn insert(conn: &mut Conn, flood: &Flood) -> Result<bool, StoreError> {
    let written = diesel::sql_query(
        "INSERT INTO floods (id, account_id, form_id, step, tried, mailed, began_at, seen_at, next_mail_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (form_id) WHERE ended_at IS NULL DO NOTHING",
    )
    .bind::<PublicId, _>(flood.id)
    .bind::<PublicId, _>(flood.account_id)
    .bind::<PublicId, _>(flood.form_id)
    .bind::<Text, _>(flood.step.word())
    .bind::<BigInt, _>(flood.tried)
    .bind::<BigInt, _>(flood.mailed)
    .bind::<BigInt, _>(flood.began_at)
    .bind::<BigInt, _>(flood.seen_at)
    .bind::<BigInt, _>(flood.next_mail_at)
    .execute(conn)?;
    Ok(written > 0)
}

pub(super) fn update(conn: &mut Conn, flood: &Flood) -> Result<(), StoreError> {
    diesel::update(floods::table.find(flood.id))
        .set((
            floods::step.eq(flood.step),
            floods::tried.eq(flood.tried),
            floods::mailed.eq(flood.mailed),
            floods::seen_at.eq(flood.seen_at),
            floods::next_mail_at.eq(flood.next_mail_at),
            floods::ended_at.eq(flood.ended_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The flood that goes on, or the latest one that ended after `since`.
pub(super) fn open_or_recent(conn: &mut Conn, form: FormId, since: Timestamp) -> Result<Option<Flood>, StoreError> {
    let row: Option<Row> = floods::table
        .filter(floods::form_id.eq(form))
        .filter(floods::ended_at.is_null().or(floods::ended_at.gt(since)))
        .order(floods::began_at.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Into::into))
}

pub(super) fn find(conn: &mut Conn, id: FloodId) -> Result<Option<Flood>, StoreError> {
    let row: Option<Row> = floods::table.find(id).select(Row::as_select()).first(conn).optional()?;
    Ok(row.map(Into::into))
}

pub(super) fn end_before(conn: &mut Conn, seen_before: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
    let calm = floods::table.filter(floods::ended_at.is_null()).filter(floods::seen_at.lt(seen_before));
    Ok(diesel::update(calm).set(floods::ended_at.eq(now)).execute(conn)?)
}

pub(super) fn open(conn: &mut Conn, account: Option<AccountId>, limit: i64) -> Result<Vec<Flood>, StoreError> {
    let mut query = floods::table.filter(floods::ended_at.is_null()).into_boxed();
    if let Some(account) = account {
        query = query.filter(floods::account_id.eq(account));
    }
    let rows: Vec<Row> = query.order(floods::began_at.desc()).limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Into::into).collect())
}
