//! The `imports` table.

use diesel::prelude::*;

use super::brake::PauseReason;
use super::{Counts, Delimiter, Encoding, Format, Import, Pace, Provenance, State};
use crate::storage::columns::PublicId;
use crate::storage::schema::imports;
use crate::storage::{AccountId, Conn, ImportId, ListId, StoreError, Timestamp, dialect};

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
struct Row {
    id: ImportId,
    account_id: AccountId,
    list_id: ListId,
    state: State,
    source: String,
    collected_on: String,
    basis: String,
    evidence: Option<String>,
    file_name: String,
    encoding: Encoding,
    delimiter: Delimiter,
    fields: String,
    row_count: i64,
    accepted: i64,
    refused: i64,
    asked: i64,
    postponed: i64,
    per_day: i64,
    leg_at: Timestamp,
    leg_from: i64,
    paused_at: Option<Timestamp>,
    pause_reason: Option<PauseReason>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<Row> for Import {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            list_id: row.list_id,
            state: row.state,
            provenance: Provenance {
                source: row.source,
                // Only a day is ever written.
                collected_on: row.collected_on.parse().unwrap_or_default(),
                basis: row.basis,
                evidence: row.evidence,
            },
            file_name: row.file_name,
            format: Format { encoding: row.encoding, delimiter: row.delimiter },
            columns: serde_json::from_str(&row.fields).unwrap_or_default(),
            counts: Counts {
                rows: row.row_count,
                accepted: row.accepted,
                refused: row.refused,
                asked: row.asked,
                postponed: row.postponed,
            },
            pace: Pace { per_day: row.per_day, leg_at: row.leg_at, leg_from: row.leg_from },
            paused: row.paused_at.zip(row.pause_reason),
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

pub(super) fn insert(conn: &mut Conn, import: &Import, file_hash: &[u8]) -> Result<(), StoreError> {
    let said = &import.provenance;
    diesel::insert_into(imports::table)
        .values((
            imports::id.eq(import.id),
            imports::account_id.eq(import.account_id),
            imports::list_id.eq(import.list_id),
            imports::state.eq(import.state),
            imports::source.eq(&said.source),
            imports::collected_on.eq(said.collected_on.to_string()),
            imports::basis.eq(&said.basis),
            imports::evidence.eq(&said.evidence),
            imports::file_name.eq(&import.file_name),
            imports::file_hash.eq(file_hash),
            imports::encoding.eq(import.format.encoding),
            imports::delimiter.eq(import.format.delimiter),
            imports::fields.eq(serde_json::to_string(&import.columns).unwrap_or_default()),
            imports::row_count.eq(import.counts.rows),
            imports::accepted.eq(0_i64),
            imports::refused.eq(0_i64),
            imports::asked.eq(0_i64),
            imports::postponed.eq(0_i64),
            imports::per_day.eq(import.pace.per_day),
            imports::leg_at.eq(import.pace.leg_at),
            imports::leg_from.eq(import.pace.leg_from),
            imports::created_at.eq(import.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, id: ImportId) -> Result<Option<Import>, StoreError> {
    Ok(imports::table.find(id).select(Row::as_select()).first(conn).optional()?.map(Import::from))
}

/// An earlier import of the same file, for the same list and with the same words.
pub(super) fn same_file(
    conn: &mut Conn,
    new: &Import,
    file_hash: &[u8],
    since: Timestamp,
) -> Result<Option<Import>, StoreError> {
    let rows: Vec<Row> = imports::table
        .filter(imports::account_id.eq(new.account_id))
        .filter(imports::file_hash.eq(file_hash))
        .filter(imports::list_id.eq(new.list_id))
        .filter(imports::created_at.ge(since))
        .filter(imports::state.ne_all([State::Cancelled, State::Receiving]))
        .order(imports::id.desc())
        .select(Row::as_select())
        .load(conn)?;
    let mut earlier = rows.into_iter().map(Import::from);
    Ok(earlier.find(|import| import.is_stamp() == new.is_stamp()))
}

pub(super) fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<ImportId>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let mut query =
        imports::table.filter(imports::account_id.eq(account)).filter(imports::state.ne(State::Receiving)).into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(imports::id.lt(cursor));
    }
    let rows: Vec<Row> = query.order(imports::id.desc()).limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Import::from).collect())
}

pub(super) fn in_state(conn: &mut Conn, state: State) -> Result<Vec<ImportId>, StoreError> {
    Ok(imports::table
        .filter(imports::state.eq(state))
        .filter(imports::paused_at.is_null())
        .order(imports::id)
        .select(imports::id)
        .load(conn)?)
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = PublicId)]
    id: ImportId,
}

/// An import that nobody else may touch before the transaction ends; `None` also while somebody else does.
pub(super) fn take(conn: &mut Conn, id: ImportId) -> Result<Option<Import>, StoreError> {
    let end = dialect::skip_locked(conn);
    lock(conn, id, end)
}

/// [`take`] that waits for whoever has it.
pub(super) fn hold(conn: &mut Conn, id: ImportId) -> Result<Option<Import>, StoreError> {
    let end = dialect::hold_row(conn);
    lock(conn, id, end)
}

fn lock(conn: &mut Conn, id: ImportId, end: &str) -> Result<Option<Import>, StoreError> {
    let held: Option<Held> = diesel::sql_query(format!("SELECT id FROM imports WHERE id = $1{end}"))
        .bind::<PublicId, _>(id)
        .get_result(conn)
        .optional()?;
    match held {
        Some(held) => find(conn, held.id),
        None => Ok(None),
    }
}

pub(super) fn set_state(
    conn: &mut Conn,
    id: ImportId,
    state: State,
    finished_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    diesel::update(imports::table.find(id))
        .set((imports::state.eq(state), imports::finished_at.eq(finished_at)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_counts(conn: &mut Conn, id: ImportId, counts: Counts) -> Result<(), StoreError> {
    diesel::update(imports::table.find(id))
        .set((
            imports::accepted.eq(counts.accepted),
            imports::refused.eq(counts.refused),
            imports::asked.eq(counts.asked),
            imports::postponed.eq(counts.postponed),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_pace(conn: &mut Conn, id: ImportId, pace: Pace) -> Result<(), StoreError> {
    diesel::update(imports::table.find(id))
        .set((imports::per_day.eq(pace.per_day), imports::leg_at.eq(pace.leg_at), imports::leg_from.eq(pace.leg_from)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_paused(
    conn: &mut Conn,
    id: ImportId,
    paused: Option<(Timestamp, PauseReason)>,
) -> Result<(), StoreError> {
    let (at, reason) = paused.unzip();
    diesel::update(imports::table.find(id))
        .set((imports::paused_at.eq(at), imports::pause_reason.eq(reason)))
        .execute(conn)?;
    Ok(())
}

/// Imports that were given up while people waited to be asked.
pub(super) fn cancelled_with_waiting(conn: &mut Conn) -> Result<Vec<Import>, StoreError> {
    let rows: Vec<Row> = imports::table
        .filter(imports::state.eq(State::Cancelled))
        .filter(imports::evidence.is_null())
        .filter(imports::asked.lt(imports::accepted + imports::postponed))
        .order(imports::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Import::from).collect())
}

pub(super) fn broken_off(conn: &mut Conn, before: Timestamp) -> Result<Vec<ImportId>, StoreError> {
    Ok(imports::table
        .filter(imports::state.eq(State::Receiving))
        .filter(imports::created_at.lt(before))
        .select(imports::id)
        .load(conn)?)
}
