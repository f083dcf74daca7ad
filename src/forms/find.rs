//! Forms as they are found: by their account, or by whoever opens one.

use super::{Form, Wording, store};
use crate::storage::{AccountId, Conn, FormId, ListId, StoreError};

/// The form of this account with this id, unless it is closed.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: FormId) -> Result<Option<Form>, StoreError> {
    Ok(find_even_closed(conn, account, id)?.filter(|form| form.closed_at.is_none()))
}

/// The form of this account with this id, closed or not.
///
/// # Errors
/// When the database cannot be read.
pub fn find_even_closed(conn: &mut Conn, account: AccountId, id: FormId) -> Result<Option<Form>, StoreError> {
    Ok(store::find(conn, id)?.filter(|form| form.account_id == account))
}

/// The form with this id, whosesoever it is, unless it or its list is closed.
///
/// # Errors
/// When the database cannot be read.
pub fn find_public(conn: &mut Conn, id: FormId) -> Result<Option<Form>, StoreError> {
    let Some(form) = store::find(conn, id)?.filter(|form| form.closed_at.is_none()) else { return Ok(None) };
    let list = crate::lists::find(conn, form.account_id, form.list_id)?;
    Ok(list.map(|_| form))
}

/// The words of an older or the present version.
///
/// # Errors
/// When the database cannot be read.
pub fn wording_of(conn: &mut Conn, id: FormId, version: i32) -> Result<Option<Wording>, StoreError> {
    Ok(store::kept(conn, id, version)?.map(|kept| kept.wording))
}

/// The open forms of a list, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_list(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Vec<Form>, StoreError> {
    store::of_list(conn, account, list)
}
