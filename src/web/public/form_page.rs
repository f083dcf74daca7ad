//! The page of a signup form: empty, or coming back with what is wrong.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::filled::{Filled, HONEYPOT};
use super::origins::with_policy;
use super::reader::{Choice, Reader};
use crate::forms::{Field, Form};
use crate::lists::List;
use crate::web::page::{Problems, show_with};

/// The query of a form's pages.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(flatten)]
    pub(super) choice: Choice,
    /// Whether the page stands in a frame of somebody else's page.
    pub(super) frame: Option<String>,
}

#[derive(Template)]
#[template(path = "public/form.html")]
struct FormPage<'a> {
    page: Reader,
    form: &'a Form,
    list: &'a List,
    filled: &'a Filled,
    problems: Problems,
    action: String,
    honeypot: &'static str,
}

impl FormPage<'_> {
    fn answer_to(&self, field: &Field) -> &str {
        self.filled.attributes.get(&field.name).map_or("", String::as_str)
    }

    fn problem_of(&self, field: &Field) -> &str {
        self.problems.of(&format!("attributes[{}]", field.name))
    }
}

/// The page; in a frame it leads back into the frame.
pub(super) fn form_page(
    form: &Form,
    list: &List,
    asked: &Asked,
    filled: &Filled,
    problems: Problems,
    status: StatusCode,
) -> HttpResponse {
    let texts = asked.choice.texts(form.wording.language);
    let is_framed = asked.frame.is_some();
    let here = if is_framed { format!("/forms/{}/embed", form.id) } else { format!("/forms/{}", form.id) };
    let mut action = format!("/forms/{}{}", form.id, asked.choice.query());
    if is_framed {
        action.push_str(if action.contains('?') { "&frame=1" } else { "?frame=1" });
    }
    let page = FormPage {
        page: Reader::new(texts, form.wording.title.clone(), &here),
        form,
        list,
        filled,
        problems,
        action,
        honeypot: HONEYPOT,
    };
    with_policy(show_with(status, &page), form, is_framed)
}
