//! A consistent copy of the embedded database while it runs.

use diesel::RunQueryDsl;
use diesel::sql_types::Text;

use super::{Conn, StoreError};

/// Writes a copy of the embedded database, as it is at this moment, to a file that must not exist yet.
///
/// # Errors
/// On PostgreSQL; when the file is there or cannot be written.
pub fn backup(conn: &mut Conn, file: &str) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(sqlite) => {
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file).execute(sqlite)?;
            Ok(())
        }
        Conn::Postgres(_) => Err(StoreError::Refused("only an embedded database is copied like this".to_owned())),
    }
}
