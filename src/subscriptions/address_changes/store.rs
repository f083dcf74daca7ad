//! The `address_changes` table.

use diesel::prelude::*;

use super::{AddressChange, Outcome, Side};
use crate::mail::EmailAddress;
use crate::storage::schema::address_changes as changes;
use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriberId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
struct Row {
    account_id: AccountId,
    subscriber_id: SubscriberId,
    list_id: ListId,
    new_address: Option<EmailAddress>,
    old_nonce: Vec<u8>,
    old_hash: Vec<u8>,
    new_nonce: Vec<u8>,
    new_hash: Vec<u8>,
    created_at: Timestamp,
    expires_at: Timestamp,
    old_agreed_at: Option<Timestamp>,
    new_agreed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    outcome: Option<Outcome>,
}

impl From<Row> for AddressChange {
    fn from(row: Row) -> Self {
        Self {
            account_id: row.account_id,
            subscriber_id: row.subscriber_id,
            list_id: row.list_id,
            new_address: row.new_address,
            old_nonce: row.old_nonce,
            old_hash: row.old_hash,
            new_nonce: row.new_nonce,
            new_hash: row.new_hash,
            created_at: row.created_at,
            expires_at: row.expires_at,
            old_agreed_at: row.old_agreed_at,
            new_agreed_at: row.new_agreed_at,
            ended_at: row.ended_at,
            outcome: row.outcome,
        }
    }
}

pub(super) fn insert(conn: &mut Conn, change: &AddressChange) -> Result<(), StoreError> {
    diesel::insert_into(changes::table)
        .values((
            changes::account_id.eq(change.account_id),
            changes::subscriber_id.eq(change.subscriber_id),
            changes::list_id.eq(change.list_id),
            changes::new_address.eq(change.new_address.as_ref().map(EmailAddress::as_str)),
            changes::old_nonce.eq(&change.old_nonce),
            changes::old_hash.eq(&change.old_hash),
            changes::new_nonce.eq(&change.new_nonce),
            changes::new_hash.eq(&change.new_hash),
            changes::created_at.eq(change.created_at),
            changes::expires_at.eq(change.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The change one of whose tokens has this digest.
pub(super) fn find(conn: &mut Conn, hash: &[u8]) -> Result<Option<AddressChange>, StoreError> {
    let row = changes::table
        .filter(changes::old_hash.eq(hash).or(changes::new_hash.eq(hash)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(AddressChange::from))
}

pub(super) fn of_subscriber(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<AddressChange>, StoreError> {
    let rows = changes::table
        .filter(changes::subscriber_id.eq(subscriber))
        .order(changes::created_at)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(AddressChange::from).collect())
}

pub(super) fn agreed(conn: &mut Conn, change: &AddressChange, side: Side, now: Timestamp) -> Result<(), StoreError> {
    let this = changes::table.filter(changes::old_hash.eq(&change.old_hash));
    match side {
        Side::Old => diesel::update(this).set(changes::old_agreed_at.eq(now)).execute(conn)?,
        Side::New => diesel::update(this).set(changes::new_agreed_at.eq(now)).execute(conn)?,
    };
    Ok(())
}

/// Ends a change; the address that did not become the person's is not kept.
pub(super) fn end(conn: &mut Conn, change: &AddressChange, how: Outcome, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(changes::table.filter(changes::old_hash.eq(&change.old_hash)))
        .set((changes::ended_at.eq(now), changes::outcome.eq(how), changes::new_address.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn expire(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let late: Vec<Vec<u8>> = changes::table
        .filter(changes::ended_at.is_null())
        .filter(changes::expires_at.le(now))
        .limit(limit)
        .select(changes::old_hash)
        .load(conn)?;
    let those = changes::table.filter(changes::old_hash.eq_any(late)).filter(changes::ended_at.is_null());
    Ok(diesel::update(those)
        .set((
            changes::ended_at.eq(now),
            changes::outcome.eq(Outcome::Expired),
            changes::new_address.eq(None::<String>),
        ))
        .execute(conn)?)
}

/// Takes the address that a person wished for away, for an erasure.
pub(in super::super) fn forget(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    diesel::update(changes::table.filter(changes::subscriber_id.eq(subscriber)))
        .set(changes::new_address.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}
