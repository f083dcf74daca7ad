//! The rows of `inbound_messages`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use sha2::{Digest, Sha256};

use super::{Channel, Judged, Note, Received, Reporter, State, copies};
use crate::mail::{EmailAddress, plain};
use crate::storage::columns::PublicId;
use crate::storage::schema::{deliveries, inbound_messages};
use crate::storage::{AccountId, Conn, InboundMessageId, StoreError, SubscriberId, Timestamp};

/// Longest text that is kept beside a message, in bytes; an address of SMTP has 320 at most.
pub(super) const LONGEST_TEXT: usize = 500;

/// What became of a message that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// It is kept and waits to be judged; also one that was set aside, and now came through another door.
    Stored(InboundMessageId),
    /// The same message for the same recipient was handed in before; nothing was written.
    AlreadyThere(InboundMessageId),
}

/// The same message for the same recipient hashes alike, whatever door it came through.
fn content_hash(to: &str, message: &[u8]) -> Vec<u8> {
    let hash = Sha256::new().chain_update(to.to_ascii_lowercase().as_bytes()).chain_update([0]).chain_update(message);
    hash.finalize().to_vec()
}

/// Keeps a message that came in. Idempotent by content, so a sender that lost our answer may send it again.
///
/// # Errors
/// When the database could not keep it: the sender must then be told to try again.
pub fn store(conn: &mut Conn, received: &Received, now: Timestamp) -> Result<StoreOutcome, StoreError> {
    store_for(conn, received, &received.envelope_to, now)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: InboundMessageId,
}

/// [`store`] for another recipient of the same message.
///
/// # Errors
/// As [`store`].
pub fn store_for(conn: &mut Conn, received: &Received, to: &str, now: Timestamp) -> Result<StoreOutcome, StoreError> {
    let hash = content_hash(to, &received.message);
    if let Some(id) = insert(conn, received, (to, &hash), now)? {
        return Ok(StoreOutcome::Stored(id));
    }
    if copies::first_waits(conn, &hash, received)?
        && let Some(id) = insert(conn, received, (to, &copy_hash(&hash, received)), now)?
    {
        return Ok(StoreOutcome::Stored(id));
    }
    if let Some(id) = copies::come_again(conn, &hash, received, now)? {
        return Ok(StoreOutcome::Stored(id));
    }
    let known = inbound_messages::table.filter(inbound_messages::content_hash.eq(&hash));
    Ok(StoreOutcome::AlreadyThere(known.select(inbound_messages::id).first(conn)?))
}

/// A copy of a message that is kept beside it hashes by its door as well.
fn copy_hash(hash: &[u8], received: &Received) -> Vec<u8> {
    let door = received.channel.word();
    let hash = Sha256::new().chain_update(hash).chain_update(door.as_bytes()).chain_update([0]);
    hash.chain_update(received.source.as_bytes()).finalize().to_vec()
}

/// Writes the row of a message; nothing when there is one of this hash.
fn insert(
    conn: &mut Conn,
    received: &Received,
    (to, hash): (&str, &[u8]),
    now: Timestamp,
) -> Result<Option<InboundMessageId>, StoreError> {
    let written: Option<Row> = diesel::sql_query(
        "INSERT INTO inbound_messages \
         (content_hash, channel, envelope_from, envelope_to, message, state, note, received_at, source) \
         VALUES ($1, $2, $3, $4, $5, 'stored', '', $6, $7) ON CONFLICT (content_hash) DO NOTHING RETURNING id",
    )
    .bind::<Binary, _>(hash)
    .bind::<Text, _>(received.channel)
    .bind::<Text, _>(plain(&received.envelope_from, LONGEST_TEXT))
    .bind::<Text, _>(plain(to, LONGEST_TEXT))
    .bind::<Binary, _>(&received.message)
    .bind::<BigInt, _>(now)
    .bind::<Text, _>(&received.source)
    .get_result(conn)
    .optional()?;
    Ok(written.map(|row| row.id))
}

/// So many that were put off are looked at together.
const PUT_OFF: i64 = 5;

/// Messages that may be judged at `now`, oldest first. What was put off comes in small lots, and only when nothing else
/// waits: whoever makes messages that have to be put off holds nobody up.
///
/// # Errors
/// When the database could not be read.
pub fn waiting(conn: &mut Conn, limit: i64, now: Timestamp) -> Result<Vec<InboundMessageId>, StoreError> {
    // A literal word: SQLite sees no partial index behind a bound one.
    let new = "SELECT id FROM inbound_messages WHERE state = 'stored' AND look_at IS NULL ORDER BY id LIMIT $1";
    let mut rows: Vec<Row> = diesel::sql_query(new).bind::<BigInt, _>(limit).load(conn)?;
    if rows.is_empty() {
        let put_off = "SELECT id FROM inbound_messages WHERE state = 'stored' AND look_at <= $1 ORDER BY id LIMIT $2";
        let query = diesel::sql_query(put_off).bind::<BigInt, _>(now).bind::<BigInt, _>(limit.min(PUT_OFF));
        rows = query.load(conn)?;
    }
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A message that waits to be judged, as it came in.
#[derive(Queryable, Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The row.
    pub id: InboundMessageId,
    /// The door it came through.
    pub channel: Channel,
    /// `MAIL FROM`.
    pub envelope_from: String,
    /// `RCPT TO`.
    pub envelope_to: String,
    /// The message itself.
    pub message: Vec<u8>,
    /// Who handed it in, as in [`Received::source`].
    pub source: String,
    /// Who reports, where an operator said so already.
    pub reporter: Option<Reporter>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A message that waits; `None` when it does not wait any more.
///
/// # Errors
/// When the database could not be read.
pub fn raw(conn: &mut Conn, id: InboundMessageId) -> Result<Option<Waiting>, StoreError> {
    Ok(inbound_messages::table
        .find(id)
        .filter(inbound_messages::state.eq(State::Stored))
        .select((
            inbound_messages::id,
            inbound_messages::channel,
            inbound_messages::envelope_from,
            inbound_messages::envelope_to,
            inbound_messages::message,
            inbound_messages::source,
            inbound_messages::reporter,
            inbound_messages::received_at,
        ))
        .first(conn)
        .optional()?)
}

/// Leaves a waiting message alone until then.
pub(super) fn put_off(conn: &mut Conn, id: InboundMessageId, until: Timestamp) -> Result<(), StoreError> {
    let waiting = inbound_messages::table.find(id).filter(inbound_messages::state.eq(State::Stored));
    diesel::update(waiting).set(inbound_messages::look_at.eq(until)).execute(conn)?;
    Ok(())
}

/// Takes a waiting message for this transaction; `false` when it does not wait any more, or came again meanwhile.
pub(super) fn take(
    conn: &mut Conn,
    (id, received_at): (InboundMessageId, Timestamp),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let waiting = inbound_messages::table
        .find(id)
        .filter(inbound_messages::state.eq(State::Stored))
        .filter(inbound_messages::received_at.eq(received_at));
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
            inbound_messages::note.eq(judged.note.word()),
            inbound_messages::reporter.eq(judged.reporter),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets a message aside whose judgement fails again and again, so that the others go on.
///
/// # Errors
/// When the database could not be written.
pub fn give_up(conn: &mut Conn, id: InboundMessageId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(inbound_messages::table.find(id).filter(inbound_messages::state.eq(State::Stored)))
        .set((
            inbound_messages::state.eq(State::Unreadable),
            inbound_messages::judged_at.eq(now),
            inbound_messages::note.eq(Note::NotJudged.word()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Empties the messages that were judged to be about a person's deliveries.
pub(in crate::bounces) fn forget_about(conn: &mut Conn, person: SubscriberId) -> Result<(), StoreError> {
    let theirs = deliveries::table.filter(deliveries::subscriber_id.eq(person)).select(deliveries::id.nullable());
    diesel::update(inbound_messages::table.filter(inbound_messages::delivery_id.eq_any(theirs)))
        .set((
            inbound_messages::message.eq(Vec::<u8>::new()),
            inbound_messages::envelope_from.eq(""),
            inbound_messages::source.eq(""),
        ))
        .execute(conn)?;
    Ok(())
}

/// Empties the messages that a person sent in: wishes to leave, automatic answers.
pub(in crate::bounces) fn forget_sender(
    conn: &mut Conn,
    account: AccountId,
    address: &EmailAddress,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE inbound_messages SET message = $1, envelope_from = '', source = '' \
         WHERE account_id = $2 AND LOWER(envelope_from) = $3",
    )
    .bind::<Binary, _>(Vec::<u8>::new())
    .bind::<PublicId, _>(account)
    .bind::<Text, _>(address.folded())
    .execute(conn)?;
    Ok(())
}
