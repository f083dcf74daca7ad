//! Customers of the operator: their users, sessions, API tokens, limits and pause.
//!
//! An account is what everything else belongs to. A user without an account is an operator.

pub mod brakes;
mod change;
mod create;
mod find;
pub mod installation;
pub mod invitations;
pub mod passwords;
mod pause;
pub mod sessions;
mod store;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod tokens;
pub mod users;
pub mod warm_up;

pub use change::{AccountChange, ChangeOutcome, change, set_limits, set_pool};
pub use create::{CreateOutcome, NewAccount, create};
pub use find::{all, by_name, find, pools};
pub use invitations::mail as invitation_mail;
pub use pause::{pause, resume};
pub use users::User;

use crate::storage::{AccountId, Timestamp, words};

words! {
    /// What a user may do.
    pub enum Role {
        /// Everything in one account.
        Owner = "owner",
        /// Everything in the installation.
        Operator = "operator",
    }
}

words! {
    /// What an API token may do.
    pub enum Scope {
        /// Read and change everything of the account.
        Full = "full",
        /// Read everything of the account.
        Read = "read",
        /// Only ask for new subscriptions.
        Subscribe = "subscribe",
    }
}

/// The key with which an account's addresses are hashed: after an erasure the hash stays and says nothing to others.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressKey(pub [u8; 32]);

impl std::fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressKey(…)")
    }
}

/// A customer of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name, unique in the installation.
    pub name: String,
    /// The postal address that stands at the foot of every campaign; empty until somebody gave it.
    pub postal_address: String,
    /// Its web site; may be empty.
    pub website: String,
    /// Where the operator reaches it; may be empty.
    pub contact: String,
    /// The key of its address hashes.
    pub address_key: AddressKey,
    /// Since when its campaigns stand still.
    pub paused_at: Option<Timestamp>,
    /// Why.
    pub pause_reason: Option<String>,
    /// Most campaign deliveries an hour, when the operator set a limit.
    pub hourly_limit: Option<i64>,
    /// Most campaign deliveries a day, when the operator set a limit.
    pub daily_limit: Option<i64>,
    /// The pool of source addresses that its mail leaves from, when the operator put it into one.
    pub pool: Option<String>,
    /// Since when it exists.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether its campaigns stand still. Confirmations and unsubscriptions go on.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }
}
