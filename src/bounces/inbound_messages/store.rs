//! The rows of `inbound_messages`.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Judged, Received, State};
use crate::mail::plain;
use crate::storage::schema::inbound_messages;
use crate::storage::{Conn, InboundMessageId, StoreError, Timestamp};

/// Longest text that is kept beside a message, in bytes; an address of SMTP has 320 at most.
const LONGEST_TEXT: usize = 500;

/// What became of a message that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// It is kept and waits to be judged.
    Stored(InboundMessageId),
    /// The same message for the same recipient was handed in before; nothing was written.
    AlreadyThere(InboundMessageId),
}

/// The same message for the same recipient hashes alike, whatever door it came through.
fn content_hash(received: &Received) -> [u8; 32] {
    Sha256::new()
        .chain_update(received.envelope_to.to_ascii_lowercase().as_bytes())
        .chain_update([0])
        .chain_update(&received.message)
        .finalize()
        .into()
}

/// Keeps a message that came in. Idempotent by content, so a sender that lost our answer may send it again.
///
/// # Errors
/// When the database could not keep it: the sender must then be told to try again.
pub fn store(conn: &mut Conn, received: &Received, now: Timestamp) -> Result<StoreOutcome, StoreError> {
    let hash = content_hash(received).to_vec();
    let written = diesel::sql_query(
        "INSERT INTO inbound_messages \
         (content_hash, channel, envelope_from, envelope_to, message, state, note, received_at) \
         VALUES ($1, $2, $3, $4, $5, 'stored', '', $6) ON CONFLICT (content_hash) DO NOTHING",
    )
    .bind::<Binary, _>(&hash)
    .bind::<Text, _>(received.channel)
    .bind::<Text, _>(plain(&received.envelope_from, LONGEST_TEXT))
    .bind::<Text, _>(plain(&received.envelope_to, LONGEST_TEXT))
    .bind::<Binary, _>(&received.message)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    let id = inbound_messages::table
        .filter(inbound_messages::content_hash.eq(&hash))
        .select(inbound_messages::id)
        .first(conn)?;
    Ok(if written == 0 { StoreOutcome::AlreadyThere(id) } else { StoreOutcome::Stored(id) })
}

/// Messages that wait to be judged, oldest first.
///
/// # Errors
/// When the database could not be read.
pub fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<InboundMessageId>, StoreError> {
    Ok(inbound_messages::table
        .filter(inbound_messages::state.eq(State::Stored))
        .order(inbound_messages::id)
        .select(inbound_messages::id)
        .limit(limit)
        .load(conn)?)
}

/// A message that waits to be judged, as it came in.
#[derive(Queryable, Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The row.
    pub id: InboundMessageId,
    /// `RCPT TO`.
    pub envelope_to: String,
    /// The message itself.
    pub message: Vec<u8>,
}

/// A message that waits; `None` when it does not wait any more.
///
/// # Errors
/// When the database could not be read.
pub fn raw(conn: &mut Conn, id: InboundMessageId) -> Result<Option<Waiting>, StoreError> {
    Ok(inbound_messages::table
        .find(id)
        .filter(inbound_messages::state.eq(State::Stored))
        .select((inbound_messages::id, inbound_messages::envelope_to, inbound_messages::message))
        .first(conn)
        .optional()?)
}

/// Takes a waiting message for this transaction; `false` when it does not wait any more.
pub(super) fn take(conn: &mut Conn, id: InboundMessageId, now: Timestamp) -> Result<bool, StoreError> {
    let waiting = inbound_messages::table.find(id).filter(inbound_messages::state.eq(State::Stored));
    let taken = diesel::update(waiting)
        .set((inbound_messages::state.eq(State::Judged), inbound_messages::judged_at.eq(now)))
        .execute(conn)?;
    Ok(taken > 0)
}

/// Writes down what a message was judged to be.
pub(super) fn finish(conn: &mut Conn, id: InboundMessageId, judged: &Judged) -> Result<(), StoreError> {
    diesel::update(inbound_messages::table.find(id))
        .set((
            inbound_messages::state.eq(judged.state),
            inbound_messages::kind.eq((!judged.kind.is_empty()).then_some(judged.kind)),
            inbound_messages::account_id.eq(judged.account_id),
            inbound_messages::delivery_id.eq(judged.delivery_id),
            inbound_messages::note.eq(judged.note),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets a message aside whose judgement fails again and again, so that the others go on.
///
/// # Errors
/// When the database could not be written.
pub fn give_up(conn: &mut Conn, id: InboundMessageId, why: &str, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(inbound_messages::table.find(id).filter(inbound_messages::state.eq(State::Stored)))
        .set((
            inbound_messages::state.eq(State::Unreadable),
            inbound_messages::judged_at.eq(now),
            inbound_messages::note.eq(plain(why, LONGEST_TEXT)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A message that changed nobody, as the operator sees it.
#[derive(Queryable, Serialize, Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// Its id; ids made later sort later.
    pub id: InboundMessageId,
    /// The door it came through.
    pub channel: super::Channel,
    /// `MAIL FROM`.
    pub envelope_from: String,
    /// `RCPT TO`.
    pub envelope_to: String,
    /// Unmarked, unreadable or kept.
    pub state: State,
    /// What it claims to be.
    pub kind: Option<String>,
    /// Why it changed nobody.
    pub note: String,
    /// When it came.
    pub received_at: Timestamp,
}

/// The messages that changed nobody, newest first, older than `cursor` when there is one. For the operator.
///
/// # Errors
/// When the database could not be read.
pub fn unmatched(conn: &mut Conn, cursor: Option<InboundMessageId>, limit: i64) -> Result<Vec<Unmatched>, StoreError> {
    let mut query = inbound_messages::table
        .filter(inbound_messages::state.eq_any([State::Unmarked, State::Unreadable, State::Kept]))
        .select((
            inbound_messages::id,
            inbound_messages::channel,
            inbound_messages::envelope_from,
            inbound_messages::envelope_to,
            inbound_messages::state,
            inbound_messages::kind,
            inbound_messages::note,
            inbound_messages::received_at,
        ))
        .order(inbound_messages::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(inbound_messages::id.lt(cursor));
    }
    Ok(query.load(conn)?)
}

/// How many messages stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Wait to be judged.
    pub stored: i64,
    /// Were judged.
    pub judged: i64,
    /// Carry no valid mark of ours.
    pub unmarked: i64,
    /// Cannot be read.
    pub unreadable: i64,
    /// Were written to abuse@ or postmaster@.
    pub kept: i64,
}

/// How many messages stand where. For the operator.
///
/// # Errors
/// When the database could not be read.
pub fn counts(conn: &mut Conn) -> Result<Counts, StoreError> {
    let rows: Vec<(State, i64)> = inbound_messages::table
        .group_by(inbound_messages::state)
        .select((inbound_messages::state, diesel::dsl::count_star()))
        .load(conn)?;
    let mut counts = Counts::default();
    for (state, count) in rows {
        match state {
            State::Stored => counts.stored = count,
            State::Judged => counts.judged = count,
            State::Unmarked => counts.unmarked = count,
            State::Unreadable => counts.unreadable = count,
            State::Kept => counts.kept = count,
        }
    }
    Ok(counts)
}

/// How long the body of a message in a state is kept after it came; `None` for ever.
const fn body_kept_for(state: State) -> Option<TimeDelta> {
    match state {
        State::Stored => None,
        State::Judged => Some(TimeDelta::days(180)),
        State::Unmarked | State::Unreadable | State::Kept => Some(TimeDelta::days(30)),
    }
}

/// Drops the bodies of messages that nobody looks into any more, at most `limit` of each state; the rows stay, so that
/// the same message is still known. Says how many.
///
/// # Errors
/// When the database could not be written.
pub fn drop_bodies(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let mut dropped = 0;
    for state in State::ALL {
        let Some(kept_for) = body_kept_for(*state) else { continue };
        // As the index `inbound_messages_bodies` says it.
        dropped += diesel::sql_query(
            "UPDATE inbound_messages SET message = $1 WHERE id IN (SELECT id FROM inbound_messages \
             WHERE length(message) > 0 AND state = $2 AND received_at < $3 ORDER BY received_at LIMIT $4)",
        )
        .bind::<Binary, _>(Vec::<u8>::new())
        .bind::<Text, _>(*state)
        .bind::<BigInt, _>(now - kept_for)
        .bind::<BigInt, _>(limit)
        .execute(conn)?;
    }
    Ok(dropped)
}
