//! API tokens: random, shown once, stored as their SHA-256.

mod store;

use super::Scope;
use crate::audit::{self, Actor, Entry};
use crate::keyring::{digest, random_token};
use crate::storage::{AccountId, ApiTokenId, Conn, StoreError, Timestamp};

/// What every token starts with, so that people and secret scanners know one when they see it.
const PREFIX: &str = "est_";

/// Who calls the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHolder {
    /// The token's id, for the audit log.
    pub token_id: ApiTokenId,
    /// The account; none for the operator.
    pub account_id: Option<AccountId>,
    /// What the token may do.
    pub scope: Scope,
}

/// A token as the settings page lists it: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: ApiTokenId,
    /// What it is for, in its maker's words.
    pub label: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The account; none for an operator token.
    pub account_id: Option<AccountId>,
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub scope: Scope,
}

/// Makes a token and returns it; it is shown this once.
///
/// # Errors
/// When the database refuses.
pub fn create(conn: &mut Conn, new: &NewToken, by: Actor, now: Timestamp) -> Result<(ApiTokenId, String), StoreError> {
    let token = format!("{PREFIX}{}", random_token());
    let id = ApiTokenId::new();
    store::insert(conn, id, new, &digest(token.as_bytes()), now)?;
    let entry = Entry::of(by, "token.create").maybe_account(new.account_id).subject(&id).reason(&new.label);
    audit::record(conn, &entry, now)?;
    Ok((id, token))
}

/// Whose token this is; nobody's when it is unknown or revoked. Changes nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn authenticate(conn: &mut Conn, token: &str, _now: Timestamp) -> Result<Option<TokenHolder>, StoreError> {
    if !token.starts_with(PREFIX) || token.len() > 100 {
        return Ok(None);
    }
    store::holder(conn, &digest(token.as_bytes()))
}

/// Writes down that a token was used, at most once a minute.
///
/// # Errors
/// When the database refuses.
pub fn used(conn: &mut Conn, id: ApiTokenId, now: Timestamp) -> Result<(), StoreError> {
    store::used(conn, id, now, now - chrono::TimeDelta::minutes(1))
}

/// The tokens of one account, or the operator's, newest first, revoked ones too.
///
/// # Errors
/// When the database cannot be read.
pub fn list(conn: &mut Conn, account: Option<AccountId>) -> Result<Vec<Token>, StoreError> {
    store::of_account(conn, account)
}

/// Revokes a token of this account (or of the operator); `false` when there is no such token in force.
///
/// # Errors
/// When the database refuses.
pub fn revoke(
    conn: &mut Conn,
    account: Option<AccountId>,
    id: ApiTokenId,
    by: Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !store::revoke(conn, account, id, now)? {
        return Ok(false);
    }
    audit::record(conn, &Entry::of(by, "token.revoke").maybe_account(account).subject(&id), now)?;
    Ok(true)
}
