//! Signup forms: what a person sees and agrees to. Another wording or look is another version; the old ones stay, with
//! the page as it was drawn, so that every consent record can show what was on the screen.

mod addresses;
mod answers;
mod change;
mod draw;
mod embed;
mod find;
mod flaws;
mod look;
mod names;
pub mod pass;
mod present;
mod prove;
mod store;
mod wording;

use std::collections::BTreeMap;

use crate::storage::{AccountId, FormId, Language, ListId, Timestamp};

pub use addresses::{Rules, Unwanted, probably_meant, unwanted};
pub use answers::{AnswerFlaw, Answers, Given, check_answers};
pub use change::{Changed, change, close, create};
pub use draw::{Drawn, EDITION, Filling, HONEYPOT, draw, draw_again, stylesheet};
pub use embed::{embed_html, frame_html, plain_html};
pub use find::{find, find_even_closed, find_public, of_list, wording_of};
pub use flaws::{flaws, leads_to};
pub use look::{Colour, Corners, Font, Look, LookFlaw, Style};
pub use names::name_of;
pub use present::{is_stale, presented, renew};
pub use prove::version_hash;
pub use wording::{Field, FieldKind, Offer, Purpose, Wording};

/// What a person told about themselves, by field name.
pub type Attributes = BTreeMap<String, String>;

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
    /// The edition of our markup in which that version was drawn.
    pub edition: i32,
    /// The words and the look of that version.
    pub wording: Wording,
    /// Which addresses it takes.
    pub rules: Rules,
    /// The origins (`https://example.org`) whose pages may embed it or post to it by script.
    pub allowed_origins: Vec<String>,
    /// Where a reader goes after asking; our own page when absent.
    pub redirect_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed for good.
    pub closed_at: Option<Timestamp>,
}

impl Form {
    /// Where a reader goes after asking, if that lies at an origin that is still registered.
    #[must_use]
    pub fn leads_to(&self) -> Option<&str> {
        self.redirect_url.as_deref().filter(|url| leads_to(url, &self.allowed_origins))
    }
}

/// A form to be made.
#[derive(Debug, Clone)]
pub struct NewForm {
    /// The list that one asks for.
    pub list_id: ListId,
    /// What a person sees. Of the lists to choose from only the ids matter.
    pub wording: Wording,
    /// Which addresses it takes.
    pub rules: Rules,
    /// The origins whose pages may embed it.
    pub allowed_origins: Vec<String>,
    /// Where a reader goes after asking.
    pub redirect_url: Option<String>,
}

/// What changes on a form; `None` leaves a thing as it is. What a person sees makes a new version.
#[derive(Debug, Clone, Default)]
pub struct FormChange {
    /// A new heading.
    pub title: Option<String>,
    /// Something else to agree to.
    pub consent_text: Option<String>,
    /// Other questions.
    pub fields: Option<Vec<Field>>,
    /// Other boxes.
    pub purposes: Option<Vec<Purpose>>,
    /// Other lists to choose from, its own among them; none where there is nothing to choose.
    pub lists: Option<Vec<ListId>>,
    /// Another look.
    pub look: Option<Look>,
    /// Another language.
    pub language: Option<Language>,
    /// Whether it takes mailboxes of a task from now on.
    pub takes_roles: Option<bool>,
    /// Whether it takes mailboxes for minutes from now on.
    pub takes_disposable: Option<bool>,
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
    /// A field or box has a name that is empty, too long, or not letters, digits and `_`; or two have the same.
    FieldName(String),
    /// A field has no label, or one longer than 200 characters.
    FieldLabel(String),
    /// A choice has fewer than two different options, or something else has some.
    FieldOptions(String),
    /// A box has no words, or more than 4000 characters of them.
    PurposeText(String),
    /// More than 20 fields and boxes.
    TooManyFields,
    /// The look cannot be read.
    Look(LookFlaw),
    /// More than 50 origins.
    TooManyOrigins,
    /// This is not an origin such as `https://example.org`.
    Origin(String),
    /// This is not an `http` or `https` address.
    RedirectUrl,
    /// It leads to an origin that is not registered.
    RedirectOrigin,
}
