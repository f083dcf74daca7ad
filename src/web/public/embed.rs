//! The form inside somebody else's page: in a frame, or put there by a script.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::json;

use super::filled::{Filled, HONEYPOT};
use super::form::find;
use super::form_page::{Asked, form_page};
use crate::app::App;
use crate::forms::Form;
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::Problems;

/// The form for an iframe.
pub(super) async fn frame(
    app: web::Data<App>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, list) = find(&app, &path).await?;
    let framed = Asked { frame: Some("1".to_owned()), ..asked.into_inner() };
    Ok(form_page(&form, &list, &framed, &Filled::default(), Problems::default(), StatusCode::OK))
}

#[derive(Template)]
#[template(path = "public/embed.js", escape = "none")]
struct Script {
    form: String,
}

/// The script that puts the form into the page that loads it.
pub(super) async fn script(
    app: web::Data<App>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let texts = asked.choice.texts(form.wording.language);
    let page = app.settings.link(&format!("/forms/{}{}", form.id, asked.choice.query()));
    let script = Script { form: words_of(&form, texts, &page) }.render()?;
    Ok(HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        // Loaded by pages of other origins: that is what it is for.
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .body(script))
}

/// Everything that the script shows, as JSON, which is an expression of the language it is written into.
fn words_of(form: &Form, texts: Texts, page: &str) -> String {
    json!({
        "page": page,
        "language": form.wording.language,
        "title": form.wording.title,
        "consent": form.wording.consent_text,
        "fields": form.wording.fields,
        "redirect": form.redirect_url,
        "trap": HONEYPOT,
        "words": {
            "address": texts.say("form-address"),
            "submit": texts.say("form-submit"),
            "optional": texts.say("form-optional"),
            "trap": texts.say("form-trap"),
            "done": texts.say("check-inbox-title"),
            "line": texts.say("check-inbox-line"),
            "trouble": texts.say("form-trouble"),
        },
    })
    .to_string()
}
