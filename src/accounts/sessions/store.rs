//! The table `sessions`.

use diesel::prelude::*;

use super::SignedIn;
use crate::accounts::Role;
use crate::accounts::users::stored_address;
use crate::storage::schema::{sessions, users};
use crate::storage::{AccountId, Conn, StoreError, Timestamp, UserId};
use crate::texts::Language;

pub(super) fn insert(
    conn: &mut Conn,
    hash: &[u8],
    user: UserId,
    network: &str,
    (now, end): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(hash),
            sessions::user_id.eq(user),
            sessions::network.eq(network),
            sessions::created_at.eq(now),
            sessions::seen_at.eq(now),
            sessions::expires_at.eq(end),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (UserId, Option<AccountId>, Role, Language, String, Timestamp);

pub(super) fn find(
    conn: &mut Conn,
    hash: &[u8],
    now: Timestamp,
    seen_after: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let row: Option<Row> = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::token_hash.eq(hash))
        .filter(sessions::expires_at.gt(now).and(sessions::seen_at.gt(seen_after)))
        .filter(users::disabled_at.is_null())
        .select((users::id, users::account_id, users::role, users::language, users::address, sessions::seen_at))
        .first(conn)
        .optional()?;
    row.map(signed_in).transpose()
}

fn signed_in((user_id, account_id, role, language, address, seen_at): Row) -> Result<SignedIn, StoreError> {
    Ok(SignedIn { user_id, account_id, role, language, address: stored_address(&address)?, seen_at })
}

pub(super) fn seen(conn: &mut Conn, hash: &[u8], now: Timestamp) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(hash)).set(sessions::seen_at.eq(now)).execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, hash: &[u8]) -> Result<(), StoreError> {
    diesel::delete(sessions::table.find(hash)).execute(conn)?;
    Ok(())
}

pub(super) fn delete_of(conn: &mut Conn, user: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)?)
}

pub(super) fn delete_ended(conn: &mut Conn, now: Timestamp, seen_after: Timestamp) -> Result<usize, StoreError> {
    let ended = sessions::expires_at.le(now).or(sessions::seen_at.le(seen_after));
    Ok(diesel::delete(sessions::table.filter(ended)).execute(conn)?)
}
