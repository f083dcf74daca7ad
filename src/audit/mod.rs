//! Who did what to what, why, from where. Entries are written in the transaction of the act and never changed.

mod store;

use crate::storage::{AccountId, ApiTokenId, Conn, StoreError, Timestamp, UserId};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A user of an account.
    User(UserId),
    /// A program with an API token.
    Token(ApiTokenId),
    /// An operator.
    Operator(UserId),
    /// A person who reads: a subscriber, by a link in a mail.
    Reader,
    /// Estampille by itself, or somebody at the machine's command line.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Reader => f.write_str("reader"),
            Self::System => f.write_str("system"),
        }
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who acted.
    pub actor: Actor,
    /// The account it concerns.
    pub account_id: Option<AccountId>,
    /// What was done: noun, full stop, verb (`account.pause`).
    pub action: String,
    /// To what: an id, or nothing.
    pub subject: String,
    /// Why, in the actor's words.
    pub reason: String,
    /// From which network address; empty when it came from inside.
    pub network: String,
}

impl Entry {
    /// An act of `actor`, to be told more about.
    #[must_use]
    pub fn of(actor: Actor, action: &str) -> Self {
        Self {
            actor,
            account_id: None,
            action: action.to_owned(),
            subject: String::new(),
            reason: String::new(),
            network: String::new(),
        }
    }

    /// The account it concerns.
    #[must_use]
    pub fn account(self, id: AccountId) -> Self {
        self.maybe_account(Some(id))
    }

    /// The account it concerns, if any.
    #[must_use]
    pub fn maybe_account(mut self, id: Option<AccountId>) -> Self {
        self.account_id = id;
        self
    }

    /// To what it was done.
    #[must_use]
    pub fn subject(mut self, subject: &impl ToString) -> Self {
        self.subject = subject.to_string();
        self
    }

    /// Why.
    #[must_use]
    pub fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// From where.
    #[must_use]
    pub fn network(mut self, network: &str) -> Self {
        network.clone_into(&mut self.network);
        self
    }
}

/// An entry as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub at: Timestamp,
    /// Who, as `user:ID`, `token:ID`, `operator:ID`, `reader` or `system`.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// From where.
    pub network: String,
}

/// Writes an entry; call it in the transaction of the act.
///
/// # Errors
/// When the database refuses.
pub fn record(conn: &mut Conn, entry: &Entry, now: Timestamp) -> Result<(), StoreError> {
    store::insert(conn, entry, now)
}

/// The newest entries of one account, newest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Recorded>, StoreError> {
    store::of_account(conn, account, limit)
}
