//! What the operator does to a lane.

use super::store;
use crate::audit::{self, Actor, Entry};
use crate::clock::Timestamp;
use crate::pacing::{LaneState, Provider};
use crate::storage::{Conn, StoreError};

/// What holds in place of the table; what is missing is as the table says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Override {
    /// Connections at the same time.
    pub connections: Option<u32>,
    /// Messages over one connection.
    pub messages: Option<u32>,
    /// Deliveries an hour from the whole installation.
    pub hourly: Option<i64>,
    /// Whether mail goes over TLS only, where this installation delivers by itself.
    pub demands_tls: Option<bool>,
}

/// What came of [`set`] and [`open`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideOutcome {
    /// It holds from the next claim on.
    Done,
    /// A ceiling of nothing would be a stop without an end: one at least.
    TooLow,
    /// There is no such lane.
    NoSuch,
}

/// Sets what a lane takes at most, in place of the table.
///
/// # Errors
/// When the database refuses.
pub fn set(
    conn: &mut Conn,
    lane: &str,
    wanted: Override,
    by: Actor,
    now: Timestamp,
) -> Result<OverrideOutcome, StoreError> {
    if Provider::by_name(lane).is_none() {
        return Ok(OverrideOutcome::NoSuch);
    }
    let is_nothing = wanted.hourly.is_some_and(|hourly| hourly < 1);
    if is_nothing || wanted.connections == Some(0) || wanted.messages == Some(0) {
        return Ok(OverrideOutcome::TooLow);
    }
    store::write_override(conn, lane, wanted)?;
    let said = |count: Option<i64>| count.map_or_else(|| "as the table".to_owned(), |count| count.to_string());
    let reason = format!(
        "an hour {}, connections {}, messages {}, TLS {}",
        said(wanted.hourly),
        said(wanted.connections.map(i64::from)),
        said(wanted.messages.map(i64::from)),
        wanted.demands_tls.map_or("as the table", |demands| if demands { "demanded" } else { "as offered" })
    );
    audit::record(conn, &Entry::of(by, "lane.set").subject(&lane).reason(&reason), now)?;
    Ok(OverrideOutcome::Done)
}

/// Lets a lane go at its full rate at once, for every account, whatever was answered before.
///
/// # Errors
/// When the database refuses.
pub fn open(
    conn: &mut Conn,
    lane: &str,
    reason: &str,
    by: Actor,
    now: Timestamp,
) -> Result<OverrideOutcome, StoreError> {
    if Provider::by_name(lane).is_none() {
        return Ok(OverrideOutcome::NoSuch);
    }
    store::write_state(conn, lane, LaneState::OPEN, None)?;
    store::open_account_states(conn, lane, now)?;
    audit::record(conn, &Entry::of(by, "lane.open").subject(&lane).reason(reason), now)?;
    Ok(OverrideOutcome::Done)
}
