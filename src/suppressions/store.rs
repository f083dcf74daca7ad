//! The `suppressions` table.

use diesel::prelude::*;

use super::{Reason, Suppression};
use crate::mail::EmailAddress;
use crate::storage::schema::suppressions;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, SuppressionId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = suppressions)]
struct Row {
    id: SuppressionId,
    account_id: AccountId,
    address: Option<EmailAddress>,
    reason: Reason,
    evidence: String,
    delivery_id: Option<DeliveryId>,
    created_at: Timestamp,
    lifted_at: Option<Timestamp>,
    lift_reason: Option<String>,
}

impl From<Row> for Suppression {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            address: row.address,
            reason: row.reason,
            evidence: row.evidence,
            delivery_id: row.delivery_id,
            created_at: row.created_at,
            lifted_at: row.lifted_at,
            lift_reason: row.lift_reason,
        }
    }
}

pub(super) fn insert(conn: &mut Conn, new: &Suppression, hash: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(suppressions::table)
        .values((
            suppressions::id.eq(new.id),
            suppressions::account_id.eq(new.account_id),
            suppressions::address.eq(new.address.as_ref().map(EmailAddress::as_str)),
            suppressions::address_hash.eq(hash),
            suppressions::reason.eq(new.reason),
            suppressions::evidence.eq(&new.evidence),
            suppressions::delivery_id.eq(new.delivery_id),
            suppressions::created_at.eq(new.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn in_force(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Reason>, StoreError> {
    Ok(suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq(hash))
        .filter(suppressions::lifted_at.is_null())
        .order(suppressions::id)
        .select(suppressions::reason)
        .load(conn)?)
}

pub(super) fn of_address(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Suppression>, StoreError> {
    let rows = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq(hash))
        .order(suppressions::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Suppression::from).collect())
}

pub(super) fn blank(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<(), StoreError> {
    let of_address =
        suppressions::table.filter(suppressions::account_id.eq(account)).filter(suppressions::address_hash.eq(hash));
    // The evidence may quote the address, as replies of mail servers do.
    diesel::update(of_address)
        .set((suppressions::address.eq(None::<String>), suppressions::evidence.eq("")))
        .execute(conn)?;
    Ok(())
}

pub(super) fn lift(conn: &mut Conn, id: SuppressionId, why: &str, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(suppressions::table.filter(suppressions::id.eq(id)))
        .set((suppressions::lifted_at.eq(now), suppressions::lift_reason.eq(why)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn lift_reason(
    conn: &mut Conn,
    account: AccountId,
    hash: &[u8],
    reason: Reason,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let in_force = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq(hash))
        .filter(suppressions::reason.eq(reason))
        .filter(suppressions::lifted_at.is_null());
    diesel::update(in_force).set((suppressions::lifted_at.eq(now), suppressions::lift_reason.eq(why))).execute(conn)?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, account: AccountId, id: SuppressionId) -> Result<Option<Suppression>, StoreError> {
    let row = suppressions::table
        .filter(suppressions::id.eq(id))
        .filter(suppressions::account_id.eq(account))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Suppression::from))
}

/// Most rows of one address that are shown.
const MOST: i64 = 50;

/// Every suppression of an address, lifted ones too, oldest first.
pub(super) fn of_hash(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Vec<Suppression>, StoreError> {
    let rows = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::address_hash.eq(hash))
        .order(suppressions::id)
        .limit(MOST)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Suppression::from).collect())
}

/// The suppression for mail that came back from the same address which the account lifted before, if any.
pub(super) fn lifted_before(
    conn: &mut Conn,
    account: AccountId,
    id: SuppressionId,
) -> Result<Option<Suppression>, StoreError> {
    let hash: Vec<u8> = suppressions::table.find(id).select(suppressions::address_hash).first(conn)?;
    let all = of_hash(conn, account, &hash)?;
    let is_one = |one: &Suppression| one.lifted_at.is_some() && one.reason.is_of_mail_that_came_back();
    Ok(all.into_iter().rev().find(is_one))
}

pub(super) fn page(
    conn: &mut Conn,
    account: AccountId,
    cursor: Option<SuppressionId>,
    limit: i64,
) -> Result<Vec<Suppression>, StoreError> {
    let mut query = suppressions::table
        .filter(suppressions::account_id.eq(account))
        .filter(suppressions::lifted_at.is_null())
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(suppressions::id.lt(cursor));
    }
    let rows = query.order(suppressions::id.desc()).limit(limit).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Suppression::from).collect())
}
