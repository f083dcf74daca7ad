//! The `spent_passes` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::storage::schema::spent_passes;
use crate::storage::{Conn, StoreError, Timestamp};

pub(in crate::subscriptions::requests) fn insert(
    conn: &mut Conn,
    pass_hash: &[u8],
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let written = diesel::sql_query(
        "INSERT INTO spent_passes (pass_hash, expires_at) VALUES ($1, $2) ON CONFLICT (pass_hash) DO NOTHING",
    )
    .bind::<Binary, _>(pass_hash)
    .bind::<BigInt, _>(expires_at)
    .execute(conn)?;
    Ok(written > 0)
}

pub(in crate::subscriptions::requests) fn delete(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(spent_passes::table.filter(spent_passes::expires_at.lt(now))).execute(conn)?)
}
