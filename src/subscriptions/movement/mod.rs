//! How a list moved: who came, who left.

mod store;

use super::State;
use crate::storage::{AccountId, Conn, ListId, StoreError, Timestamp};

/// What happened on a list since some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Movement {
    /// Confirmed since then, and still confirmed.
    pub joined: i64,
    /// Had been confirmed, and ended since then.
    pub left: i64,
}

/// Who came and who left on a list of this account since `since`.
///
/// # Errors
/// When the database cannot be read.
pub fn movement(conn: &mut Conn, account: AccountId, list: ListId, since: Timestamp) -> Result<Movement, StoreError> {
    Ok(Movement { joined: store::joined(conn, account, list, since)?, left: store::left(conn, account, list, since)? })
}
