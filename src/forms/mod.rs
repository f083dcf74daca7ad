//! Signup forms: what a person sees and agrees to. A changed text is a new version, and the old ones stay, so that every
//! consent record can show the words that were on the screen.

mod answers;
mod embed;
mod flaws;
mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::storage::{AccountId, Conn, FormId, Language, ListId, StoreError, Timestamp};

pub use answers::{AnswerFlaw, check_answers};
pub use embed::embed_html;
pub use flaws::flaws;

/// What a person told about themselves, by field name.
pub type Attributes = BTreeMap<String, String>;

/// One question of a form beside the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name under which the answer is kept: letters, digits and `_`.
    pub name: String,
    /// The words beside the field.
    pub label: String,
    /// Whether the form is refused without an answer.
    #[serde(default)]
    pub required: bool,
}

/// A signup form with its version in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its public id, for ever the same: it stands in other people's web pages.
    pub id: FormId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The list that one asks for.
    pub list_id: ListId,
    /// The number of the version in force, from 1.
    pub version: i32,
    /// The words of that version.
    pub wording: Wording,
    /// The origins (`https://example.org`) whose pages may embed it or post to it by script.
    pub allowed_origins: Vec<String>,
    /// Where a reader goes after asking; our own page when absent.
    pub redirect_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed for good.
    pub closed_at: Option<Timestamp>,
}

/// What a person sees on a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The heading.
    pub title: String,
    /// What the person agrees to, beside a box that is never ticked beforehand; no box when empty.
    pub consent_text: String,
    /// The further questions.
    pub fields: Vec<Field>,
    /// The language of these words.
    pub language: Language,
}

/// A form to be made.
#[derive(Debug, Clone)]
pub struct NewForm {
    /// The list that one asks for.
    pub list_id: ListId,
    /// What a person sees.
    pub wording: Wording,
    /// The origins whose pages may embed it.
    pub allowed_origins: Vec<String>,
    /// Where a reader goes after asking.
    pub redirect_url: Option<String>,
}

/// What changes on a form; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct FormChange {
    /// A new heading: a new version.
    pub title: Option<String>,
    /// Something else to agree to: a new version.
    pub consent_text: Option<String>,
    /// Other questions: a new version.
    pub fields: Option<Vec<Field>>,
    /// Other origins.
    pub allowed_origins: Option<Vec<String>>,
    /// Another place to go; `Some(None)` takes it away.
    pub redirect_url: Option<Option<String>>,
}

/// What is wrong with a form, by field of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// The title is empty or longer than 200 characters.
    Title,
    /// The text to agree to is longer than 4000 characters.
    ConsentText,
    /// A field has a name that is empty, too long, or not letters, digits and `_`; or two have the same.
    FieldName(String),
    /// A field has no label, or one longer than 200 characters.
    FieldLabel(String),
    /// More than 20 fields.
    TooManyFields,
    /// This is not an origin such as `https://example.org`.
    Origin(String),
    /// This is not an `http` or `https` address.
    RedirectUrl,
}

/// Makes a form, in version 1.
///
/// # Errors
/// When the database cannot do it.
pub fn create(conn: &mut Conn, account: AccountId, new: &NewForm, now: Timestamp) -> Result<Form, StoreError> {
    let form = Form {
        id: FormId::new(),
        account_id: account,
        list_id: new.list_id,
        version: 1,
        wording: new.wording.clone(),
        allowed_origins: new.allowed_origins.clone(),
        redirect_url: new.redirect_url.clone(),
        created_at: now,
        closed_at: None,
    };
    store::insert(conn, &form)?;
    store::insert_version(conn, &form, now)?;
    Ok(form)
}

/// The form of this account with this id, unless it is closed.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: FormId) -> Result<Option<Form>, StoreError> {
    Ok(store::find(conn, id)?.filter(|form| form.account_id == account && form.closed_at.is_none()))
}

/// The form with this id, whosesoever it is, unless it or its list is closed.
///
/// # Errors
/// When the database cannot be read.
pub fn find_public(conn: &mut Conn, id: FormId) -> Result<Option<Form>, StoreError> {
    let Some(form) = store::find(conn, id)?.filter(|form| form.closed_at.is_none()) else { return Ok(None) };
    let list = crate::lists::find(conn, form.account_id, form.list_id)?;
    Ok(list.map(|_| form))
}

/// The words of an older or the present version.
///
/// # Errors
/// When the database cannot be read.
pub fn wording_of(conn: &mut Conn, id: FormId, version: i32) -> Result<Option<Wording>, StoreError> {
    store::wording(conn, id, version)
}

/// Changes a form and returns it as it is then; other words make a new version. `None` when there is no such form.
///
/// # Errors
/// When the database cannot do it.
pub fn change(
    conn: &mut Conn,
    account: AccountId,
    id: FormId,
    change: &FormChange,
    now: Timestamp,
) -> Result<Option<Form>, StoreError> {
    let Some(old) = find(conn, account, id)? else { return Ok(None) };
    let wording = Wording {
        title: change.title.clone().unwrap_or_else(|| old.wording.title.clone()),
        consent_text: change.consent_text.clone().unwrap_or_else(|| old.wording.consent_text.clone()),
        fields: change.fields.clone().unwrap_or_else(|| old.wording.fields.clone()),
        language: old.wording.language,
    };
    let is_reworded = wording != old.wording;
    let form = Form {
        version: if is_reworded { old.version + 1 } else { old.version },
        wording,
        allowed_origins: change.allowed_origins.clone().unwrap_or(old.allowed_origins),
        redirect_url: change.redirect_url.clone().unwrap_or(old.redirect_url),
        ..old
    };
    if is_reworded {
        store::insert_version(conn, &form, now)?;
    }
    store::update(conn, &form)?;
    Ok(Some(form))
}

/// Closes a form for good; `false` when the account has no such open form.
///
/// # Errors
/// When the database cannot do it.
pub fn close(conn: &mut Conn, account: AccountId, id: FormId, now: Timestamp) -> Result<bool, StoreError> {
    store::close(conn, account, id, now)
}

/// The open forms of a list, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn of_list(conn: &mut Conn, account: AccountId, list: ListId) -> Result<Vec<Form>, StoreError> {
    store::of_list(conn, account, list)
}
