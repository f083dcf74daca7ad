//! Taking the rows of an import, one chunk in one short transaction.

use super::take::{RowOutcome, take_all};
use super::{Import, State, askings, chunks, receive, refusals, store};
use crate::consent;
use crate::keyring::Keyring;
use crate::storage::{Conn, ImportId, StoreError, Timestamp};

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// So many rows were taken or refused; there may be more.
    Read(usize),
    /// Every row was read.
    Done,
    /// It stands still, or another node is at it.
    NotNow,
}

/// The imports whose rows are to be read.
///
/// # Errors
/// When the database cannot be read.
pub fn reading(conn: &mut Conn) -> Result<Vec<ImportId>, StoreError> {
    store::in_state(conn, State::Reading)
}

/// Takes the next rows of an import, unless another node does so at this moment.
///
/// # Errors
/// When the database cannot do it; then nothing was.
pub fn read_chunk(conn: &mut Conn, keys: &Keyring, id: ImportId, now: Timestamp) -> Result<ReadOutcome, StoreError> {
    let Some(mut import) = store::take(conn, id)? else { return Ok(ReadOutcome::NotNow) };
    if import.state != State::Reading || import.paused.is_some() {
        return Ok(ReadOutcome::NotNow);
    }
    let Some((number, body)) = chunks::first(conn, id)? else {
        end_of_rows(conn, &import, now)?;
        return Ok(ReadOutcome::Done);
    };
    let rows = receive::rows_of(&body)?;
    consent::hold(conn, import.account_id)?;
    let (first, mut to_ask) = (import.counts.accepted + import.counts.postponed, Vec::new());
    for (row, outcome) in rows.iter().zip(take_all(conn, keys, &import, &rows, now)?) {
        match outcome {
            RowOutcome::Registered(subscription, request) => {
                to_ask.push((subscription, request));
                import.counts.accepted += 1;
            }
            RowOutcome::Stamped => import.counts.accepted += 1,
            RowOutcome::Refused(why, known) => {
                // Who is known is named by their row, which an erasure blanks.
                let typed = if known.is_some() { "" } else { &row.1 };
                refusals::insert(conn, id, row.0, why, typed, known)?;
                import.counts.refused += 1;
            }
        }
    }
    askings::insert_all(conn, id, first, to_ask)?;
    chunks::delete(conn, id, number)?;
    store::set_counts(conn, id, import.counts)?;
    Ok(ReadOutcome::Read(rows.len()))
}

fn end_of_rows(conn: &mut Conn, import: &Import, now: Timestamp) -> Result<(), StoreError> {
    if import.left_to_ask() == 0 {
        return store::set_state(conn, import.id, State::Finished, Some(now));
    }
    store::set_pace(conn, import.id, import.pace.from_here(import.pace.per_day, 0, now))?;
    store::set_state(conn, import.id, State::Asking, None)
}
