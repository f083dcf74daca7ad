//! The kept answers in the database.

use diesel::prelude::*;

use super::{KEPT_FOR, KeptAnswer, KeyedRequest};
use crate::clock::Timestamp;
use crate::storage::schema::kept_answers as keys;
use crate::storage::{Conn, StoreError};

pub(super) fn find(
    conn: &mut Conn,
    request: &KeyedRequest,
    since: Timestamp,
) -> Result<Option<(Vec<u8>, KeptAnswer)>, StoreError> {
    let row: Option<(Vec<u8>, i32, String)> = keys::table
        .filter(keys::holder_id.eq(request.holder_id()))
        .filter(keys::idempotency_key.eq(&request.key))
        .filter(keys::created_at.gt(since))
        .select((keys::request_hash, keys::status, keys::body))
        .first(conn)
        .optional()?;
    Ok(row.map(|(hash, status, body)| (hash, KeptAnswer { status, body })))
}

/// A row that outlived [`KEPT_FOR`] gives way.
pub(super) fn keep(
    conn: &mut Conn,
    request: &KeyedRequest,
    answer: &KeptAnswer,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::delete(
        keys::table
            .filter(keys::holder_id.eq(request.holder_id()))
            .filter(keys::idempotency_key.eq(&request.key))
            .filter(keys::created_at.le(now - KEPT_FOR)),
    )
    .execute(conn)?;
    diesel::insert_into(keys::table)
        .values((
            keys::holder_id.eq(request.holder_id()),
            keys::idempotency_key.eq(&request.key),
            keys::request_hash.eq(&request.hash),
            keys::status.eq(answer.status),
            keys::body.eq(&answer.body),
            keys::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Drops every answer that is older than [`KEPT_FOR`]; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn forget_old(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(keys::table.filter(keys::created_at.le(now - KEPT_FOR))).execute(conn)?)
}
