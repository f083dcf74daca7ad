//! The marks in `deliveries`.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::clock::Timestamp;
use crate::storage::schema::deliveries;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError, dialect};

/// The accounts whose deliveries these are.
///
/// # Errors
/// When the database could not be read.
pub fn owners(conn: &mut Conn, ids: &[DeliveryId]) -> Result<Vec<AccountId>, StoreError> {
    let named = deliveries::table.filter(deliveries::id.eq_any(ids.to_vec())).select(deliveries::account_id);
    Ok(named.load::<Option<AccountId>>(conn)?.into_iter().flatten().collect())
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = BigInt)]
    #[expect(dead_code, reason = "that the row is held is all that matters")]
    id: DeliveryId,
}

/// Takes these rows for this transaction, in the order of their ids, as everybody does who writes several.
///
/// # Errors
/// When the database cannot do it.
pub fn hold(conn: &mut Conn, ids: &[DeliveryId]) -> Result<(), StoreError> {
    let listed: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
    if !listed.is_empty() {
        let (listed, held) = (listed.join(", "), dialect::hold_row(conn));
        let sql = format!("SELECT id FROM deliveries WHERE id IN ({listed}) ORDER BY id{held}");
        diesel::sql_query(sql).load::<Held>(conn)?;
    }
    Ok(())
}

/// Marks a delivery as bounced; `false` when it was already, or is not there.
///
/// # Errors
/// When the row cannot be written.
pub fn mark_bounced(conn: &mut Conn, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
    let unmarked = deliveries::table.find(id).filter(deliveries::bounced_at.is_null());
    Ok(diesel::update(unmarked).set(deliveries::bounced_at.eq(now)).execute(conn)? > 0)
}

/// Marks a delivery as complained of; `false` when it was already, or is not there.
///
/// # Errors
/// When the row cannot be written.
pub fn mark_complained(conn: &mut Conn, id: DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
    let unmarked = deliveries::table.find(id).filter(deliveries::complained_at.is_null());
    Ok(diesel::update(unmarked).set(deliveries::complained_at.eq(now)).execute(conn)? > 0)
}
