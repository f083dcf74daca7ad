//! How the nodes that send find their relay: told by each of them, for the processes that send nothing themselves.

mod store;

use chrono::TimeDelta;

use crate::storage::{Conn, StoreError, Timestamp};

/// A node that said nothing for so long is not there any more; each says it again every third of it.
pub const SILENT_AFTER: TimeDelta = TimeDelta::seconds(90);

/// Whether mail leaves, as far as anybody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayStanding {
    /// No node that sends has said anything lately.
    Unknown,
    /// At least one node reaches its relay.
    Works,
    /// No node does, and this is what the last of them found.
    Away(String),
}

/// Tells how a node finds its relay; `trouble` is what is wrong with it.
///
/// # Errors
/// When the row cannot be written.
pub fn tell(conn: &mut Conn, node: &str, trouble: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
    store::write(conn, node, trouble, now)
}

/// Forgets a node that stops.
///
/// # Errors
/// When the row cannot be written.
pub fn forget(conn: &mut Conn, node: &str) -> Result<(), StoreError> {
    store::delete(conn, node)
}

/// Forgets the nodes that ended without a word long ago.
///
/// # Errors
/// When the rows cannot be written.
pub fn forget_silent(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    store::delete_before(conn, now - TimeDelta::days(1))
}

/// What the nodes that send said lately.
///
/// # Errors
/// When the database cannot be read.
pub fn standing(conn: &mut Conn, now: Timestamp) -> Result<RelayStanding, StoreError> {
    let reasons = store::reasons_since(conn, now - SILENT_AFTER)?;
    if reasons.iter().any(Option::is_none) {
        return Ok(RelayStanding::Works);
    }
    Ok(reasons.into_iter().flatten().next().map_or(RelayStanding::Unknown, RelayStanding::Away))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::empty_database;

    #[test]
    fn mail_leaves_as_long_as_one_node_that_was_heard_lately_reaches_its_relay() {
        let (conn, now) = (&mut empty_database(), Timestamp::from_micros(1_795_000_000_000_000));
        let at = |conn: &mut Conn, now| standing(conn, now).unwrap();
        let is_away = RelayStanding::Away("no answer within 3 s".to_owned());
        assert_eq!(at(conn, now), RelayStanding::Unknown);
        tell(conn, "a", Some("no answer within 3 s"), now).unwrap();
        assert_eq!(at(conn, now), is_away);
        tell(conn, "b", None, now).unwrap();
        assert_eq!(at(conn, now), RelayStanding::Works);
        forget(conn, "b").unwrap();
        assert_eq!(at(conn, now), is_away);
        assert_eq!(at(conn, now + SILENT_AFTER), RelayStanding::Unknown);
        tell(conn, "a", None, now + SILENT_AFTER).unwrap();
        assert_eq!(at(conn, now + SILENT_AFTER), RelayStanding::Works);
        assert_eq!(forget_silent(conn, now + SILENT_AFTER).unwrap(), 0);
        assert_eq!(forget_silent(conn, now + TimeDelta::days(2)).unwrap(), 1);
    }
}
