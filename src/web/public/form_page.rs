//! The page of a signup form: empty, coming back with what is wrong, or asking for a moment.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use super::filled::Filled;
use super::origins::with_policy;
use super::reader::{Choice, Reader};
use crate::forms::{self, Filling, Form};
use crate::texts::Language;
use crate::web::error::PageError;
use crate::web::page::show_with;

/// The query of a form's pages.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(flatten)]
    pub(super) choice: Choice,
    /// Whether the page stands in a frame of somebody else's page.
    pub(super) frame: Option<String>,
}

impl Asked {
    /// In which language our own words stand on the form.
    pub(super) fn language(&self, form: &Form) -> Language {
        self.choice.texts(form.wording.language).0
    }

    /// Whether the page stands in a frame.
    pub(super) fn is_framed(&self) -> bool {
        self.frame.is_some()
    }

    /// Where the page's form goes; in a frame it leads back into the frame.
    fn action(&self, form: &Form) -> String {
        let mut action = format!("/forms/{}{}", form.id, self.choice.query());
        if self.is_framed() {
            action.push_str(if action.contains('?') { "&frame=1" } else { "?frame=1" });
        }
        action
    }

    /// The page's own path, for its other languages; those of a frame are chosen around it.
    fn path(&self, form: &Form) -> String {
        if self.is_framed() { String::new() } else { format!("/forms/{}", form.id) }
    }
}

/// What a page is handed with its form, to come back with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Handed {
    /// The pass.
    pub(super) pass: String,
    /// The zero bits that the reader's machine is to work for; none in calm times.
    pub(super) bits: u8,
}

/// What came of a form that was sent and comes back.
#[derive(Debug, Clone, Default)]
pub(super) struct Back {
    /// What was typed.
    pub(super) filled: Filled,
    /// What is wrong.
    pub(super) problems: Vec<(String, String)>,
    /// An address that may have been meant.
    pub(super) suggestion: Option<String>,
}

#[derive(Template)]
#[template(path = "public/form.html")]
struct FormPage<'a> {
    page: Reader,
    form: &'a Form,
    body: String,
    bits: u8,
    is_framed: bool,
    origins: String,
}

/// The page; 422 when it comes back with problems.
pub(super) fn form_page(form: &Form, asked: &Asked, handed: &Handed, back: &Back) -> Result<HttpResponse, PageError> {
    let texts = asked.choice.texts(form.wording.language);
    let filling = Filling {
        action: asked.action(form),
        address: back.filled.address.clone(),
        answers: back.filled.given.attributes.clone(),
        problems: back.problems.iter().cloned().collect(),
        suggestion: back.suggestion.clone(),
        unseen: vec![
            ("version", form.version.to_string()),
            ("pass", handed.pass.clone()),
            ("work", String::new()),
            ("sure", if back.suggestion.is_some() { back.filled.address.trim().to_owned() } else { String::new() }),
        ],
        ..Filling::default()
    };
    let page = FormPage {
        page: Reader::new(texts, form.wording.title.clone(), &asked.path(form)),
        body: forms::draw(&form.wording, texts.0, &filling)?,
        bits: handed.bits,
        is_framed: asked.is_framed(),
        origins: form.allowed_origins.join(" "),
        form,
    };
    let status = if back.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(with_policy(show_with(status, &page), form, asked.is_framed()))
}

#[derive(Template)]
#[template(path = "public/moment.html")]
struct MomentPage<'a> {
    page: Reader,
    form: &'a Form,
    action: String,
    unseen: Vec<(String, String)>,
    pass: &'a str,
    bits: u8,
    wait: i64,
    is_framed: bool,
    origins: String,
}

/// The page that asks for a moment: the reader's machine works, or the reader waits (A11Y-02). Everything that was
/// typed goes along.
pub(super) fn moment_page(form: &Form, asked: &Asked, handed: &Handed, filled: &Filled, wait: i64) -> HttpResponse {
    let texts = asked.choice.texts(form.wording.language);
    let page = MomentPage {
        page: Reader::new(texts, texts.say("moment-title"), ""),
        form,
        action: asked.action(form),
        unseen: filled.unseen(),
        pass: &handed.pass,
        bits: handed.bits,
        wait,
        is_framed: asked.is_framed(),
        origins: form.allowed_origins.join(" "),
    };
    with_policy(show_with(StatusCode::OK, &page), form, asked.is_framed())
}

#[derive(Template)]
#[template(path = "public/check_inbox.html")]
struct CheckInbox<'a> {
    page: Reader,
    form: &'a Form,
    sender: String,
    is_framed: bool,
    origins: String,
}

/// "Look into your mailbox", in the name of the list's sender.
pub(super) fn check_inbox(form: &Form, asked: &Asked, sender: &str) -> HttpResponse {
    let texts = asked.choice.texts(form.wording.language);
    let page = CheckInbox {
        page: Reader::new(texts, texts.say("check-inbox-title"), ""),
        form,
        sender: sender.to_owned(),
        is_framed: asked.is_framed(),
        origins: form.allowed_origins.join(" "),
    };
    with_policy(show_with(StatusCode::OK, &page), form, asked.is_framed())
}
