//! The row of a message that comes again.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::{Received, State};
use crate::mail::plain;
use crate::storage::schema::inbound_messages;
use crate::storage::{Conn, InboundMessageId, StoreError, Timestamp};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: InboundMessageId,
}

/// As if it had come now and only from there; what an operator let act is not touched.
const COME_AGAIN: &str = "UPDATE inbound_messages SET state = 'stored', note = '', reporter = NULL, look_at = NULL, \
     channel = $1, source = $2, envelope_from = $3, message = $4, received_at = $5 \
     WHERE content_hash = $6 AND (channel <> $1 OR source <> $2) AND (state = 'quarantined' \
     OR (state = 'stored' AND look_at IS NOT NULL AND reporter IS NULL)) RETURNING id";

/// Has a message judged again whose reporter was not known yet, when it comes from somebody else.
pub(in super::super) fn come_again(
    conn: &mut Conn,
    content_hash: &[u8],
    received: &Received,
    now: Timestamp,
) -> Result<Option<InboundMessageId>, StoreError> {
    let row: Option<Row> = diesel::sql_query(COME_AGAIN)
        .bind::<Text, _>(received.channel)
        .bind::<Text, _>(&received.source)
        .bind::<Text, _>(plain(&received.envelope_from, super::super::store::LONGEST_TEXT))
        .bind::<Binary, _>(&received.message)
        .bind::<BigInt, _>(now)
        .bind::<Binary, _>(content_hash)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|row| row.id))
}

/// Whether a message waits for its first judgement that came from somebody else.
pub(in super::super) fn first_waits(
    conn: &mut Conn,
    content_hash: &[u8],
    received: &Received,
) -> Result<bool, StoreError> {
    let first = inbound_messages::table
        .filter(inbound_messages::content_hash.eq(content_hash))
        .filter(inbound_messages::state.eq(State::Stored))
        .filter(inbound_messages::look_at.is_null())
        .filter(inbound_messages::channel.ne(received.channel).or(inbound_messages::source.ne(&received.source)));
    Ok(diesel::select(diesel::dsl::exists(first)).get_result(conn)?)
}
