//! What can go wrong with the database, seen from a use case.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The work could not be done. Expected answers are variants of an `Outcome`, never one of these.
///
/// `Unavailable` is trouble of the machine or the network and passes by itself: nothing was done, callers keep the work
/// and try again. After `Uncertain` it may have been done. The other two are faults of a program or of the stored data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is locked, full or read-only.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database went away while the work was being committed: it may have been done, or not.
    #[error("the database did not say whether the work was done: {0}")]
    Uncertain(String),
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
        matches!(self, Self::Unavailable(_) | Self::Uncertain(_))
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

/// Neither database gives these a code of its own through diesel: SQLite's busy, full and I/O errors; a PostgreSQL
/// server that stops, starts, is full or crowded, or ends what waited too long (our own timeouts among it).
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 29] = [
        // SQLite
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "unable to open database file",
        "attempt to write a readonly database",
        // the connection
        "terminating connection",
        "server closed the connection",
        "no connection to the server",
        "connection to server",
        "could not connect",
        "could not receive data from server",
        "could not send data to server",
        "SSL connection has been closed",
        "the database system is",
        "remaining connection slots",
        "too many connections",
        "too many clients",
        // waiting for others
        "deadlock detected",
        "canceling statement due to",
        "could not obtain lock",
        "current transaction is aborted",
        // the machine
        "No space left on device",
        "Disk quota exceeded",
        "could not extend file",
        "could not write to file",
        "out of memory",
        "out of shared memory",
        "could not resize shared memory segment",
    ];
    PASSING.iter().any(|text| message.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> StoreError {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned())).into()
    }

    #[test]
    fn trouble_of_the_machine_and_of_others_passes() {
        for message in [
            "database is locked",
            "database or disk is full",
            "canceling statement due to lock timeout",
            "canceling statement due to statement timeout",
            "canceling statement due to conflict with recovery",
            "could not extend file \"base/16384/16397\": No space left on device",
            "could not write to file \"base/pgsql_tmp/pgsql_tmp7.0\": No space left on device",
            "could not extend file \"base/5/16397\": wrote only 4096 of 8192 bytes at block 7",
            "out of memory",
            "out of shared memory",
            "remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "too many connections for role \"estampille\"",
            "sorry, too many clients already",
            "current transaction is aborted, commands ignored until end of transaction block",
            "terminating connection due to idle-in-transaction timeout",
            "the database system is shutting down",
        ] {
            assert!(of(message).is_passing(), "{message}");
        }
    }

    #[test]
    fn a_fault_of_ours_does_not_pass() {
        for message in [
            "syntax error at or near \"SELEC\"",
            "no such table: deliveries",
            "column \"lane\" does not exist",
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        ] {
            assert!(!of(message).is_passing(), "{message}");
        }
    }
}
