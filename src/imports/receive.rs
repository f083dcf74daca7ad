//! Laying the rows of a file down in the database, where every node finds them and a crash loses none.

use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::file::{self, Look, Row};
use super::{Counts, FileError, Import, Pace, Provenance, State, chunks, store};
use crate::storage::{AccountId, Db, ImportId, ListId, StoreError, Timestamp};

/// Rows in one chunk, and so in one transaction that takes them: whoever signs up meanwhile does not wait long.
pub(super) const CHUNK: usize = 200;
/// Chunks that are laid down in one transaction.
const TOGETHER: usize = 10;
/// The same file, sent again within this time, is the same import.
const SAME_FOR: TimeDelta = TimeDelta::days(30);

/// A file that was looked at.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// Whose.
    pub account_id: AccountId,
    /// The list.
    pub list_id: ListId,
    /// Where its addresses come from; judged before.
    pub provenance: Provenance,
    /// What it is called.
    pub file_name: String,
    /// What it is.
    pub look: Look,
    /// People asked on the first day.
    pub per_day: i64,
    /// Whether somebody looks at it first.
    pub waits: bool,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiveOutcome {
    /// It is laid down.
    Received(Box<Import>),
    /// The same file came before, for the same list.
    Known(Box<Import>),
}

/// Why a file could not be laid down.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lays the rows of a file down, in many short transactions; when it is done the import is there as a whole. On a thread
/// that may wait.
///
/// # Errors
/// When the file or the database cannot be read.
pub fn receive(db: &Db, file: &mut File, new: &NewImport, now: Timestamp) -> Result<ReceiveOutcome, ReceiveError> {
    let file_hash = hash_of(file)?;
    let import = import_of(new, now);
    let known = {
        let import = import.clone();
        db.write_blocking(move |conn| {
            let earlier = store::same_file(conn, &import, &file_hash, now - SAME_FOR)?;
            if earlier.is_none() {
                store::insert(conn, &import, &file_hash)?;
            }
            Ok(earlier)
        })?
    };
    if let Some(earlier) = known {
        return Ok(ReceiveOutcome::Known(Box::new(earlier)));
    }
    lay_down(db, file, new, import.id)?;
    let state = if new.waits { State::Ready } else { State::Reading };
    db.write_blocking(|conn| store::set_state(conn, import.id, state, None))?;
    Ok(ReceiveOutcome::Received(Box::new(Import { state, ..import })))
}

fn import_of(new: &NewImport, now: Timestamp) -> Import {
    Import {
        id: ImportId::new(),
        account_id: new.account_id,
        list_id: new.list_id,
        state: State::Receiving,
        provenance: new.provenance.clone(),
        file_name: new.file_name.chars().filter(|letter| !letter.is_control()).take(200).collect(),
        format: new.look.format,
        columns: new.look.columns.clone(),
        counts: Counts { rows: i64::try_from(new.look.rows).unwrap_or(i64::MAX), ..Counts::default() },
        pace: Pace { per_day: new.per_day, leg_at: now, leg_from: 0 },
        paused: None,
        created_at: now,
        finished_at: None,
    }
}

fn lay_down(db: &Db, file: &mut File, new: &NewImport, id: ImportId) -> Result<(), ReceiveError> {
    file.seek(SeekFrom::Start(0)).map_err(FileError::from)?;
    let mut rows = file::rows(file, new.look.format)?;
    let mut number = 0;
    loop {
        let mut chunks = Vec::new();
        while chunks.len() < TOGETHER {
            let rows = rows.by_ref().take(CHUNK).collect::<Result<Vec<Row>, _>>()?;
            if rows.is_empty() {
                break;
            }
            let body = serde_json::to_string(&rows).unwrap_or_default();
            chunks.push((number, body));
            number += 1;
        }
        if chunks.is_empty() {
            return Ok(());
        }
        db.write_blocking(|conn| chunks::insert(conn, id, &chunks))?;
    }
}

/// The rows of a chunk.
pub(super) fn rows_of(body: &str) -> Result<Vec<Row>, StoreError> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(body).map_err(|error| StoreError::Refused(format!("a chunk of an import: {error}")))
}

fn hash_of(file: &mut File) -> Result<Vec<u8>, FileError> {
    file.seek(SeekFrom::Start(0))?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(piece.get(..length).unwrap_or_default());
    }
}
