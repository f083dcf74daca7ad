//! What other tables know of addresses.

use diesel::prelude::*;

use crate::storage::schema::{confirmations, subscribers, suppressions, unwanted_addresses};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// Those of these keyed hashes that the account knows, as a person or as a suppression in force.
pub(super) fn known(conn: &mut Conn, account: AccountId, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut known: Vec<Vec<u8>> = subscribers::table
        .filter(subscribers::account_id.eq(account))
        .filter(subscribers::address_hash.eq_any(hashes.to_vec()))
        .select(subscribers::address_hash)
        .load(conn)?;
    let suppressed: Vec<Vec<u8>> = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq_any(hashes.to_vec()))
        .filter(suppressions::lifted_at.is_null())
        .select(suppressions::address_hash)
        .load(conn)?;
    known.extend(suppressed);
    Ok(known)
}

/// Those of these names whose address was asked since then, or is never to be asked again.
pub(super) fn noted(conn: &mut Conn, names: &[String], since: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut noted: Vec<String> = unwanted_addresses::table
        .filter(unwanted_addresses::name.eq_any(names.to_vec()))
        .select(unwanted_addresses::name)
        .load(conn)?;
    let asked: Vec<Option<String>> = confirmations::table
        .filter(confirmations::asked_name.eq_any(names.to_vec()))
        .filter(confirmations::created_at.gt(since))
        .select(confirmations::asked_name)
        .load(conn)?;
    noted.extend(asked.into_iter().flatten());
    Ok(noted)
}
