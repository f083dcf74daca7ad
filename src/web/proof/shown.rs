//! What a person was shown, as JSON: the form, and the mail.

use serde::Serialize;
use utoipa::ToSchema;

use super::masked;
use crate::clock::Timestamp;
use crate::forms::Drawn;
use crate::texts::Language;
use crate::web::api::LookAnswer;

/// The version of a form by which a person asked.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct ShownForm {
    /// The heading.
    title: String,
    /// The words beside the box.
    consent_text: String,
    /// The labels of the further questions.
    fields: Vec<String>,
    /// The words beside the further boxes, one for each purpose.
    purposes: Vec<String>,
    /// The names of the lists that could be chosen.
    lists: Vec<String>,
    /// The language of these words.
    language: &'static str,
    /// The language of the further words on it, such as those of the button, where it is on record that the person was
    /// shown the form in it; `null` where it is not, as with HTML on a page of the sender.
    shown_in: Option<&'static str>,
    /// Colours, corners and font.
    look: LookAnswer,
    /// Since when this version was in force.
    #[schema(value_type = String, format = DateTime)]
    shown_from: Timestamp,
    /// Until when; `null` for the version in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    shown_until: Option<Timestamp>,
    /// The markup that was shown; where `shown_in` is `null`, the form as it was handed out then.
    html: String,
    /// The style sheet that was kept with it.
    css: String,
}

impl From<&Drawn> for ShownForm {
    fn from(drawn: &Drawn) -> Self {
        let wording = &drawn.wording;
        Self {
            html: drawn.html.clone(),
            css: drawn.stylesheet.clone(),
            title: wording.title.clone(),
            consent_text: wording.consent_text.clone(),
            fields: wording.fields.iter().map(|field| field.label.clone()).collect(),
            purposes: wording.purposes.iter().map(|purpose| purpose.text.clone()).collect(),
            lists: wording.offers.iter().map(|offer| offer.name.clone()).collect(),
            language: wording.language.tag(),
            shown_in: drawn.shown_in.map(Language::tag),
            look: wording.look.clone().into(),
            shown_from: drawn.shown_from,
            shown_until: drawn.shown_until,
        }
    }
}

/// A mail as a mail program shows it.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct ShownMail {
    /// The From field.
    from: String,
    /// The To field.
    to: String,
    /// The Date field.
    date: String,
    /// The subject.
    subject: String,
    /// The plain-text part.
    text: Option<String>,
    /// The HTML part.
    html: Option<String>,
}

impl ShownMail {
    /// The mail, the secret part of its links masked; `None` when it is none.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mail = masked::read(message)?;
        Some(Self {
            from: mail.from,
            to: mail.to,
            date: mail.date,
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
        })
    }
}
