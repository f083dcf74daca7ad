//! Who signs in.

mod store;

pub(super) use store::{insert, stored_address};

use super::Role;
use crate::audit::{self, Actor, Entry};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, StoreError, Timestamp, UserId};
use crate::texts::Language;

/// A person who signs in: to an account, or as an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The account; none for an operator.
    pub account_id: Option<AccountId>,
    /// What the user signs in with, in its folded form.
    pub address: EmailAddress,
    /// What the user may do.
    pub role: Role,
    /// The language of the pages.
    pub language: Language,
    /// Since when the user exists.
    pub created_at: Timestamp,
    /// Since when the user may not sign in any more.
    pub disabled_at: Option<Timestamp>,
}

impl User {
    pub(super) fn new(
        account_id: Option<AccountId>,
        address: &EmailAddress,
        role: Role,
        language: Language,
        now: Timestamp,
    ) -> Self {
        let address = folded(address);
        Self { id: UserId::new(), account_id, address, role, language, created_at: now, disabled_at: None }
    }
}

/// What came of making an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorOutcome {
    /// The operator is there.
    Created(User),
    /// A user has this address already.
    AddressTaken,
}

/// Makes an operator.
///
/// # Errors
/// When the database refuses.
pub fn create_operator(
    conn: &mut Conn,
    address: &EmailAddress,
    password_hash: Option<&str>,
    language: Language,
    now: Timestamp,
) -> Result<OperatorOutcome, StoreError> {
    if find_by_address(conn, address)?.is_some() {
        return Ok(OperatorOutcome::AddressTaken);
    }
    let user = User::new(None, address, Role::Operator, language, now);
    store::insert(conn, &user, password_hash)?;
    audit::record(conn, &Entry::of(Actor::System, "operator.create").subject(&user.id), now)?;
    Ok(OperatorOutcome::Created(user))
}

/// The user with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: UserId) -> Result<Option<User>, StoreError> {
    store::user(conn, id)
}

/// The user who signs in with this address, however it is spelled.
///
/// # Errors
/// When the database cannot be read.
pub fn find_by_address(conn: &mut Conn, address: &EmailAddress) -> Result<Option<User>, StoreError> {
    store::by_address(conn, &address.folded())
}

/// The users of one account, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<User>, StoreError> {
    store::of_account(conn, account)
}

/// The operators, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn operators(conn: &mut Conn) -> Result<Vec<User>, StoreError> {
    store::operators(conn)
}

/// The stored password hash of a user who may sign in; `None` when there is none.
///
/// # Errors
/// When the database cannot be read.
pub fn password_hash(conn: &mut Conn, address: &EmailAddress) -> Result<Option<(UserId, String)>, StoreError> {
    store::password_hash(conn, &address.folded())
}

/// Sets a new password and ends every session of the user, whoever opened it.
///
/// # Errors
/// When the database refuses.
pub fn set_password(conn: &mut Conn, id: UserId, hash: &str, now: Timestamp) -> Result<(), StoreError> {
    store::set_password(conn, id, hash)?;
    super::sessions::close_all(conn, id)?;
    audit::record(conn, &Entry::of(Actor::User(id), "user.password").subject(&id), now)
}

/// Sets the language of a user's pages.
///
/// # Errors
/// When the database refuses.
pub fn set_language(conn: &mut Conn, id: UserId, language: Language) -> Result<(), StoreError> {
    store::set_language(conn, id, language)
}

/// Takes a user's right to sign in and ends every session; `false` when there is no such user in force.
///
/// # Errors
/// When the database refuses.
pub fn disable(conn: &mut Conn, id: UserId, by: Actor, now: Timestamp) -> Result<bool, StoreError> {
    if !store::disable(conn, id, now)? {
        return Ok(false);
    }
    super::sessions::close_all(conn, id)?;
    audit::record(conn, &Entry::of(by, "user.disable").subject(&id), now)?;
    Ok(true)
}

/// Two spellings of one mailbox are one user.
fn folded(address: &EmailAddress) -> EmailAddress {
    EmailAddress::parse(&address.folded()).unwrap_or_else(|_| address.clone())
}
