//! Reads `inbound_messages` for the operator.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::Serialize;

use super::super::{Channel, Note, Reporter, State};
use crate::storage::schema::inbound_messages;
use crate::storage::{Conn, InboundMessageId, StoreError, Timestamp};

/// A message that changed nobody, as the operator sees it.
#[derive(Queryable, Serialize, Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// Its id; ids made later sort later.
    pub id: InboundMessageId,
    /// The door it came through.
    pub channel: Channel,
    /// `MAIL FROM`.
    pub envelope_from: String,
    /// `RCPT TO`.
    pub envelope_to: String,
    /// Unmarked, unreadable or kept.
    pub state: State,
    /// What it claims to be.
    pub kind: Option<String>,
    /// Why it changed nobody: the word of a [`Note`], or what an earlier version wrote.
    pub note: String,
    /// Of a complaint: who reports.
    pub reporter: Option<Reporter>,
    /// Who handed it in: a network address or an account, where that is known.
    pub source: String,
    /// When it came.
    pub received_at: Timestamp,
}

impl Unmatched {
    /// Why it changed nobody, where this version has a word for it.
    #[must_use]
    pub fn known_note(&self) -> Option<Note> {
        self.note.parse().ok()
    }
}

/// One of these messages with its bytes.
#[derive(Queryable, Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What the list shows of it.
    pub row: Unmatched,
    /// The message as it came in; empty when its time is over.
    pub message: Vec<u8>,
}

type Columns = (
    inbound_messages::id,
    inbound_messages::channel,
    inbound_messages::envelope_from,
    inbound_messages::envelope_to,
    inbound_messages::state,
    inbound_messages::kind,
    inbound_messages::note,
    inbound_messages::reporter,
    inbound_messages::source,
    inbound_messages::received_at,
);

const COLUMNS: Columns = (
    inbound_messages::id,
    inbound_messages::channel,
    inbound_messages::envelope_from,
    inbound_messages::envelope_to,
    inbound_messages::state,
    inbound_messages::kind,
    inbound_messages::note,
    inbound_messages::reporter,
    inbound_messages::source,
    inbound_messages::received_at,
);

/// The states of messages that changed nobody.
const CHANGED_NOBODY: [State; 6] =
    [State::Unmarked, State::Quarantined, State::Dismissed, State::Expired, State::Unreadable, State::Kept];

/// The messages that changed nobody, newest first, older than `cursor` when there is one; of one state when one is
/// named. For the operator.
///
/// # Errors
/// When the database could not be read.
pub fn page(
    conn: &mut Conn,
    state: Option<State>,
    cursor: Option<InboundMessageId>,
    limit: i64,
) -> Result<Vec<Unmatched>, StoreError> {
    let wanted = CHANGED_NOBODY.into_iter().filter(|known| state.is_none_or(|one| one == *known));
    let mut found = Vec::new();
    for state in wanted {
        found.extend(of_state(conn, state, cursor, limit)?);
    }
    found.sort_by_key(|one: &Unmatched| std::cmp::Reverse(one.id));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// One state after the other, so that each is the end of an index.
fn of_state(
    conn: &mut Conn,
    state: State,
    cursor: Option<InboundMessageId>,
    limit: i64,
) -> Result<Vec<Unmatched>, StoreError> {
    let before = cursor.unwrap_or(InboundMessageId(i64::MAX));
    let of_state = inbound_messages::table.filter(inbound_messages::state.eq(state));
    let newest = of_state.filter(inbound_messages::id.lt(before)).order(inbound_messages::id.desc());
    Ok(newest.select(COLUMNS).limit(limit).load(conn)?)
}

/// One message that changed nobody; `None` for every other, which speaks of an account's mail. For the operator.
///
/// # Errors
/// When the database could not be read.
pub fn find(conn: &mut Conn, id: InboundMessageId) -> Result<Option<Kept>, StoreError> {
    let found = inbound_messages::table.find(id).filter(inbound_messages::state.eq_any(CHANGED_NOBODY));
    Ok(found.select((COLUMNS, inbound_messages::message)).first(conn).optional()?)
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
    /// Are complaints of somebody who is not known, and wait for an operator's word.
    pub quarantined: i64,
    /// Are such complaints that an operator dismissed.
    pub dismissed: i64,
    /// Are about deliveries of too long ago.
    pub expired: i64,
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
            State::Quarantined => {}
            State::Dismissed => counts.dismissed = count,
            State::Expired => counts.expired = count,
            State::Unreadable => counts.unreadable = count,
            State::Kept => counts.kept = count,
        }
    }
    counts.quarantined = wait_for_a_word(conn)?;
    Ok(counts)
}

#[derive(QueryableByName)]
struct Aside {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// How many complaints wait for an operator's word; one whose text is gone cannot act any more, and waits for nothing.
///
/// # Errors
/// When the database could not be read.
pub fn wait_for_a_word(conn: &mut Conn) -> Result<i64, StoreError> {
    // As the index `inbound_messages_bodies` says it.
    let sql = "SELECT count(*) AS waiting FROM inbound_messages WHERE length(message) > 0 AND state = 'quarantined'";
    Ok(diesel::sql_query(sql).get_result::<Aside>(conn)?.waiting)
}
