//! A new account with its first user.

use super::{Account, AddressKey, Role, User, store, users};
use crate::audit::{self, Actor, Entry};
use crate::keyring::random_bytes;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};
use crate::texts::Language;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name, unique in the installation.
    pub name: String,
    /// The postal address of its campaigns; may be given later.
    pub postal_address: String,
    /// The address its first user signs in with.
    pub owner: EmailAddress,
    /// The language of its first user.
    pub language: Language,
    /// The hash of the first user's password; without one the user needs an invitation.
    pub password_hash: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// It is there.
    Created {
        /// The account.
        account: Box<Account>,
        /// Its first user.
        owner: User,
    },
    /// The name is empty or longer than 200 characters.
    BadName,
    /// Another account has this name.
    NameTaken,
    /// A user has this address already.
    AddressTaken,
}

/// Makes an account and its first user.
///
/// # Errors
/// When the database refuses.
pub fn create(conn: &mut Conn, new: &NewAccount, by: Actor, now: Timestamp) -> Result<CreateOutcome, StoreError> {
    let name = new.name.trim();
    if !is_name(name) {
        return Ok(CreateOutcome::BadName);
    }
    if store::account_by_name(conn, name)?.is_some() {
        return Ok(CreateOutcome::NameTaken);
    }
    if users::find_by_address(conn, &new.owner)?.is_some() {
        return Ok(CreateOutcome::AddressTaken);
    }
    let account = fresh(name, new.postal_address.trim(), &new.owner, now);
    store::insert_account(conn, &account)?;
    let owner = User::new(Some(account.id), &new.owner, Role::Owner, new.language, now);
    users::insert(conn, &owner, new.password_hash.as_deref())?;
    audit::record(conn, &Entry::of(by, "account.create").account(account.id).subject(&account.id), now)?;
    Ok(CreateOutcome::Created { account: Box::new(account), owner })
}

/// Whether a text can be the name of an account.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control)
}

fn fresh(name: &str, postal_address: &str, owner: &EmailAddress, now: Timestamp) -> Account {
    Account {
        id: AccountId::new(),
        name: name.to_owned(),
        postal_address: postal_address.to_owned(),
        website: String::new(),
        contact: owner.to_string(),
        address_key: AddressKey(random_bytes()),
        paused_at: None,
        pause_reason: None,
        hourly_limit: None,
        pool: None,
        daily_limit: None,
        created_at: now,
    }
}
