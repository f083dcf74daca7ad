//! What a signup form says, as the documentation shows it and as it goes out.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Moment;
use crate::config::Settings;
use crate::forms::{self, Field, FieldKind, Form, Look, Purpose};

/// One question of a form beside the address.
#[derive(Serialize, ToSchema)]
#[schema(as = FormField)]
pub(super) struct FieldAnswer {
    /// The name of the attribute: letters, digits and `_`.
    name: String,
    /// What the person reads beside it.
    label: String,
    /// Whether it has to be answered; `false` where it is missing.
    #[schema(required = false)]
    required: bool,
    /// `text` (where it is missing), `choice`, `date` or `number`.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "is_text")]
    kind: &'static str,
    /// What can be chosen; for a choice alone.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
}

/// What a question is when it says nothing else.
fn is_text(kind: &str) -> bool {
    kind == FieldKind::Text.word()
}

/// One more thing to agree to, with a box of its own that is never ticked beforehand.
#[derive(Serialize, ToSchema)]
#[schema(as = FormConsent)]
pub(super) struct ConsentBoxAnswer {
    /// The name of the attribute that says `yes`: letters, digits and `_`.
    name: String,
    /// What the person agrees to.
    text: String,
    /// Whether the form is refused without it; `false` where it is missing.
    #[schema(required = false)]
    required: bool,
}

/// How a form looks. Text and background come together and need a contrast of 4.5, the accent one of 3.
#[derive(Serialize, ToSchema)]
#[schema(as = FormLook)]
pub(in crate::web) struct LookAnswer {
    /// `bare` (the site's own styles hold) or `styled`.
    #[schema(required = false)]
    style: &'static str,
    /// The colour of the button, such as `#16213a`.
    accent: Option<String>,
    /// The colour of the words.
    text: Option<String>,
    /// The colour behind the words.
    background: Option<String>,
    /// `square`, `soft` or `round`.
    #[schema(required = false)]
    corners: &'static str,
    /// `page` (the letters of the page it sits in), `system` or `serif`.
    #[schema(required = false)]
    font: &'static str,
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
    /// Further things to agree to, one purpose a box.
    consents: Option<Vec<ConsentBoxAnswer>>,
    /// Lists to choose from, where the form serves several.
    lists: Option<Vec<Uuid>>,
    /// Colours, corners and font.
    look: Option<LookAnswer>,
    /// The language of the words; the list's where it is missing.
    language: Option<String>,
    /// Whether mailboxes of a task such as `info@` are taken; `true` where it is missing.
    takes_role_addresses: Option<bool>,
    /// Whether mailboxes that live for minutes are taken; `true` where it is missing.
    takes_disposable_addresses: Option<bool>,
    /// Web sites that may embed it, such as `https://example.org`.
    allowed_origins: Option<Vec<String>>,
    /// Where the person is sent after signing up; its origin becomes an allowed one.
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
    /// Further things to agree to.
    consents: Option<Vec<ConsentBoxAnswer>>,
    /// Lists to choose from.
    lists: Option<Vec<Uuid>>,
    /// Colours, corners and font.
    look: Option<LookAnswer>,
    /// The language of the words.
    language: Option<String>,
    /// Whether mailboxes of a task are taken.
    takes_role_addresses: Option<bool>,
    /// Whether mailboxes that live for minutes are taken.
    takes_disposable_addresses: Option<bool>,
    /// Web sites that may embed it.
    allowed_origins: Option<Vec<String>>,
    /// Where the person is sent after signing up, its origin becoming an allowed one; `null` takes it away.
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
    /// Counts the changes of its words and looks.
    version: i32,
    /// Its heading.
    title: String,
    /// What the person agrees to.
    consent_text: String,
    /// Questions beside the address.
    fields: Vec<FieldAnswer>,
    /// Further things to agree to.
    consents: Vec<ConsentBoxAnswer>,
    /// Lists to choose from; empty where there is nothing to choose.
    lists: Vec<Uuid>,
    /// Colours, corners and font.
    look: LookAnswer,
    /// The language of the words.
    language: String,
    /// Whether mailboxes of a task are taken.
    takes_role_addresses: bool,
    /// Whether mailboxes that live for minutes are taken.
    takes_disposable_addresses: bool,
    /// Web sites that may embed it.
    allowed_origins: Vec<String>,
    /// Where the person is sent after signing up.
    redirect_url: Option<String>,
    /// Its own page.
    url: String,
    /// HTML that puts it into a page by a script.
    embed_html: String,
    /// HTML that puts it into a page as a frame.
    frame_html: String,
    /// The form as plain HTML, for the site's own styles.
    plain_html: String,
    /// When it was made.
    created_at: Moment,
}

impl FormAnswer {
    pub(super) fn of(form: Form, settings: &Settings) -> Self {
        let (script, frame) = (forms::embed_html(settings, &form), forms::frame_html(settings, &form));
        let plain = forms::plain_html(settings, &form);
        let wording = form.wording;
        Self {
            id: form.id.0,
            list_id: form.list_id.0,
            version: form.version,
            title: wording.title,
            consent_text: wording.consent_text,
            fields: wording.fields.into_iter().map(FieldAnswer::from).collect(),
            consents: wording.purposes.into_iter().map(ConsentBoxAnswer::from).collect(),
            lists: wording.offers.iter().map(|offer| offer.list_id.0).collect(),
            look: wording.look.into(),
            language: wording.language.tag().to_owned(),
            takes_role_addresses: form.rules.takes_roles,
            takes_disposable_addresses: form.rules.takes_disposable,
            allowed_origins: form.allowed_origins,
            redirect_url: form.redirect_url,
            url: settings.link(&format!("/forms/{}", form.id)),
            embed_html: script,
            frame_html: frame,
            plain_html: plain,
            created_at: form.created_at.into(),
        }
    }
}

impl From<Field> for FieldAnswer {
    fn from(field: Field) -> Self {
        let Field { name, label, required, kind, options } = field;
        Self { name, label, required, kind: kind.word(), options }
    }
}

impl From<Purpose> for ConsentBoxAnswer {
    fn from(purpose: Purpose) -> Self {
        Self { name: purpose.name, text: purpose.text, required: purpose.required }
    }
}

impl From<Look> for LookAnswer {
    fn from(look: Look) -> Self {
        let said = |colour: Option<forms::Colour>| colour.map(|colour| colour.to_string());
        Self {
            style: look.style.word(),
            accent: said(look.accent),
            text: said(look.text),
            background: said(look.background),
            corners: look.corners.word(),
            font: look.font.word(),
        }
    }
}
