//! The table `hook_tokens`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::storage::schema::hook_tokens;
use crate::storage::{Conn, StoreError, Timestamp};

/// The hash of the event that the token was first seen with: this one, when it is new.
pub(super) fn remember(
    conn: &mut Conn,
    token: &[u8; 32],
    event: &[u8; 32],
    now: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    diesel::sql_query(
        "INSERT INTO hook_tokens (token_hash, event_hash, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (token_hash) DO NOTHING",
    )
    .bind::<Binary, _>(token.to_vec())
    .bind::<Binary, _>(event.to_vec())
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(hook_tokens::table.find(token.to_vec()).select(hook_tokens::event_hash).first(conn)?)
}

pub(super) fn forget_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(hook_tokens::table.filter(hook_tokens::seen_at.lt(before))).execute(conn)?;
    Ok(())
}
