//! Requests that a program may repeat: the answer to the first one, kept for a day under the key that it carried.

mod store;

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::storage::{AccountId, Conn, StoreError};

pub use store::forget_old;

/// How long an answer is kept.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// A request that carries an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Whose token it carries; the operator's has no account.
    pub account_id: Option<AccountId>,
    /// The key as it came.
    pub key: String,
    /// SHA-256 over the method, the path and the body.
    pub hash: Vec<u8>,
}

impl KeyedRequest {
    /// Under which id its answer is kept: the account's, or the nil one for the operator.
    fn holder_id(&self) -> AccountId {
        self.account_id.unwrap_or(AccountId(uuid::Uuid::nil()))
    }
}

/// What was answered to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: i32,
    /// The JSON.
    pub body: String,
}

/// Whether a key was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// Never, or too long ago.
    None,
    /// For the same request: this was the answer.
    Same(KeptAnswer),
    /// For another request.
    Other,
}

/// Looks whether the key of this request was used before.
///
/// # Errors
/// When the database cannot do it.
pub fn earlier(conn: &mut Conn, request: &KeyedRequest, now: Timestamp) -> Result<Earlier, StoreError> {
    Ok(match store::find(conn, request, now - KEPT_FOR)? {
        None => Earlier::None,
        Some((hash, answer)) if hash == request.hash => Earlier::Same(answer),
        Some(_) => Earlier::Other,
    })
}

/// Keeps the answer to this request, in the same write as what the request did.
///
/// # Errors
/// [`StoreError::AlreadyThere`] when the same request is answered at this moment by another node.
pub fn keep(conn: &mut Conn, request: &KeyedRequest, answer: &KeptAnswer, now: Timestamp) -> Result<(), StoreError> {
    store::keep(conn, request, answer, now)
}
