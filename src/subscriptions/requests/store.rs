//! The `confirmations` table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use super::Link;
use crate::storage::columns::PublicId;
use crate::storage::schema::{confirmations, subscriptions, unwanted_addresses};
use crate::storage::{self, Conn, FormId, StoreError, SubscriberId, SubscriptionId, Timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = confirmations)]
struct Row {
    token_hash: Vec<u8>,
    nonce: Vec<u8>,
    subscription_id: SubscriptionId,
    form_id: Option<FormId>,
    form_version: Option<i32>,
    wording: String,
    attributes: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    asked_name: Option<String>,
    together: String,
    held_at: Option<Timestamp>,
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Refused(format!("a stored request cannot be read: {error}")))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))
}

fn link_from(row: Row) -> Result<Link, StoreError> {
    Ok(Link {
        token_hash: row.token_hash,
        nonce: row.nonce,
        subscription_id: row.subscription_id,
        form: row.form_id.zip(row.form_version),
        wording: row.wording,
        attributes: read(&row.attributes)?,
        together: read(&row.together)?,
        asked_name: row.asked_name,
        held_at: row.held_at,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    })
}

pub(super) fn insert_all(conn: &mut Conn, links: &[Link]) -> Result<(), StoreError> {
    let rows: Vec<(&Link, String, String)> = links
        .iter()
        .map(|link| Ok((link, json(&link.attributes)?, json(&link.together)?)))
        .collect::<Result<_, StoreError>>()?;
    storage::insert_all(
        conn,
        "confirmations (token_hash, nonce, subscription_id, form_id, form_version, wording, attributes, created_at, \
         expires_at, asked_name, together, held_at)",
        &rows,
        |statement, (link, attributes, together)| {
            statement
                .bind::<Binary, _>(link.token_hash.as_slice())
                .bind::<Binary, _>(link.nonce.as_slice())
                .bind::<PublicId, _>(link.subscription_id)
                .bind::<Nullable<PublicId>, _>(link.form.map(|(id, _)| id))
                .bind::<Nullable<Integer>, _>(link.form.map(|(_, version)| version))
                .bind::<Text, _>(link.wording.as_str())
                .bind::<Text, _>(attributes.as_str())
                .bind::<BigInt, _>(link.created_at)
                .bind::<BigInt, _>(link.expires_at)
                .bind::<Nullable<Text>, _>(link.asked_name.as_deref())
                .bind::<Text, _>(together.as_str())
                .bind::<Nullable<BigInt>, _>(link.held_at)
        },
    )
}

pub(super) fn find(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Link>, StoreError> {
    let row = confirmations::table
        .filter(confirmations::token_hash.eq(token_hash))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(link_from).transpose()
}

pub(super) fn latest(conn: &mut Conn, subscription: SubscriptionId) -> Result<Option<Link>, StoreError> {
    let row = confirmations::table
        .filter(confirmations::subscription_id.eq(subscription))
        .order(confirmations::created_at.desc())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(link_from).transpose()
}

pub(super) fn made_since(
    conn: &mut Conn,
    subscription: SubscriptionId,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    Ok(confirmations::table
        .filter(confirmations::subscription_id.eq(subscription))
        .filter(confirmations::created_at.gt(since))
        .order(confirmations::created_at.desc())
        .select(confirmations::created_at)
        .load(conn)?)
}

pub(super) fn use_up(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    let open = confirmations::table
        .filter(confirmations::subscription_id.eq(subscription))
        .filter(confirmations::used_at.is_null());
    diesel::update(open).set(confirmations::used_at.eq(now)).execute(conn)?;
    Ok(())
}

pub(super) fn forget_answers(conn: &mut Conn, subscriber: SubscriberId) -> Result<(), StoreError> {
    let of_person = subscriptions::table.filter(subscriptions::subscriber_id.eq(subscriber)).select(subscriptions::id);
    diesel::update(confirmations::table.filter(confirmations::subscription_id.eq_any(of_person)))
        .set(confirmations::attributes.eq("{}"))
        .execute(conn)?;
    Ok(())
}

/// When the address of this name was asked since `since`, newest first, and when it confirmed each.
pub(super) fn asked_since(
    conn: &mut Conn,
    name: &str,
    since: Timestamp,
) -> Result<Vec<(Timestamp, Option<Timestamp>)>, StoreError> {
    Ok(confirmations::table
        .filter(confirmations::asked_name.eq(name))
        .filter(confirmations::created_at.gt(since))
        .order(confirmations::created_at.desc())
        .select((confirmations::created_at, confirmations::confirmed_at))
        .limit(100)
        .load(conn)?)
}

pub(super) fn mark_confirmed(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<(), StoreError> {
    let open = confirmations::table
        .filter(confirmations::subscription_id.eq(subscription))
        .filter(confirmations::used_at.is_null());
    diesel::update(open).set(confirmations::confirmed_at.eq(now)).execute(conn)?;
    Ok(())
}

pub(super) fn is_unwanted(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    let found: Option<Timestamp> =
        unwanted_addresses::table.find(name).select(unwanted_addresses::said_at).first(conn).optional()?;
    Ok(found.is_some())
}

pub(super) fn insert_unwanted(
    conn: &mut Conn,
    name: &str,
    form: Option<FormId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let written = diesel::sql_query(
        "INSERT INTO unwanted_addresses (name, form_id, said_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
    )
    .bind::<Text, _>(name)
    .bind::<Nullable<PublicId>, _>(form)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(written > 0)
}

pub(super) fn delete_unwanted(conn: &mut Conn, name: &str) -> Result<(), StoreError> {
    diesel::delete(unwanted_addresses::table.find(name)).execute(conn)?;
    Ok(())
}

pub(super) fn pending_of(conn: &mut Conn, name: &str) -> Result<Vec<SubscriptionId>, StoreError> {
    let asked: Vec<(SubscriptionId, String)> = confirmations::table
        .filter(confirmations::asked_name.eq(name))
        .filter(confirmations::used_at.is_null())
        .select((confirmations::subscription_id, confirmations::together))
        .load(conn)?;
    let mut ids = Vec::new();
    for (id, together) in asked {
        ids.push(id);
        ids.extend(read::<Vec<SubscriptionId>>(&together)?);
    }
    ids.sort();
    ids.dedup();
    Ok(subscriptions::table
        .filter(subscriptions::id.eq_any(ids))
        .filter(subscriptions::state.eq("pending"))
        .select(subscriptions::id)
        .load(conn)?)
}

pub(super) fn held(conn: &mut Conn, form: FormId, limit: i64) -> Result<Vec<Link>, StoreError> {
    let rows: Vec<Row> = confirmations::table
        .filter(confirmations::form_id.eq(form))
        .filter(confirmations::held_at.is_not_null())
        .order(confirmations::created_at)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(link_from).collect()
}

pub(super) fn count_held(conn: &mut Conn, form: FormId) -> Result<i64, StoreError> {
    Ok(confirmations::table
        .filter(confirmations::form_id.eq(form))
        .filter(confirmations::held_at.is_not_null())
        .filter(confirmations::used_at.is_null())
        .count()
        .get_result(conn)?)
}

pub(super) fn release(conn: &mut Conn, token_hash: &[u8]) -> Result<(), StoreError> {
    diesel::update(confirmations::table.find(token_hash.to_vec()))
        .set(confirmations::held_at.eq(None::<Timestamp>))
        .execute(conn)?;
    Ok(())
}

pub(super) fn ask_now(
    conn: &mut Conn,
    token_hash: &[u8],
    name: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(confirmations::table.find(token_hash.to_vec()))
        .set((
            confirmations::asked_name.eq(name),
            confirmations::created_at.eq(now),
            confirmations::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}
