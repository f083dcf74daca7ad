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

/// A message as a session hands it in, for all its recipients.
#[derive(Debug)]
pub(super) struct Handed {
    to: Vec<String>,
    is_marked: bool,
    received: Received,
}

impl Handed {
    /// `source` is the network address of the peer.
    pub(super) fn new(channel: Channel, source: String, envelope: Envelope, message: Vec<u8>) -> Self {
        let (envelope_from, envelope_to) = (envelope.from, String::new());
        let received = Received { channel, envelope_from, envelope_to, source, message };
        Self { to: envelope.to, is_marked: envelope.is_marked, received }
    }
}

/// What became of a message that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeepOutcome {
    /// It is kept for each recipient.
    Kept,
    /// Too much came for the operator lately; nothing was written.
    TooMuch,
    /// The database could not keep it; nothing was written.
    NotNow,
}

/// Keeps a message once for each recipient.
pub(super) fn keep(conn: &mut Conn, handed: &Handed, now: Timestamp) -> Result<KeepOutcome, StoreError> {
    if !handed.is_marked {
        if ceilings::hits(conn, CEILING, TimeDelta::hours(1), now)? >= MOST_IN_AN_HOUR {
            return Ok(KeepOutcome::TooMuch);
        }
        ceilings::hit(conn, CEILING, now)?;
    }
    for to in &handed.to {
        inbound_messages::store_for(conn, &handed.received, to, now)?;
    }
    Ok(KeepOutcome::Kept)
}
