//! What the demo's lists, forms and letters say, in each language of the catalogues.

use rust_embed::RustEmbed;

use crate::campaigns::{BodyFormat, Content};
use crate::forms::{Field, Look, Style, Wording};
use crate::lists::NewList;
use crate::mail::EmailAddress;
use crate::texts::{Language, Texts};

/// The letters that wait as drafts, one in the folder of each language.
#[derive(RustEmbed)]
#[folder = "locales/"]
struct Letters;

/// The letter in this language, or in English where its folder has none.
fn letter(language: Language) -> String {
    let of = |tag: &str| Letters::get(&format!("{tag}/letter.md"));
    let found = of(language.tag()).or_else(|| of(Language::ENGLISH.tag()));
    found.map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

pub(super) fn list(language: Language, from: &EmailAddress) -> NewList {
    let texts = Texts(language);
    NewList {
        name: texts.say("demo-list-name"),
        from_name: "Imprimerie Martin".to_owned(),
        from_address: from.clone(),
        reply_to: None,
        language,
        description: texts.say("demo-list-description"),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    }
}

pub(super) fn wording(language: Language) -> Wording {
    let texts = Texts(language);
    Wording {
        title: texts.say("demo-form-title"),
        consent_text: texts.say("demo-form-consent"),
        fields: vec![Field::text("name", texts.say("demo-form-name"), false)],
        look: Look { style: Style::Styled, ..Look::default() },
        language,
        ..Wording::default()
    }
}

pub(super) fn campaign(language: Language) -> Content {
    let texts = Texts(language);
    Content {
        subject: texts.say("demo-subject"),
        preheader: texts.say("demo-preheader"),
        body_format: BodyFormat::Markdown,
        body: letter(language),
        body_text: None,
    }
}
