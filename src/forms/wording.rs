//! What a person sees on a form.

use serde::{Deserialize, Serialize};

use super::Look;
use crate::storage::{Language, ListId, words};

words! {
    /// What kind of answer a question takes.
    pub enum FieldKind {
        /// A line of text.
        Text = "text",
        /// One of the options.
        Choice = "choice",
        /// A day, as `2026-11-22`.
        Date = "date",
        /// A number.
        Number = "number",
    }
}

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
    /// What kind of answer it takes.
    #[serde(default = "text")]
    pub kind: FieldKind,
    /// What can be chosen; only for a choice.
    #[serde(default)]
    pub options: Vec<String>,
}

const fn text() -> FieldKind {
    FieldKind::Text
}

impl Field {
    /// A question that is answered with a line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>, required: bool) -> Self {
        Self { name: name.into(), label: label.into(), required, kind: FieldKind::Text, options: Vec::new() }
    }
}

/// One more thing that a person may agree to, with a box of its own (CON-07): one purpose, one box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// The name under which the yes is kept: letters, digits and `_`.
    pub name: String,
    /// What the person agrees to.
    pub text: String,
    /// Whether the form is refused without it.
    #[serde(default)]
    pub required: bool,
}

/// A list that the person may choose, where a form serves several; the words are those that were on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The list.
    pub list_id: ListId,
    /// Its name then.
    pub name: String,
    /// What it said of itself then; may be empty.
    pub description: String,
}

/// What a person sees on a form. Another wording is another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The heading.
    pub title: String,
    /// What the list says of itself, under the heading; may be empty.
    pub intro: String,
    /// What the person agrees to, beside a box that is never ticked beforehand; no box when empty.
    pub consent_text: String,
    /// The further questions.
    pub fields: Vec<Field>,
    /// What else the person may agree to.
    pub purposes: Vec<Purpose>,
    /// The lists to choose from; empty where the form serves its own list alone.
    pub offers: Vec<Offer>,
    /// Colours, corners and font.
    pub look: Look,
    /// The language of these words.
    pub language: Language,
}

impl Default for Wording {
    fn default() -> Self {
        Self {
            title: String::new(),
            intro: String::new(),
            consent_text: String::new(),
            fields: Vec::new(),
            purposes: Vec::new(),
            offers: Vec::new(),
            look: Look::default(),
            language: Language::ENGLISH,
        }
    }
}

impl Wording {
    /// The field names as they are posted, in the order of the form, for errors and focus.
    #[must_use]
    pub fn posted_names(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| format!("attributes[{}]", field.name));
        let purposes = self.purposes.iter().map(|purpose| format!("consents[{}]", purpose.name));
        let own = ["address".to_owned()].into_iter().chain(fields);
        own.chain(["lists".to_owned(), "consent".to_owned()]).chain(purposes).collect()
    }
}
