//! The `subscribers` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::{Filter, Subscriber};
use crate::forms::Attributes;
use crate::mail::EmailAddress;
use crate::storage::columns::PublicId;
use crate::storage::schema::{accounts, subscribers, subscriptions};
use crate::storage::{self, AccountId, Conn, StoreError, SubscriberId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = subscribers)]
struct Row {
    id: SubscriberId,
    account_id: AccountId,
    address: Option<EmailAddress>,
    address_hash: Vec<u8>,
    attributes: String,
    created_at: Timestamp,
    erased_at: Option<Timestamp>,
    moved_to: Option<SubscriberId>,
}

fn subscriber_from(row: Row) -> Result<Subscriber, StoreError> {
    Ok(Subscriber {
        id: row.id,
        account_id: row.account_id,
        address: row.address,
        address_hash: row.address_hash,
        attributes: serde_json::from_str(&row.attributes)
            .map_err(|error| StoreError::Refused(format!("stored attributes cannot be read: {error}")))?,
        created_at: row.created_at,
        erased_at: row.erased_at,
        moved_to: row.moved_to,
    })
}

fn json(attributes: &Attributes) -> Result<String, StoreError> {
    serde_json::to_string(attributes).map_err(|error| StoreError::Refused(error.to_string()))
}

pub(super) fn account_key(conn: &mut Conn, account: AccountId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(accounts::table.filter(accounts::id.eq(account)).select(accounts::address_key).first(conn).optional()?)
}

pub(super) fn insert_all(conn: &mut Conn, new: &[Subscriber]) -> Result<(), StoreError> {
    let rows: Vec<(&Subscriber, String)> =
        new.iter().map(|one| Ok((one, json(&one.attributes)?))).collect::<Result<_, StoreError>>()?;
    storage::insert_all(
        conn,
        "subscribers (id, account_id, address, address_hash, attributes, created_at)",
        &rows,
        |statement, (one, attributes)| {
            statement
                .bind::<PublicId, _>(one.id)
                .bind::<PublicId, _>(one.account_id)
                .bind::<Nullable<Text>, _>(one.address.as_ref().map(EmailAddress::as_str))
                .bind::<Binary, _>(one.address_hash.as_slice())
                .bind::<Text, _>(attributes.as_str())
                .bind::<BigInt, _>(one.created_at)
        },
    )
}

pub(super) fn find(conn: &mut Conn, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    let row = subscribers::table.filter(subscribers::id.eq(id)).select(Row::as_select()).first(conn).optional()?;
    row.map(subscriber_from).transpose()
}

pub(super) fn find_by_hash(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<Option<Subscriber>, StoreError> {
    let row = subscribers::table
        .filter(subscribers::account_id.eq(account))
        .filter(subscribers::address_hash.eq(hash))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(subscriber_from).transpose()
}

pub(super) fn set_attributes(conn: &mut Conn, id: SubscriberId, attributes: &Attributes) -> Result<(), StoreError> {
    diesel::update(subscribers::table.filter(subscribers::id.eq(id)))
        .set(subscribers::attributes.eq(json(attributes)?))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_address(conn: &mut Conn, id: SubscriberId, address: &EmailAddress) -> Result<(), StoreError> {
    diesel::update(subscribers::table.filter(subscribers::id.eq(id)))
        .set((
            subscribers::address.eq(address.as_str()),
            subscribers::erased_at.eq(None::<Timestamp>),
            subscribers::moved_to.eq(None::<SubscriberId>),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn blank(conn: &mut Conn, id: SubscriberId, now: Timestamp) -> Result<(), StoreError> {
    diesel::update(subscribers::table.filter(subscribers::id.eq(id)))
        .set((
            subscribers::address.eq(None::<String>),
            subscribers::attributes.eq("{}"),
            subscribers::erased_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn move_to(conn: &mut Conn, old: SubscriberId, new: SubscriberId) -> Result<(), StoreError> {
    diesel::update(subscribers::table.filter(subscribers::id.eq(old)))
        .set((subscribers::address.eq(None::<String>), subscribers::attributes.eq("{}"), subscribers::moved_to.eq(new)))
        .execute(conn)?;
    Ok(())
}

pub(super) fn moved_to(conn: &mut Conn, id: SubscriberId) -> Result<Vec<SubscriberId>, StoreError> {
    Ok(subscribers::table.filter(subscribers::moved_to.eq(id)).select(subscribers::id).load(conn)?)
}

pub(super) fn page(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    cursor: Option<SubscriberId>,
    limit: i64,
) -> Result<Vec<Subscriber>, StoreError> {
    let mut query = subscribers::table
        .filter(subscribers::account_id.eq(account))
        // Who changed their address stands there once.
        .filter(subscribers::moved_to.is_null())
        .into_boxed();
    if let Some(cursor) = cursor {
        query = query.filter(subscribers::id.lt(cursor));
    }
    if let Some(part) = &filter.address_part {
        query = query.filter(lower(subscribers::address).like(like_pattern(part)).escape('!'));
    }
    let of_account =
        subscriptions::table.filter(subscriptions::account_id.eq(account)).select(subscriptions::subscriber_id);
    match (filter.list_id, filter.state) {
        (None, None) => {}
        (Some(list), None) => {
            query = query.filter(subscribers::id.eq_any(of_account.filter(subscriptions::list_id.eq(list))));
        }
        (None, Some(state)) => {
            query = query.filter(subscribers::id.eq_any(of_account.filter(subscriptions::state.eq(state))));
        }
        (Some(list), Some(state)) => {
            let on_list = of_account.filter(subscriptions::list_id.eq(list)).filter(subscriptions::state.eq(state));
            query = query.filter(subscribers::id.eq_any(on_list));
        }
    }
    let rows = query.order(subscribers::id.desc()).limit(limit).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(subscriber_from).collect()
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// The text in lower case, as both databases do it for ASCII.
    fn lower(
        text: diesel::sql_types::Nullable<diesel::sql_types::Text>,
    ) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// What contains `part`, whatever signs of a pattern are in it.
fn like_pattern(part: &str) -> String {
    let plain = part.trim().to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{plain}%")
}
