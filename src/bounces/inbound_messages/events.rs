//! Keeps the events of a relay, each as a message of its own.

use super::{Channel, Received, StoreOutcome, store};
use crate::mail::relay_events::{Event, Provider};
use crate::storage::{Conn, StoreError, Timestamp};

/// Keeps events whose signature was verified; says how many were new. The same event again is known by its content.
///
/// # Errors
/// When the database could not keep them: the provider must then be told to try again.
pub fn store_events(
    conn: &mut Conn,
    provider: Provider,
    events: Vec<Event>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut new = 0;
    for event in events {
        let received = Received {
            channel: Channel::of(provider),
            envelope_from: String::new(),
            envelope_to: event.return_path,
            source: String::new(),
            message: event.message,
        };
        new += usize::from(matches!(store::store(conn, &received, now)?, StoreOutcome::Stored(_)));
    }
    Ok(new)
}
