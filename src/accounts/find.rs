//! Looking accounts up.

use super::{Account, store};
use crate::storage::{AccountId, Conn, StoreError};

/// The account with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<Account>, StoreError> {
    store::account(conn, id)
}

/// The account with this name.
///
/// # Errors
/// When the database cannot be read.
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Account>, StoreError> {
    store::account_by_name(conn, name)
}

/// Every account, by name.
///
/// # Errors
/// When the database cannot be read.
pub fn all(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    store::accounts(conn)
}

/// The accounts that the operator put into pools of source addresses, each with its pool.
///
/// # Errors
/// When the rows cannot be read.
pub fn pools(conn: &mut Conn) -> Result<Vec<(AccountId, String)>, StoreError> {
    store::pools(conn)
}
