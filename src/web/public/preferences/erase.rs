//! Erasure by the reader: asked once more, then done for good.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::reader::{Choice, Reader, circumstances};
use super::view::view;
use super::{Opened, open};
use crate::app::App;
use crate::bounces;
use crate::subscriptions::EraseOutcome;
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/erase.html")]
struct ErasePage {
    page: Reader,
    sender: String,
    back: String,
    action: String,
}

#[derive(Template)]
#[template(path = "public/erased.html")]
struct ErasedPage {
    page: Reader,
    sender: String,
}

/// Asks whether it is meant.
pub(super) async fn ask(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let now = app.clock.now();
    let view = app.db.read(move |conn| view(conn, person, now)).await?.ok_or(PageError::NotFound)?;
    let texts = choice.texts(view.language);
    let here = format!("/preferences/{token}/erase");
    let page = ErasePage {
        page: Reader::new(texts, texts.say1("erase-title", "sender", view.sender.as_str()), &here),
        sender: view.sender,
        back: format!("/preferences/{token}{}", choice.query()),
        action: format!("{here}{}", choice.query()),
    };
    Ok(show_with(StatusCode::OK, &page))
}

/// Erases.
pub(super) async fn erase(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let person = match open(&app, &token, &choice).await? {
        Opened::Own(person) => person,
        Opened::Away(page) => return Ok(page),
    };
    let (now, from) = (app.clock.now(), circumstances(&req, &app.settings));
    let found = app
        .db
        .write_anyway(move |conn| {
            let Some(view) = view(conn, person, now)? else { return Ok(None) };
            let outcome = bounces::erase_person(conn, view.subscriber.account_id, person, &from, now)?;
            Ok((outcome == EraseOutcome::Erased).then_some(view))
        })
        .await?;
    let view = found.ok_or(PageError::NotFound)?;
    let texts = choice.texts(view.language);
    let page = ErasedPage { page: Reader::new(texts, texts.say("erased-title"), ""), sender: view.sender };
    Ok(show_with(StatusCode::OK, &page))
}
