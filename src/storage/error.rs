//! What can go wrong with the database, seen from a use case.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The work could not be done. Expected answers are variants of an `Outcome`, never one of these.
///
/// `Unavailable` is trouble of the machine or the network and passes by itself: callers keep the work and try again.
/// The other two are faults of a program or of the stored data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is locked, full or read-only.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A uniqueness rule refused the write; the text names the columns.
    #[error("already there: {0}")]
    AlreadyThere(String),
    /// A query was refused, or a stored value cannot be read.
    #[error("the database refused the work: {0}")]
    Refused(String),
}

impl StoreError {
    /// Whether trying the same thing later can help.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, detail) => {
                Self::AlreadyThere(detail.message().to_owned())
            }
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction,
                detail,
            ) => Self::Unavailable(detail.message().to_owned()),
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, detail) if is_passing(detail.message()) => {
                Self::Unavailable(detail.message().to_owned())
            }
            DieselError::BrokenTransactionManager | DieselError::RollbackErrorOnCommit { .. } => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Neither database gives these a code of its own through diesel: SQLite's busy, full and I/O errors, and a
/// PostgreSQL server that stops or starts.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 11] = [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "attempt to write a readonly database",
        "terminating connection",
        "server closed the connection",
        "no connection to the server",
        "the database system is",
        "could not connect",
        "deadlock detected",
    ];
    PASSING.iter().any(|text| message.contains(text))
}
