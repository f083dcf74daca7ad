//! Mailing lists: who writes, in which language, to people who asked for it.
//!
//! A list is never deleted, it is closed: links in mail already sent go on working, and the consent of its subscribers
//! stays explained. Use [`find`] for what users may work with, [`find_even_closed`] for what a reader's link points to.

mod store;

use serde::{Deserialize, Serialize};

use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, Language, ListId, StoreError, Timestamp};

/// A mailing list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its public id.
    pub id: ListId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Its name, as readers see it.
    pub name: String,
    /// The display name in the From field.
    pub from_name: String,
    /// The address in the From field.
    pub from_address: EmailAddress,
    /// Where answers go, when not to the From address.
    pub reply_to: Option<EmailAddress>,
    /// The language of its mails and pages.
    pub language: Language,
    /// What readers get, in a sentence or two; may be empty.
    pub description: String,
    /// Whether its finished campaigns can be read by everybody.
    pub has_archive: bool,
    /// Whether whoever confirmed gets a mail that says so.
    pub sends_welcome: bool,
    /// Whether whoever left gets a last mail that says so.
    pub sends_goodbye: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed for good.
    pub closed_at: Option<Timestamp>,
}

impl List {
    /// Whether nobody can join it and nothing is sent to it any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }
}

/// What a new list says.
#[derive(Debug, Clone)]
pub struct NewList {
    /// Its name, as readers see it.
    pub name: String,
    /// The display name in the From field.
    pub from_name: String,
    /// The address in the From field.
    pub from_address: EmailAddress,
    /// Where answers go, when not to the From address.
    pub reply_to: Option<EmailAddress>,
    /// The language of its mails and pages.
    pub language: Language,
    /// What readers get; may be empty.
    pub description: String,
    /// Whether its finished campaigns can be read by everybody.
    pub has_archive: bool,
    /// Whether whoever confirmed gets a mail that says so.
    pub sends_welcome: bool,
    /// Whether whoever left gets a last mail that says so.
    pub sends_goodbye: bool,
}

/// What changes on a list; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct ListChange {
    /// A new name.
    pub name: Option<String>,
    /// A new display name.
    pub from_name: Option<String>,
    /// A new From address.
    pub from_address: Option<EmailAddress>,
    /// A new place for answers; `Some(None)` takes it away.
    pub reply_to: Option<Option<EmailAddress>>,
    /// A new language.
    pub language: Option<Language>,
    /// A new description.
    pub description: Option<String>,
    /// Whether there is an archive from now on.
    pub has_archive: Option<bool>,
    /// Whether there is a welcome mail from now on.
    pub sends_welcome: Option<bool>,
    /// Whether there is a goodbye mail from now on.
    pub sends_goodbye: Option<bool>,
}

/// What is wrong with the words of a list, by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The name is empty or longer than 200 characters.
    Name,
    /// The display name is empty, longer than 200 characters or holds a line break.
    FromName,
}

/// Longest name of a list or a sender, in characters.
const LONGEST_NAME: usize = 200;

/// Says what is wrong with the names of a list; a name with a line break could forge a header (RFC 5322, section 2.2).
#[must_use]
pub fn flaws(name: &str, from_name: &str) -> Vec<Flaw> {
    let is_bad =
        |text: &str| text.trim().is_empty() || text.chars().count() > LONGEST_NAME || text.contains(char::is_control);
    let mut found = Vec::new();
    if is_bad(name) {
        found.push(Flaw::Name);
    }
    if is_bad(from_name) {
        found.push(Flaw::FromName);
    }
    found
}

/// Makes a list.
///
/// # Errors
/// When the database cannot do it.
pub fn create(conn: &mut Conn, account: AccountId, new: &NewList, now: Timestamp) -> Result<List, StoreError> {
    let list = List {
        id: ListId::new(),
        account_id: account,
        name: new.name.trim().to_owned(),
        from_name: new.from_name.trim().to_owned(),
        from_address: new.from_address.clone(),
        reply_to: new.reply_to.clone(),
        language: new.language,
        description: new.description.trim().to_owned(),
        has_archive: new.has_archive,
        sends_welcome: new.sends_welcome,
        sends_goodbye: new.sends_goodbye,
        created_at: now,
        closed_at: None,
    };
    store::insert(conn, &list)?;
    Ok(list)
}

/// The list of this account with this id, unless it is closed.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: ListId) -> Result<Option<List>, StoreError> {
    Ok(find_even_closed(conn, account, id)?.filter(|list| !list.is_closed()))
}

/// The list of this account with this id, closed or not.
///
/// # Errors
/// When the database cannot be read.
pub fn find_even_closed(conn: &mut Conn, account: AccountId, id: ListId) -> Result<Option<List>, StoreError> {
    store::find(conn, account, id)
}

/// The list with this id, whosesoever it is, unless it is closed: for public pages, where the id is all there is.
///
/// # Errors
/// When the database cannot be read.
pub fn find_public(conn: &mut Conn, id: ListId) -> Result<Option<List>, StoreError> {
    store::find_public(conn, id)
}

/// Changes an open list and returns it as it is then; `None` when the account has no such open list.
///
/// # Errors
/// When the database cannot do it.
pub fn change(
    conn: &mut Conn,
    account: AccountId,
    id: ListId,
    change: &ListChange,
) -> Result<Option<List>, StoreError> {
    let Some(old) = find(conn, account, id)? else { return Ok(None) };
    let list = List {
        name: change.name.clone().unwrap_or(old.name),
        from_name: change.from_name.clone().unwrap_or(old.from_name),
        from_address: change.from_address.clone().unwrap_or(old.from_address),
        reply_to: change.reply_to.clone().unwrap_or(old.reply_to),
        language: change.language.unwrap_or(old.language),
        description: change.description.clone().unwrap_or(old.description),
        has_archive: change.has_archive.unwrap_or(old.has_archive),
        sends_welcome: change.sends_welcome.unwrap_or(old.sends_welcome),
        sends_goodbye: change.sends_goodbye.unwrap_or(old.sends_goodbye),
        ..old
    };
    store::update(conn, &list)?;
    Ok(Some(list))
}

/// Closes a list for good; `false` when the account has no such open list.
///
/// # Errors
/// When the database cannot do it.
pub fn close(conn: &mut Conn, account: AccountId, id: ListId, now: Timestamp) -> Result<bool, StoreError> {
    store::close(conn, account, id, now)
}

/// The open lists of an account, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<List>, StoreError> {
    store::of_account(conn, account)
}
