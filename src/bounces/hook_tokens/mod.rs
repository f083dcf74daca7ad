//! Tokens that may sign one event only: Mailgun's signature covers a token, not the event beside it.

mod store;

use chrono::TimeDelta;

use crate::keyring::{digest, is_same};
use crate::storage::{Conn, StoreError, Timestamp};

/// Tokens are known for longer than a signature is believed.
pub const KNOWN_FOR: TimeDelta = TimeDelta::days(2);

/// Whether a token may sign an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseOutcome {
    /// It was not seen before, or with this same event: a repeated call.
    Fresh,
    /// It signed another event before: somebody else has it.
    Replayed,
}

/// Uses a token for an event.
///
/// # Errors
/// When the database could not be written.
pub fn use_up(conn: &mut Conn, token: &str, event: &[u8], now: Timestamp) -> Result<UseOutcome, StoreError> {
    let (token, event) = (digest(token.as_bytes()), digest(event));
    let known = store::remember(conn, &token, &event, now)?;
    Ok(if is_same(&known, &event) { UseOutcome::Fresh } else { UseOutcome::Replayed })
}

/// Forgets tokens whose time is over.
///
/// # Errors
/// When the database could not be written.
pub fn forget_old(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    store::forget_before(conn, now - KNOWN_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::empty_database;

    #[test]
    fn a_token_signs_one_event_however_often_and_no_other() {
        let (mut conn, now) = (empty_database(), Timestamp::from_micros(1_795_000_000_000_000));
        assert_eq!(use_up(&mut conn, "token", b"event", now).unwrap(), UseOutcome::Fresh);
        assert_eq!(use_up(&mut conn, "token", b"event", now).unwrap(), UseOutcome::Fresh);
        assert_eq!(use_up(&mut conn, "token", b"another", now).unwrap(), UseOutcome::Replayed);
        forget_old(&mut conn, now + TimeDelta::days(1)).unwrap();
        assert_eq!(use_up(&mut conn, "token", b"another", now).unwrap(), UseOutcome::Replayed);
        forget_old(&mut conn, now + TimeDelta::days(3)).unwrap();
        assert_eq!(use_up(&mut conn, "token", b"another", now).unwrap(), UseOutcome::Fresh);
    }
}
