//! The marks in `deliveries`.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::storage::schema::deliveries;
use crate::storage::{Conn, DeliveryId, StoreError};

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
