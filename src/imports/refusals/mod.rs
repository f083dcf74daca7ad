//! The rows that were not taken, each with its reason.

mod store;

use super::RowRefusal;
use crate::storage::{Conn, ImportId, StoreError};

pub(super) use store::{forget, insert};

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its line in the file.
    pub line: i64,
    /// What stands in its first column; nothing where its owner had it erased since.
    pub address: String,
    /// Why.
    pub reason: RowRefusal,
}

/// The refused rows of an import after this line, in the order of the file; look the import up by its account before.
///
/// # Errors
/// When the database cannot be read.
pub fn refused(conn: &mut Conn, id: ImportId, after: i64, limit: i64) -> Result<Vec<RefusedRow>, StoreError> {
    store::refused(conn, id, after, limit)
}

/// A cell that no spreadsheet takes for a formula: what could start one is put behind an apostrophe.
#[must_use]
pub fn safe_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula() {
        for (text, expected) in [
            ("=HYPERLINK(\"https://evil.example\")", "'=HYPERLINK(\"https://evil.example\")"),
            ("+33 1", "'+33 1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("anne@example.org", "anne@example.org"),
            ("", ""),
        ] {
            assert_eq!(safe_cell(text), expected);
        }
    }
}
