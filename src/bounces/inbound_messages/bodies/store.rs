//! The statement that drops bodies.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::{State, kept_for};
use crate::storage::{Conn, StoreError, Timestamp};

/// Drops the bodies of messages that nobody looks into any more, at most `limit` of each state; the rows stay, so that
/// the same message is still known. Says how many.
///
/// # Errors
/// When the database could not be written.
pub fn drop_bodies(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for state in State::ALL {
        let Some(span) = kept_for(*state) else { continue };
        // As the index `inbound_messages_bodies` says it.
        dropped += diesel::sql_query(
            "UPDATE inbound_messages SET message = $1 WHERE id IN (SELECT id FROM inbound_messages \
             WHERE length(message) > 0 AND state = $2 AND received_at < $3 ORDER BY received_at LIMIT $4)",
        )
        .bind::<Binary, _>(Vec::<u8>::new())
        .bind::<Text, _>(*state)
        .bind::<BigInt, _>(now - span)
        .bind::<BigInt, _>(limit)
        .execute(conn)?;
    }
    Ok(dropped)
}
