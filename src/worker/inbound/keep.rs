//! Keeps a message that was handed in. Mail without a mark of ours may come from anybody: so much of it in an hour.

use chrono::TimeDelta;

use super::dialogue::Envelope;
use crate::bounces::inbound_messages::{self, Channel, Received};
use crate::ceilings;
use crate::storage::{Conn, StoreError, Timestamp};

/// Messages for the operator alone that the installation takes in an hour; their senders try again later.
const MOST_IN_AN_HOUR: i64 = 500;
/// The name of their count.
const CEILING: &str = "inbound/operator";

/// What became of a message that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeepOutcome {
    /// It is kept for each recipient.
    Kept,
    /// Too much came for the operator lately; nothing was written.
    TooMuch,
}

/// Keeps a message once for each recipient.
pub(super) fn keep(
    conn: &mut Conn,
    channel: Channel,
    envelope: Envelope,
    message: Vec<u8>,
    now: Timestamp,
) -> Result<KeepOutcome, StoreError> {
    if !envelope.is_marked {
        if ceilings::hits(conn, CEILING, TimeDelta::hours(1), now)? >= MOST_IN_AN_HOUR {
            return Ok(KeepOutcome::TooMuch);
        }
        ceilings::hit(conn, CEILING, now)?;
    }
    let mut received = Received { channel, envelope_from: envelope.from, envelope_to: String::new(), message };
    for to in envelope.to {
        received.envelope_to = to;
        inbound_messages::store(conn, &received, now)?;
    }
    Ok(KeepOutcome::Kept)
}
