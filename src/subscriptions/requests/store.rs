//! The `confirmations` table.

use diesel::prelude::*;

use super::Link;
use crate::storage::schema::{confirmations, subscriptions};
use crate::storage::{Conn, FormId, StoreError, SubscriberId, SubscriptionId, Timestamp};

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
}

fn link_from(row: Row) -> Result<Link, StoreError> {
    Ok(Link {
        token_hash: row.token_hash,
        nonce: row.nonce,
        subscription_id: row.subscription_id,
        form: row.form_id.zip(row.form_version),
        wording: row.wording,
        attributes: serde_json::from_str(&row.attributes)
            .map_err(|error| StoreError::Refused(format!("stored answers cannot be read: {error}")))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    })
}

pub(super) fn insert(conn: &mut Conn, link: &Link) -> Result<(), StoreError> {
    let attributes = serde_json::to_string(&link.attributes).map_err(|error| StoreError::Refused(error.to_string()))?;
    diesel::insert_into(confirmations::table)
        .values((
            confirmations::token_hash.eq(&link.token_hash),
            confirmations::nonce.eq(&link.nonce),
            confirmations::subscription_id.eq(link.subscription_id),
            confirmations::form_id.eq(link.form.map(|(id, _)| id)),
            confirmations::form_version.eq(link.form.map(|(_, version)| version)),
            confirmations::wording.eq(&link.wording),
            confirmations::attributes.eq(attributes),
            confirmations::created_at.eq(link.created_at),
            confirmations::expires_at.eq(link.expires_at),
        ))
        .execute(conn)?;
    Ok(())
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
