//! The lines that a customer pastes into a web page.

use askama::Template;

use super::Form;
use crate::config::Settings;

#[derive(Template)]
#[template(path = "public/embed_code.html")]
struct EmbedCode<'a> {
    script: &'a str,
    page: &'a str,
    title: &'a str,
}

/// The HTML that puts the form into a page: a script, and a link for readers without scripts.
#[must_use]
pub fn embed_html(settings: &Settings, form: &Form) -> String {
    let page = settings.link(&format!("/forms/{}", form.id));
    let script = format!("{page}/embed.js");
    // The template holds three texts and cannot fail; an empty answer would be seen at once.
    EmbedCode { script: &script, page: &page, title: &form.wording.title }.render().unwrap_or_default()
}
