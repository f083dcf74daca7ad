//! Addresses from a file: read, judged by where they come from, and asked to confirm one by one.
//!
//! A file never makes anybody a reader: its rows start pending. Only the operator, at the machine and with evidence that
//! is kept in each consent record, stamps addresses that were confirmed elsewhere (CON-08).
//!
//! The way of a file, the same for the page, the API and the command: [`look`] finds what it is, [`receive()`] lays its
//! rows down in chunks, [`read_chunk`] takes one chunk in one short transaction, and [`ask_due`] asks as many people as
//! the [`Pace`] lets go, until all are asked or the [`brake()`] stops it. Whatever ends in the middle goes on there.

mod act;
mod ask;
mod askings;
mod brake;
mod chunks;
mod decode;
mod file;
mod format;
mod pace;
mod provenance;
mod read;
mod receive;
mod refusals;
mod store;
mod take;

use crate::storage::{AccountId, Conn, ImportId, ListId, StoreError, Timestamp, words};

pub use act::{Act, ActOutcome, act, forget_old};
pub use ask::{ask_due, asking};
pub use brake::{Fate, PauseReason, brake};
pub use file::{FileError, Format, Look, Row, look};
pub use format::{Delimiter, Encoding};
pub use pace::{MOST_PER_DAY, Pace, USUAL_PER_DAY};
pub use provenance::{Field, Provenance, Refusal, judge};
pub use read::{ReadOutcome, read_chunk, reading};
pub use receive::{NewImport, ReceiveError, ReceiveOutcome, receive};
pub use refusals::{RefusedRow, refused, safe_cell};

words! {
    /// Where an import stands.
    pub enum State {
        /// Its rows are being laid down.
        Receiving = "receiving",
        /// Waits for somebody to look at its first rows and say yes.
        Ready = "ready",
        /// Its rows are being taken.
        Reading = "reading",
        /// Its people are being asked to confirm.
        Asking = "asking",
        /// Everybody was asked.
        Finished = "finished",
        /// Given up; who was not asked yet is not asked any more.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Whether nothing will happen to it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }
}

words! {
    /// Why a row was not taken.
    pub enum RowRefusal {
        /// The first column holds no address.
        BadAddress = "bad_address",
        /// The address stands in the file twice, or waits to be confirmed already.
        Repeated = "repeated",
        /// It is subscribed already.
        AlreadyConfirmed = "already_confirmed",
        /// It bounced, complained, was erased, said “not me”, or was suppressed by hand.
        Suppressed = "suppressed",
        /// Its owner left, and only they can come back (CON-13).
        HasLeft = "has_left",
        /// It was asked twice in thirty days and did not answer (CON-10).
        AskedEnough = "asked_enough",
        /// The list was closed meanwhile.
        ListClosed = "list_closed",
    }
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the file.
    pub rows: i64,
    /// Taken: pending, or stamped by the operator.
    pub accepted: i64,
    /// Not taken.
    pub refused: i64,
    /// Asked, or not worth asking any more.
    pub asked: i64,
    /// Put to the end of the queue once more.
    pub postponed: i64,
}

/// A file on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Whose.
    pub account_id: AccountId,
    /// The list.
    pub list_id: ListId,
    /// Where it stands.
    pub state: State,
    /// Where its addresses come from.
    pub provenance: Provenance,
    /// What it was called.
    pub file_name: String,
    /// How it is written.
    pub format: Format,
    /// The names of its columns behind the address.
    pub columns: Vec<String>,
    /// How many rows became what.
    pub counts: Counts,
    /// How fast its people are asked.
    pub pace: Pace,
    /// Since when it stands still, and why.
    pub paused: Option<(Timestamp, PauseReason)>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Import {
    /// Whether its rows are stamped by the operator's word.
    #[must_use]
    pub const fn is_stamp(&self) -> bool {
        self.provenance.evidence.is_some()
    }

    /// People who are still to be asked.
    #[must_use]
    pub const fn left_to_ask(&self) -> i64 {
        if self.is_stamp() { 0 } else { self.counts.accepted + self.counts.postponed - self.counts.asked }
    }
}

/// The import of this account with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: ImportId) -> Result<Option<Import>, StoreError> {
    Ok(store::find(conn, id)?.filter(|import| import.account_id == account))
}

/// The import with this id, whosesoever: for commands at the machine.
///
/// # Errors
/// When the database cannot be read.
pub fn find_any(conn: &mut Conn, id: ImportId) -> Result<Option<Import>, StoreError> {
    store::find(conn, id)
}

/// The imports of an account before `cursor`, newest first.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<ImportId>,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    store::page(conn, account, cursor, limit)
}

/// The first rows of an import that waits for its start.
///
/// # Errors
/// When the database cannot be read.
pub fn first_rows(conn: &mut Conn, id: ImportId, limit: usize) -> Result<Vec<Row>, StoreError> {
    let body = chunks::first(conn, id)?.map(|(_, body)| body).unwrap_or_default();
    Ok(receive::rows_of(&body)?.into_iter().take(limit).collect())
}

/// How many people of an import have confirmed by now.
///
/// # Errors
/// When the database cannot be read.
pub fn confirmed(conn: &mut Conn, id: ImportId) -> Result<i64, StoreError> {
    askings::confirmed(conn, id)
}
