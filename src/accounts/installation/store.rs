//! The table `installation`, and counts over what waits.

use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use crate::storage::schema::{deliveries, inbound_messages, installation};
use crate::storage::{Conn, StoreError, Timestamp};

pub(super) fn sending_pause(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    let row: Option<(Option<Timestamp>, Option<String>)> = installation::table
        .find(1)
        .select((installation::sending_paused_at, installation::sending_pause_reason))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(at, reason)| at.map(|_| reason.unwrap_or_default())))
}

pub(super) fn set_sending_pause(conn: &mut Conn, pause: Option<(&str, Timestamp)>) -> Result<(), StoreError> {
    diesel::update(installation::table.find(1))
        .set((
            installation::sending_paused_at.eq(pause.map(|(_, at)| at)),
            installation::sending_pause_reason.eq(pause.map(|(reason, _)| reason)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn deliveries_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let counted = deliveries::table.group_by(deliveries::state).select((deliveries::state, count_star()));
    Ok(counted.load(conn)?)
}

pub(super) fn inbound_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    let counted =
        inbound_messages::table.group_by(inbound_messages::state).select((inbound_messages::state, count_star()));
    Ok(counted.load(conn)?)
}

/// The words are those of the partial indexes, so that neither query reads the whole table.
pub(super) fn oldest_due(conn: &mut Conn, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let single: Option<Timestamp> = deliveries::table
        .filter(deliveries::kind.ne("campaign").and(deliveries::state.eq_any(["queued", "deferred"])))
        .filter(deliveries::due_at.le(now))
        .select(min(deliveries::due_at))
        .first(conn)?;
    let retried: Option<Timestamp> = deliveries::table
        .filter(deliveries::kind.eq("campaign").and(deliveries::state.eq("deferred")))
        .filter(deliveries::due_at.le(now))
        .select(min(deliveries::due_at))
        .first(conn)?;
    Ok([single, retried].into_iter().flatten().min())
}
