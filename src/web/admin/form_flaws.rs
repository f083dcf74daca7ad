//! What is wrong with a signup form, in the words of its page: the field that gets the sentence, and the sentence.

use crate::forms::{Flaw, LookFlaw};
use crate::texts::Texts;

pub(super) fn said(flaw: Flaw, texts: Texts) -> (&'static str, String) {
    match flaw {
        Flaw::Title => ("title", texts.say("form-flaw-title")),
        Flaw::ConsentText => ("consent_text", texts.say("form-flaw-consent-text")),
        Flaw::FieldName(name) => ("fields", texts.say1("form-flaw-field-name", "name", name)),
        Flaw::FieldLabel(name) => ("fields", texts.say1("form-flaw-field-label", "name", name)),
        Flaw::FieldOptions(name) => ("fields", texts.say1("form-flaw-field-options", "name", name)),
        Flaw::PurposeText(name) => ("boxes", texts.say1("form-flaw-box-text", "name", name)),
        Flaw::TooManyFields => ("fields", texts.say("form-flaw-too-many-fields")),
        Flaw::Look(LookFlaw::HalfACouple) => ("look_text", texts.say("form-flaw-look-half")),
        Flaw::Look(LookFlaw::Words) => ("look_text", texts.say("form-flaw-look-words")),
        Flaw::Look(LookFlaw::Button) => ("look_accent", texts.say("form-flaw-look-button")),
        Flaw::TooManyOrigins => ("allowed_origins", texts.say("form-flaw-too-many-origins")),
        Flaw::Origin(origin) => ("allowed_origins", texts.say1("form-flaw-origin", "name", origin)),
        Flaw::RedirectUrl => ("redirect_url", texts.say("form-flaw-redirect-url")),
        Flaw::RedirectOrigin => ("redirect_url", texts.say("form-flaw-redirect-origin")),
    }
}
