//! Who is signed in. The cookie carries a random token of 160 bits; only its SHA-256 is stored.

mod store;

use chrono::TimeDelta;

use super::Role;
use crate::keyring::{digest, random_token};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, StoreError, Timestamp, UserId};
use crate::texts::Language;

/// A session that nobody uses ends after this time.
pub const IDLE: TimeDelta = TimeDelta::hours(12);
/// Every session ends after this time.
pub const LONGEST: TimeDelta = TimeDelta::days(14);
/// `seen_at` is written again only after this time, so that reading pages hardly ever writes.
const SEEN_STEP: TimeDelta = TimeDelta::minutes(5);

/// Who is signed in, as pages see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// The account; none for an operator.
    pub account_id: Option<AccountId>,
    /// What the user may do.
    pub role: Role,
    /// The language of the user's pages.
    pub language: Language,
    /// What the user signs in with.
    pub address: EmailAddress,
    /// When the session was last used, to within five minutes.
    pub seen_at: Timestamp,
}

impl SignedIn {
    /// Whether the session's last use should be written down again.
    #[must_use]
    pub fn is_to_be_seen_again(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) >= SEEN_STEP
    }
}

/// Opens a session and returns its token, which is stored nowhere.
///
/// # Errors
/// When the database refuses.
pub fn open(conn: &mut Conn, user: UserId, network: &str, now: Timestamp) -> Result<String, StoreError> {
    let token = random_token();
    store::insert(conn, &digest(token.as_bytes()), user, network, (now, now + LONGEST))?;
    Ok(token)
}

/// Who is signed in with this token; nobody when it is unknown, idle for too long, too old, or the user is disabled.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, token: &str, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
    store::find(conn, &digest(token.as_bytes()), now, now - IDLE)
}

/// Writes down that the session was used just now.
///
/// # Errors
/// When the database refuses.
pub fn seen(conn: &mut Conn, token: &str, now: Timestamp) -> Result<(), StoreError> {
    store::seen(conn, &digest(token.as_bytes()), now)
}

/// Ends one session.
///
/// # Errors
/// When the database refuses.
pub fn close(conn: &mut Conn, token: &str) -> Result<(), StoreError> {
    store::delete(conn, &digest(token.as_bytes()))
}

/// Ends every session of a user and says how many there were.
///
/// # Errors
/// When the database refuses.
pub fn close_all(conn: &mut Conn, user: UserId) -> Result<usize, StoreError> {
    store::delete_of(conn, user)
}

/// Deletes sessions that have ended by themselves and says how many.
///
/// # Errors
/// When the database refuses.
pub fn forget_ended(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    store::delete_ended(conn, now, now - IDLE)
}
