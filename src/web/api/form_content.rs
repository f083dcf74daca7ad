//! What a signup form says, as it comes in and goes out.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Moment;
use super::fields::{Fields, Read};
use super::problem::{FieldError, Problem};
use crate::config::Settings;
use crate::forms::{self, Field, Flaw, Form, FormChange};

/// One question of a form beside the address.
#[derive(Serialize, ToSchema)]
#[schema(as = FormField)]
pub(super) struct FieldAnswer {
    /// The name of the attribute: letters, digits and `_`.
    name: String,
    /// What the person reads beside it.
    label: String,
    /// Whether it has to be answered; `false` where it is missing.
    required: bool,
}

/// A form to be made.
#[derive(ToSchema)]
#[schema(as = NewForm)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewFormSchema {
    /// Its heading.
    title: String,
    /// What the person agrees to; kept word by word with every signup. Empty for a form without a box to tick.
    consent_text: Option<String>,
    /// Questions beside the address.
    fields: Option<Vec<FieldAnswer>>,
    /// Web sites that may embed it, such as `https://example.org`.
    allowed_origins: Option<Vec<String>>,
    /// Where the person is sent after signing up.
    redirect_url: Option<String>,
}

/// What shall change of a form; what is missing stays. Changed words are a new version, the old ones are kept.
#[derive(ToSchema)]
#[schema(as = FormChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct FormChangeSchema {
    /// Its heading.
    title: Option<String>,
    /// What the person agrees to.
    consent_text: Option<String>,
    /// Questions beside the address.
    fields: Option<Vec<FieldAnswer>>,
    /// Web sites that may embed it.
    allowed_origins: Option<Vec<String>>,
    /// Where the person is sent after signing up; `null` takes it away.
    redirect_url: Option<String>,
}

/// A form.
#[derive(Serialize, ToSchema)]
#[schema(as = Form)]
pub(super) struct FormAnswer {
    /// Its id.
    id: Uuid,
    /// The list it signs up to.
    list_id: Uuid,
    /// Counts the changes of its words.
    version: i32,
    /// Its heading.
    title: String,
    /// What the person agrees to.
    consent_text: String,
    /// Questions beside the address.
    fields: Vec<FieldAnswer>,
    /// Web sites that may embed it.
    allowed_origins: Vec<String>,
    /// Where the person is sent after signing up.
    redirect_url: Option<String>,
    /// Its own page.
    url: String,
    /// HTML that puts it into a page.
    embed_html: String,
    /// When it was made.
    created_at: Moment,
}

impl FormAnswer {
    pub(super) fn of(form: Form, settings: &Settings) -> Self {
        let fields = form.wording.fields.iter().map(|field| FieldAnswer {
            name: field.name.clone(),
            label: field.label.clone(),
            required: field.required,
        });
        Self {
            id: form.id.0,
            list_id: form.list_id.0,
            version: form.version,
            fields: fields.collect(),
            url: settings.link(&format!("/forms/{}", form.id)),
            embed_html: forms::embed_html(settings, &form),
            title: form.wording.title,
            consent_text: form.wording.consent_text,
            allowed_origins: form.allowed_origins,
            redirect_url: form.redirect_url,
            created_at: form.created_at.into(),
        }
    }
}

impl Read for Field {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (name, label) = (fields.text("name"), fields.text("label"));
        let required = fields.maybe_flag("required").unwrap_or(false);
        Some(Self { name: name?, label: label?, required })
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
        allowed_origins: fields.maybe_list("allowed_origins"),
        redirect_url: fields.clearable_text("redirect_url"),
    }
}

/// 422 with everything that is wrong with what is given.
pub(super) fn check(change: &FormChange) -> Result<(), Problem> {
    let flaws = forms::flaws(
        change.title.as_deref().unwrap_or("fine"),
        change.consent_text.as_deref().unwrap_or_default(),
        change.fields.as_deref().unwrap_or_default(),
        change.allowed_origins.as_deref().unwrap_or_default(),
        change.redirect_url.as_ref().and_then(|url| url.as_deref()),
    );
    let errors: Vec<FieldError> = flaws.iter().map(said).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
}

fn said(flaw: &Flaw) -> FieldError {
    match flaw {
        Flaw::Title => FieldError::new("title", "needs 1 to 200 characters"),
        Flaw::ConsentText => FieldError::new("consent_text", "is longer than 4000 characters"),
        Flaw::FieldName(name) => FieldError::new(
            "fields",
            format!("`{name}` cannot be a name: letters, digits and _, up to 60, each name once"),
        ),
        Flaw::FieldLabel(name) => FieldError::new("fields", format!("`{name}` needs a label of 1 to 200 characters")),
        Flaw::TooManyFields => FieldError::new("fields", "are more than 20"),
        Flaw::Origin(origin) => {
            FieldError::new("allowed_origins", format!("`{origin}` is no origin such as https://example.org"))
        }
        Flaw::RedirectUrl => FieldError::new("redirect_url", "needs an http or https address"),
    }
}
