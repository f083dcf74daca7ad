//! Whether new senders are warmed up: the operator's word for the installation and for an account.
//!
//! Without a word it follows how mail leaves. The provider behind a relay warms its own addresses up, so nothing is held
//! back; an installation that delivers by itself has nobody else who does.

mod store;

use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, StoreError, Timestamp, words};

pub use store::{chosen_by_account, chosen_by_accounts, chosen_by_installation};

words! {
    /// The operator's word.
    pub enum Switch {
        /// New senders are warmed up.
        On = "on",
        /// They are not.
        Off = "off",
    }
}

/// What holds for the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The operator's word, if there is one.
    pub word: Option<Switch>,
    /// Whether mail leaves for the receivers' own servers.
    pub delivers_directly: bool,
}

impl Chosen {
    /// Whether an account without a word of its own is warmed up.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.word.map_or(self.delivers_directly, |word| word == Switch::On)
    }

    /// Whether an account for which the operator said this is warmed up.
    #[must_use]
    pub fn is_on_for(self, account: Option<Switch>) -> bool {
        account.map_or_else(|| self.is_on(), |word| word == Switch::On)
    }
}

/// Whether an account is warmed up.
///
/// # Errors
/// When the database cannot be read.
pub fn is_on(conn: &mut Conn, account: AccountId) -> Result<bool, StoreError> {
    Ok(store::chosen_by_installation(conn)?.is_on_for(store::chosen_by_account(conn, account)?))
}

/// Remembers how mail leaves; says whether that changed.
///
/// # Errors
/// When the database refuses.
pub fn note_way_out(conn: &mut Conn, delivers_directly: bool) -> Result<bool, StoreError> {
    if store::chosen_by_installation(conn)?.delivers_directly == delivers_directly {
        return Ok(false);
    }
    store::set_way_out(conn, delivers_directly)?;
    Ok(true)
}

/// Sets the word for the installation; `None` for none.
///
/// # Errors
/// When the database refuses.
pub fn set(conn: &mut Conn, word: Option<Switch>, by: Actor, now: Timestamp) -> Result<(), StoreError> {
    store::set(conn, word)?;
    audit::record(conn, &Entry::of(by, "warm_up.set").reason(said(word)), now)
}

/// Sets the word for an account; `None` for what holds for the installation. `false` when there is no such account.
///
/// # Errors
/// When the database refuses.
pub fn set_for_account(
    conn: &mut Conn,
    account: AccountId,
    word: Option<Switch>,
    by: Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !store::set_for_account(conn, account, word)? {
        return Ok(false);
    }
    audit::record(conn, &Entry::of(by, "warm_up.set").account(account).subject(&account).reason(said(word)), now)?;
    Ok(true)
}

fn said(word: Option<Switch>) -> &'static str {
    word.map_or("by default", Switch::word)
}
