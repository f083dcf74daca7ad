//! The table `accounts`.

use diesel::prelude::*;

use super::{Account, AddressKey};
use crate::storage::schema::accounts;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    id: AccountId,
    name: String,
    postal_address: String,
    website: String,
    contact: String,
    address_key: Vec<u8>,
    paused_at: Option<Timestamp>,
    pause_reason: Option<String>,
    hourly_limit: Option<i64>,
    daily_limit: Option<i64>,
    pool: Option<String>,
    created_at: Timestamp,
}

impl Row {
    fn account(self) -> Result<Account, StoreError> {
        let key = <[u8; 32]>::try_from(self.address_key.as_slice());
        Ok(Account {
            id: self.id,
            name: self.name,
            postal_address: self.postal_address,
            website: self.website,
            contact: self.contact,
            address_key: AddressKey(
                key.map_err(|error| StoreError::Refused(format!("a stored address key: {error}")))?,
            ),
            paused_at: self.paused_at,
            pause_reason: self.pause_reason,
            hourly_limit: self.hourly_limit,
            daily_limit: self.daily_limit,
            pool: self.pool,
            created_at: self.created_at,
        })
    }
}

pub(super) fn account(conn: &mut Conn, id: AccountId) -> Result<Option<Account>, StoreError> {
    let row = accounts::table.find(id).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::account).transpose()
}

pub(super) fn account_by_name(conn: &mut Conn, name: &str) -> Result<Option<Account>, StoreError> {
    let row = accounts::table.filter(accounts::name.eq(name)).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::account).transpose()
}

pub(super) fn accounts(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    let rows = accounts::table.order(accounts::name).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::account).collect()
}

pub(super) fn insert_account(conn: &mut Conn, account: &Account) -> Result<(), StoreError> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account.id),
            accounts::name.eq(&account.name),
            accounts::postal_address.eq(&account.postal_address),
            accounts::website.eq(&account.website),
            accounts::contact.eq(&account.contact),
            accounts::address_key.eq(account.address_key.0.to_vec()),
            accounts::hourly_limit.eq(account.hourly_limit),
            accounts::daily_limit.eq(account.daily_limit),
            accounts::created_at.eq(account.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_contact(conn: &mut Conn, account: &Account) -> Result<(), StoreError> {
    diesel::update(accounts::table.find(account.id))
        .set((
            accounts::name.eq(&account.name),
            accounts::postal_address.eq(&account.postal_address),
            accounts::website.eq(&account.website),
            accounts::contact.eq(&account.contact),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_limits(
    conn: &mut Conn,
    id: AccountId,
    hourly: Option<i64>,
    daily: Option<i64>,
) -> Result<bool, StoreError> {
    let changed = diesel::update(accounts::table.find(id))
        .set((accounts::hourly_limit.eq(hourly), accounts::daily_limit.eq(daily)))
        .execute(conn)?;
    Ok(changed > 0)
}

pub(super) fn set_pool(conn: &mut Conn, id: AccountId, pool: Option<&str>) -> Result<bool, StoreError> {
    Ok(diesel::update(accounts::table.find(id)).set(accounts::pool.eq(pool)).execute(conn)? > 0)
}

pub(super) fn pools(conn: &mut Conn) -> Result<Vec<(AccountId, String)>, StoreError> {
    let put: Vec<(AccountId, Option<String>)> =
        accounts::table.filter(accounts::pool.is_not_null()).select((accounts::id, accounts::pool)).load(conn)?;
    Ok(put.into_iter().filter_map(|(id, pool)| Some((id, pool?))).collect())
}

pub(super) fn set_pause(conn: &mut Conn, id: AccountId, pause: Option<(&str, Timestamp)>) -> Result<bool, StoreError> {
    let changed = diesel::update(accounts::table.find(id))
        .set((
            accounts::paused_at.eq(pause.map(|(_, at)| at)),
            accounts::pause_reason.eq(pause.map(|(reason, _)| reason)),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}
