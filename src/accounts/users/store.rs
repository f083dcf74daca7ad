//! The table `users`.

use diesel::prelude::*;

use super::User;
use crate::accounts::Role;
use crate::mail::EmailAddress;
use crate::storage::schema::users;
use crate::storage::{AccountId, Conn, StoreError, Timestamp, UserId};
use crate::texts::Language;

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Row {
    id: UserId,
    account_id: Option<AccountId>,
    address: String,
    role: Role,
    language: Language,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
}

impl Row {
    fn user(self) -> Result<User, StoreError> {
        Ok(User {
            id: self.id,
            account_id: self.account_id,
            address: stored_address(&self.address)?,
            role: self.role,
            language: self.language,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
        })
    }
}

/// An address as the tables keep it.
pub(in crate::accounts) fn stored_address(text: &str) -> Result<EmailAddress, StoreError> {
    EmailAddress::parse(text).map_err(|error| StoreError::Refused(format!("a stored address {error}")))
}

pub(super) fn user(conn: &mut Conn, id: UserId) -> Result<Option<User>, StoreError> {
    users::table.find(id).select(Row::as_select()).first(conn).optional()?.map(Row::user).transpose()
}

pub(super) fn by_address(conn: &mut Conn, folded: &str) -> Result<Option<User>, StoreError> {
    let row = users::table.filter(users::address.eq(folded)).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::user).transpose()
}

pub(super) fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<User>, StoreError> {
    let rows =
        users::table.filter(users::account_id.eq(account)).order(users::id).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::user).collect()
}

pub(super) fn operators(conn: &mut Conn) -> Result<Vec<User>, StoreError> {
    let rows = users::table.filter(users::account_id.is_null()).order(users::id).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::user).collect()
}

pub(in crate::accounts) fn insert(conn: &mut Conn, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(user.id),
            users::account_id.eq(user.account_id),
            users::address.eq(user.address.as_str()),
            users::password_hash.eq(password_hash),
            users::role.eq(user.role),
            users::language.eq(user.language),
            users::created_at.eq(user.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn password_hash(conn: &mut Conn, folded: &str) -> Result<Option<(UserId, String)>, StoreError> {
    let row: Option<(UserId, Option<String>)> = users::table
        .filter(users::address.eq(folded).and(users::disabled_at.is_null()))
        .select((users::id, users::password_hash))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(id, hash)| hash.map(|hash| (id, hash))))
}

pub(super) fn set_password(conn: &mut Conn, id: UserId, hash: &str) -> Result<(), StoreError> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn)?;
    Ok(())
}

pub(super) fn set_language(conn: &mut Conn, id: UserId, language: Language) -> Result<(), StoreError> {
    diesel::update(users::table.find(id)).set(users::language.eq(language)).execute(conn)?;
    Ok(())
}

pub(super) fn disable(conn: &mut Conn, id: UserId, now: Timestamp) -> Result<bool, StoreError> {
    let in_force = users::table.find(id).filter(users::disabled_at.is_null());
    Ok(diesel::update(in_force).set(users::disabled_at.eq(now)).execute(conn)? > 0)
}
