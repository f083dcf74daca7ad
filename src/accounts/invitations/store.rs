//! The table `invitations`.

use diesel::prelude::*;

use crate::storage::schema::invitations;
use crate::storage::{Conn, StoreError, Timestamp, UserId};

pub(super) fn insert(
    conn: &mut Conn,
    hash: &[u8],
    nonce: &[u8],
    user: UserId,
    (now, end): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    diesel::insert_into(invitations::table)
        .values((
            invitations::token_hash.eq(hash),
            invitations::nonce.eq(nonce),
            invitations::user_id.eq(user),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(end),
        ))
        .execute(conn)?;
    Ok(())
}

/// The user and the nonce of an invitation that can still be used.
pub(super) fn open(conn: &mut Conn, hash: &[u8], now: Timestamp) -> Result<Option<(UserId, Vec<u8>)>, StoreError> {
    Ok(invitations::table
        .find(hash)
        .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(now)))
        .select((invitations::user_id, invitations::nonce))
        .first(conn)
        .optional()?)
}

pub(super) fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<(), StoreError> {
    let open = invitations::table.filter(invitations::user_id.eq(user).and(invitations::used_at.is_null()));
    diesel::update(open).set(invitations::used_at.eq(now)).execute(conn)?;
    Ok(())
}
