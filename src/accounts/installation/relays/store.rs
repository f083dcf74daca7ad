//! The table `relay_states`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::storage::schema::relay_states;
use crate::storage::{Conn, StoreError, Timestamp};

pub(super) fn write(conn: &mut Conn, node: &str, reason: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO relay_states (node, reason, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (node) DO UPDATE SET reason = excluded.reason, seen_at = excluded.seen_at",
    )
    .bind::<Text, _>(node)
    .bind::<Nullable<Text>, _>(reason)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut Conn, node: &str) -> Result<(), StoreError> {
    diesel::delete(relay_states::table.find(node)).execute(conn)?;
    Ok(())
}

pub(super) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(relay_states::table.filter(relay_states::seen_at.lt(before))).execute(conn)?)
}

/// What was said since, the latest first.
pub(super) fn reasons_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<Option<String>>, StoreError> {
    let said = relay_states::table.filter(relay_states::seen_at.gt(since)).order(relay_states::seen_at.desc());
    Ok(said.select(relay_states::reason).load(conn)?)
}
