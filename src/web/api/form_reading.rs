//! What a signup form says, as it comes in, and what is wrong with it.

use super::fields::{Fields, Read};
use super::problem::{FieldError, Problem};
use crate::forms::{self, Changed, Field, FieldKind, Flaw, FormChange, Look, LookFlaw, Purpose};
use crate::storage::ListId;

impl Read for Field {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (name, label) = (fields.text("name"), fields.text("label"));
        let required = fields.maybe_flag("required").unwrap_or(false);
        let kind = fields.maybe_word("kind", "text, choice, date or number").unwrap_or(FieldKind::Text);
        let options = fields.maybe_list("options").unwrap_or_default();
        Some(Self { name: name?, label: label?, required, kind, options })
    }
}

impl Read for Purpose {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (name, text) = (fields.text("name"), fields.text("text"));
        let required = fields.maybe_flag("required").unwrap_or(false);
        Some(Self { name: name?, text: text?, required })
    }
}

impl Read for Look {
    fn read(fields: &mut Fields) -> Option<Self> {
        const COLOUR: &str = "a colour such as #16213a";
        let usual = Self::default();
        Some(Self {
            style: fields.maybe_word("style", "bare or styled").unwrap_or(usual.style),
            accent: fields.maybe_word("accent", COLOUR),
            text: fields.maybe_word("text", COLOUR),
            background: fields.maybe_word("background", COLOUR),
            corners: fields.maybe_word("corners", "square, soft or round").unwrap_or(usual.corners),
            font: fields.maybe_word("font", "page, system or serif").unwrap_or(usual.font),
        })
    }
}

pub(super) struct NewForm(pub(super) FormChange);

impl Read for NewForm {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (title, rest) = (fields.text("title"), rest(fields));
        Some(Self(FormChange { title: Some(title?), ..rest }))
    }
}

impl Read for FormChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        let title = fields.maybe_text("title");
        Some(Self { title, ..rest(fields) })
    }
}

/// Everything but the title.
fn rest(fields: &mut Fields) -> FormChange {
    FormChange {
        title: None,
        consent_text: fields.maybe_text("consent_text"),
        fields: fields.maybe_objects("fields"),
        purposes: fields.maybe_objects("consents"),
        lists: lists(fields),
        look: fields.maybe_object("look"),
        language: fields.maybe_language("language"),
        takes_roles: fields.maybe_flag("takes_role_addresses"),
        takes_disposable: fields.maybe_flag("takes_disposable_addresses"),
        allowed_origins: fields.maybe_list("allowed_origins"),
        redirect_url: fields.clearable_text("redirect_url"),
    }
}

fn lists(fields: &mut Fields) -> Option<Vec<ListId>> {
    let ids: Option<Vec<ListId>> = fields.maybe_list("lists")?.iter().map(|id| id.parse().ok()).collect();
    if ids.is_none() {
        fields.refuse("lists", "needs the ids of lists");
    }
    ids
}

/// 422 with everything that is wrong with what a form would be.
pub(super) fn check(changed: &Changed) -> Result<(), Problem> {
    let flaws = forms::flaws(&changed.wording, &changed.allowed_origins, changed.redirect_url.as_deref());
    let errors: Vec<FieldError> = flaws.iter().map(said).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

fn said(flaw: &Flaw) -> FieldError {
    let fields = |message: String| FieldError::new("fields", message);
    match flaw {
        Flaw::Title => FieldError::new("title", "needs 1 to 200 characters"),
        Flaw::ConsentText => FieldError::new("consent_text", "is longer than 4000 characters"),
        Flaw::FieldName(name) => {
            fields(format!("`{name}` cannot be a name: letters, digits and _, up to 60, each name once"))
        }
        Flaw::FieldLabel(name) => fields(format!("`{name}` needs a label of 1 to 200 characters")),
        Flaw::FieldOptions(name) => {
            fields(format!("`{name}` needs 2 to 100 different options for a choice, and none for anything else"))
        }
        Flaw::PurposeText(name) => {
            FieldError::new("consents", format!("`{name}` needs a text of 1 to 4000 characters"))
        }
        Flaw::TooManyFields => fields("are more than 20, consents included".to_owned()),
        Flaw::Look(flaw) => FieldError::new("look", look_said(*flaw)),
        Flaw::TooManyOrigins => FieldError::new("allowed_origins", "are more than 50"),
        Flaw::Origin(origin) => {
            FieldError::new("allowed_origins", format!("`{origin}` is no origin such as https://example.org"))
        }
        Flaw::RedirectUrl => FieldError::new("redirect_url", "needs an http or https address"),
        Flaw::RedirectOrigin => FieldError::new("redirect_url", "leads to a web site that is no allowed origin"),
    }
}

const fn look_said(flaw: LookFlaw) -> &'static str {
    match flaw {
        LookFlaw::HalfACouple => "needs both text and background, or neither",
        LookFlaw::Words => "has a text that stands out from its background by less than 4.5 to 1",
        LookFlaw::Button => "has an accent that stands out from the background by less than 3 to 1",
    }
}
