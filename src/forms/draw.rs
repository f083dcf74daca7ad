//! The form as a person sees it: the same words and the same markup on its own page, in a frame, and put into another
//! page by the script; and again, years later, as it was.

use std::collections::BTreeMap;

use askama::Template;

use super::{Attributes, Field, FieldKind, Look, Wording, store};
use crate::storage::{AccountId, Conn, FormId, Language, StoreError, Timestamp};
use crate::texts::Texts;

/// The edition of the markup, of our own words on it and of our styles. When one of them changes, this number grows (a test
/// says when), and each form gets a new version when it is next shown, so that a version is always what was on the screen.
pub const EDITION: i32 = 3;

/// Our styles of every form.
const STYLES: &str = include_str!("../../static/form.css");

/// The field that only machines fill in.
pub const HONEYPOT: &str = "website";

/// What is on a form beside its wording: what was typed, what is wrong, and where it goes.
#[derive(Debug, Clone, Default)]
pub struct Filling {
    /// Where it is sent.
    pub action: String,
    /// The address that was typed.
    pub address: String,
    /// The answers that were typed.
    pub answers: Attributes,
    /// What is wrong, by posted name.
    pub problems: BTreeMap<String, String>,
    /// An address that may have been meant.
    pub suggestion: Option<String>,
    /// What goes along unseen: name and value.
    pub unseen: Vec<(&'static str, String)>,
    /// What stands before every id, so that the form can sit in another page.
    pub prefix: &'static str,
    /// Whether the form brings its heading along, one step lower: inside another page.
    pub is_inside: bool,
}

#[derive(Template)]
#[template(path = "public/form_body.html")]
struct Body<'a> {
    wording: &'a Wording,
    filling: &'a Filling,
    texts: Texts,
    honeypot: &'static str,
}

impl Body<'_> {
    fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    fn answer_to(&self, field: &Field) -> &str {
        self.filling.answers.get(&field.name).map_or("", String::as_str)
    }

    fn problem(&self, name: &str) -> &str {
        self.filling.problems.get(name).map_or("", String::as_str)
    }

    fn problem_of(&self, kind: &str, name: &str) -> &str {
        self.problem(&format!("{kind}[{name}]"))
    }

    fn is_choice(&self, field: &Field) -> bool {
        field.kind == FieldKind::Choice
    }

    fn input_type(&self, field: &Field) -> &'static str {
        match field.kind {
            FieldKind::Text | FieldKind::Choice => "text",
            FieldKind::Date => "date",
            FieldKind::Number => "number",
        }
    }

    fn is_first_of(&self, kind: &str, name: &str) -> bool {
        self.is_first_problem(&format!("{kind}[{name}]"))
    }

    /// Where the cursor goes when the form comes back: to the first thing that is wrong.
    fn is_first_problem(&self, name: &str) -> bool {
        let first = self.wording.posted_names().into_iter().find(|name| !self.problem(name).is_empty());
        first.as_deref() == Some(name)
    }
}

/// The markup of a form, its own words in its language, ours in `language`.
///
/// # Errors
/// When the template is broken.
pub fn draw(wording: &Wording, language: Language, filling: &Filling) -> Result<String, StoreError> {
    let body = Body { wording, filling, texts: Texts(language), honeypot: HONEYPOT };
    body.render().map_err(|error| StoreError::Refused(format!("a form cannot be drawn: {error}")))
}

/// The empty form in every language of ours, by tag: what a version keeps.
pub(super) fn drawings(wording: &Wording) -> Result<BTreeMap<String, String>, StoreError> {
    let filling = Filling { is_inside: true, ..Filling::default() };
    let each = Language::all().iter();
    each.map(|language| Ok((language.tag().to_owned(), draw(wording, *language, &filling)?))).collect()
}

/// The whole style sheet of a look: our styles of every form, then its settings.
#[must_use]
pub fn stylesheet(look: &Look) -> String {
    format!("{STYLES}\n{}", look.stylesheet())
}

/// A version of a form, drawn again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Its markup: a heading and a `<form>`, without scripts and styles. It was made by us from escaped texts and goes into
    /// a page as it is.
    pub html: String,
    /// The language of our own words in it, where it is on record that they were shown in it: then the markup is word by
    /// word what was on the screen. Else it is the form as it was handed out, in its own language.
    pub shown_in: Option<Language>,
    /// The whole style sheet with which it was shown; inside other pages only where its look brings styles.
    pub stylesheet: String,
    /// What it says, in parts.
    pub wording: Wording,
    /// Since when it was shown.
    pub shown_from: Timestamp,
    /// Until when; `None` for the version in force.
    pub shown_until: Option<Timestamp>,
}

/// Draws a version of a form again as it was shown with our own words in `shown_in`, or as it was handed out; `None` when
/// the account has no such version. Closed forms too.
///
/// Markup and styles were kept when the version was made. Versions from before that was done are drawn from their words
/// and settings.
///
/// # Errors
/// When the database cannot be read.
pub fn draw_again(
    conn: &mut Conn,
    account: AccountId,
    (form, version): (FormId, i32),
    shown_in: Option<Language>,
) -> Result<Option<Drawn>, StoreError> {
    if store::find(conn, form)?.is_none_or(|form| form.account_id != account) {
        return Ok(None);
    }
    let Some(kept) = store::kept(conn, form, version)? else { return Ok(None) };
    let language = shown_in.unwrap_or(kept.wording.language);
    let html = match kept.drawn.get(language.tag()) {
        Some(html) => html.clone(),
        None => draw(&kept.wording, language, &Filling { is_inside: true, ..Filling::default() })?,
    };
    Ok(Some(Drawn {
        html,
        shown_in,
        stylesheet: if kept.stylesheet.is_empty() { stylesheet(&kept.wording.look) } else { kept.stylesheet },
        wording: kept.wording,
        shown_from: kept.created_at,
        shown_until: store::replaced_at(conn, form, version)?,
    }))
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
