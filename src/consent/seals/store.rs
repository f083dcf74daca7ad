//! The tables `consent_seals` and `consent_seal_heads`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Seal;
use crate::storage::schema::{accounts, consent_seal_heads, consent_seals};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = consent_seals)]
struct Row {
    day: String,
    sealed_at: Timestamp,
    accounts: i64,
    heads: Vec<u8>,
    previous: Option<Vec<u8>>,
    digest: Vec<u8>,
}

impl From<Row> for Seal {
    fn from(row: Row) -> Self {
        let Row { day, sealed_at, accounts, heads, previous, digest } = row;
        Self { day, sealed_at, accounts, heads, previous, digest }
    }
}

/// The head of a chain on the day of a seal.
#[derive(Queryable)]
pub(in crate::consent) struct SealedHead {
    pub(in crate::consent) day: String,
    pub(in crate::consent) head: Vec<u8>,
}

pub(super) fn last(conn: &mut Conn) -> Result<Option<Seal>, StoreError> {
    Ok(newest(conn, 1)?.into_iter().next())
}

pub(super) fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Seal>, StoreError> {
    let rows =
        consent_seals::table.order(consent_seals::day.desc()).limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Seal::from).collect())
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<Seal>, StoreError> {
    let rows = consent_seals::table.order(consent_seals::day).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Seal::from).collect())
}

pub(super) fn first_sealed_after(conn: &mut Conn, at: Timestamp) -> Result<Option<Seal>, StoreError> {
    let row = consent_seals::table
        .filter(consent_seals::sealed_at.ge(at))
        .order(consent_seals::day)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Seal::from))
}

/// The head of every chain, in the order of the accounts' ids.
pub(super) fn heads(conn: &mut Conn) -> Result<Vec<(AccountId, Vec<u8>)>, StoreError> {
    let found: Vec<(AccountId, Option<Vec<u8>>)> = accounts::table
        .filter(accounts::consent_head.is_not_null())
        .order(accounts::id)
        .select((accounts::id, accounts::consent_head))
        .load(conn)?;
    Ok(found.into_iter().filter_map(|(account, head)| Some((account, head?))).collect())
}

/// The heads as the last seals knew them.
pub(super) fn last_heads(conn: &mut Conn) -> Result<BTreeMap<AccountId, Vec<u8>>, StoreError> {
    let found: Vec<(AccountId, Vec<u8>)> = consent_seal_heads::table
        .order((consent_seal_heads::day, consent_seal_heads::account_id))
        .select((consent_seal_heads::account_id, consent_seal_heads::head))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

pub(super) fn heads_of_day(conn: &mut Conn, day: &str) -> Result<Vec<(AccountId, Vec<u8>)>, StoreError> {
    Ok(consent_seal_heads::table
        .filter(consent_seal_heads::day.eq(day))
        .select((consent_seal_heads::account_id, consent_seal_heads::head))
        .load(conn)?)
}

pub(in crate::consent) fn heads_of(conn: &mut Conn, account: AccountId) -> Result<Vec<SealedHead>, StoreError> {
    Ok(consent_seal_heads::table
        .filter(consent_seal_heads::account_id.eq(account))
        .order(consent_seal_heads::day)
        .select((consent_seal_heads::day, consent_seal_heads::head))
        .load(conn)?)
}

/// A sealed account that is not there any more.
pub(super) fn first_orphan(conn: &mut Conn) -> Result<Option<(AccountId, String)>, StoreError> {
    Ok(consent_seal_heads::table
        .left_join(accounts::table.on(accounts::id.eq(consent_seal_heads::account_id)))
        .filter(accounts::id.nullable().is_null())
        .order(consent_seal_heads::day)
        .select((consent_seal_heads::account_id, consent_seal_heads::day))
        .first(conn)
        .optional()?)
}

pub(super) fn insert(conn: &mut Conn, seal: &Seal, moved: &[(AccountId, Vec<u8>)]) -> Result<(), StoreError> {
    diesel::insert_into(consent_seals::table)
        .values((
            consent_seals::day.eq(&seal.day),
            consent_seals::sealed_at.eq(seal.sealed_at),
            consent_seals::accounts.eq(seal.accounts),
            consent_seals::heads.eq(&seal.heads),
            consent_seals::previous.eq(&seal.previous),
            consent_seals::digest.eq(&seal.digest),
        ))
        .execute(conn)?;
    for (account, head) in moved {
        diesel::insert_into(consent_seal_heads::table)
            .values((
                consent_seal_heads::day.eq(&seal.day),
                consent_seal_heads::account_id.eq(account),
                consent_seal_heads::head.eq(head),
            ))
            .execute(conn)?;
    }
    Ok(())
}
