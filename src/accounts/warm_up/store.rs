//! The columns of `installation` and `accounts`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Chosen, Switch};
use crate::storage::schema::{accounts, installation};
use crate::storage::{AccountId, Conn, StoreError};

/// What holds for the installation.
///
/// # Errors
/// When the row cannot be read.
pub fn chosen_by_installation(conn: &mut Conn) -> Result<Chosen, StoreError> {
    let row: Option<(Option<Switch>, i64)> = installation::table
        .find(1)
        .select((installation::warm_up, installation::delivers_directly))
        .first(conn)
        .optional()?;
    let (word, direct) = row.unwrap_or((None, 0));
    Ok(Chosen { word, delivers_directly: direct != 0 })
}

/// The operator's word for an account.
///
/// # Errors
/// When the row cannot be read.
pub fn chosen_by_account(conn: &mut Conn, account: AccountId) -> Result<Option<Switch>, StoreError> {
    let word: Option<Option<Switch>> =
        accounts::table.find(account).select(accounts::warm_up).first(conn).optional()?;
    Ok(word.flatten())
}

/// The operator's words for all accounts for which there is one.
///
/// # Errors
/// When the rows cannot be read.
pub fn chosen_by_accounts(conn: &mut Conn) -> Result<BTreeMap<AccountId, Switch>, StoreError> {
    let rows: Vec<(AccountId, Option<Switch>)> =
        accounts::table.filter(accounts::warm_up.is_not_null()).select((accounts::id, accounts::warm_up)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(account, word)| Some((account, word?))).collect())
}

pub(super) fn set(conn: &mut Conn, word: Option<Switch>) -> Result<(), StoreError> {
    diesel::update(installation::table.find(1)).set(installation::warm_up.eq(word)).execute(conn)?;
    Ok(())
}

pub(super) fn set_way_out(conn: &mut Conn, delivers_directly: bool) -> Result<(), StoreError> {
    let direct = i64::from(delivers_directly);
    diesel::update(installation::table.find(1)).set(installation::delivers_directly.eq(direct)).execute(conn)?;
    Ok(())
}

pub(super) fn set_for_account(conn: &mut Conn, id: AccountId, word: Option<Switch>) -> Result<bool, StoreError> {
    Ok(diesel::update(accounts::table.find(id)).set(accounts::warm_up.eq(word)).execute(conn)? > 0)
}
