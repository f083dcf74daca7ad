//! The lines that a customer pastes into a web page.

use askama::Template;

use super::{Field, FieldKind, Form, HONEYPOT};
use crate::config::Settings;
use crate::texts::Texts;

#[derive(Template)]
#[template(path = "public/embed_code.html")]
struct ScriptCode<'a> {
    page: &'a str,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "public/embed_frame.html")]
struct FrameCode<'a> {
    page: &'a str,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "public/embed_plain.html")]
struct PlainCode<'a> {
    page: &'a str,
    form: &'a Form,
    texts: Texts,
    honeypot: &'static str,
}

impl PlainCode<'_> {
    fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    fn is_choice(&self, field: &Field) -> bool {
        field.kind == FieldKind::Choice
    }

    fn kind_of(&self, field: &Field) -> &'static str {
        field.kind.word()
    }
}

/// The templates hold texts alone and cannot fail; an empty answer would be seen at once.
fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default().trim().to_owned()
}

fn page_of(settings: &Settings, form: &Form) -> String {
    settings.link(&format!("/forms/{}", form.id))
}

/// The HTML that puts the form into a page: a script, and a link for readers without scripts.
#[must_use]
pub fn embed_html(settings: &Settings, form: &Form) -> String {
    rendered(&ScriptCode { page: &page_of(settings, form), title: &form.wording.title })
}

/// The HTML that shows the form in a frame as high as the form.
#[must_use]
pub fn frame_html(settings: &Settings, form: &Form) -> String {
    rendered(&FrameCode { page: &page_of(settings, form), title: &form.wording.title })
}

/// The form itself, for the site's own styles: it needs no script, and nothing of ours is loaded.
#[must_use]
pub fn plain_html(settings: &Settings, form: &Form) -> String {
    let texts = Texts(form.wording.language);
    rendered(&PlainCode { page: &page_of(settings, form), form, texts, honeypot: HONEYPOT })
}
