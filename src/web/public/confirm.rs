//! The page behind the link of a confirmation mail. Looking changes nothing; the button stamps (CON-02, CON-03).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::reader::{Choice, Reader, circumstances};
use crate::app::App;
use crate::lists::List;
use crate::subscriptions::{self, ConfirmOutcome, Looked, NotMeOutcome, Request, Stamp};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{ring_text, show_with};

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct ConfirmPage {
    page: Reader,
    request: Request,
    token: String,
    query: String,
}

#[derive(Template)]
#[template(path = "public/stamped.html")]
struct StampedPage {
    page: Reader,
    list: List,
    /// The reader's own page, after the first press.
    preferences: Option<String>,
    line: String,
    stamp_id: &'static str,
    stamp_name: String,
    stamp_date: String,
    stamp_word: String,
}

#[derive(Template)]
#[template(path = "public/expired.html")]
struct ExpiredPage {
    page: Reader,
    request: Request,
}

#[derive(Template)]
#[template(path = "public/not_me.html")]
struct NotMePage {
    page: Reader,
    list: List,
}

/// Shows what would be confirmed.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (token, now) = (token.into_inner(), app.clock.now());
    let asked = token.clone();
    match app.db.read(move |conn| subscriptions::look(conn, &asked, now)).await? {
        Looked::Open(request) => {
            let texts = choice.texts(request.list.language);
            let title = texts.say1("confirm-title", "list", request.list.name.as_str());
            let page = Reader::new(texts, title, &format!("/confirm/{token}"));
            Ok(show_with(StatusCode::OK, &ConfirmPage { page, request, query: choice.query(), token }))
        }
        Looked::Confirmed(stamp) => Ok(stamped(stamp, &choice, &token, None)),
        Looked::Expired(request) => Ok(expired(request, &choice, &token)),
        Looked::Unknown => Err(PageError::NotFound),
    }
}

/// Stamps.
pub(super) async fn stamp(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (token, now, from) = (token.into_inner(), app.clock.now(), circumstances(&req, &app.settings));
    let asked = token.clone();
    match app.db.write(move |conn| subscriptions::confirm(conn, &asked, &from, now)).await? {
        ConfirmOutcome::Confirmed(stamp) => {
            let preferences = subscriptions::preferences_token(&app.keys, stamp.subscriber_id);
            Ok(stamped(stamp, &choice, &token, Some(format!("/preferences/{preferences}"))))
        }
        ConfirmOutcome::AlreadyConfirmed(stamp) => Ok(stamped(stamp, &choice, &token, None)),
        ConfirmOutcome::Expired(request) => Ok(expired(request, &choice, &token)),
        ConfirmOutcome::Unknown => Err(PageError::NotFound),
    }
}

/// "I did not ask for this."
pub(super) async fn not_me(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (token, now, from) = (token.into_inner(), app.clock.now(), circumstances(&req, &app.settings));
    match app.db.write(move |conn| subscriptions::not_me(conn, &token, &from, now)).await? {
        NotMeOutcome::Ended(list) => {
            let texts = choice.texts(list.language);
            let page = Reader::new(texts, texts.say("not-me-title"), "");
            Ok(show_with(StatusCode::OK, &NotMePage { page, list: *list }))
        }
        NotMeOutcome::Unknown => Err(PageError::NotFound),
    }
}

/// Only the first press, which proves the mailbox, opens the reader's own page: a link in an old mail may be anybody's.
fn stamped(stamp: Stamp, choice: &Choice, token: &str, preferences: Option<String>) -> HttpResponse {
    let texts = choice.texts(stamp.list.language);
    let key = if preferences.is_some() { "stamped" } else { "already-stamped" };
    let page = StampedPage {
        page: Reader::new(texts, texts.say(&format!("{key}-title")), &format!("/confirm/{token}")),
        preferences,
        line: line_of(texts, key, &stamp),
        stamp_id: "stamp",
        stamp_name: ring_text(&stamp.list.name),
        stamp_date: texts.day(stamp.confirmed_at).to_uppercase(),
        stamp_word: texts.say("stamp-word"),
        list: stamp.list,
    };
    show_with(StatusCode::OK, &page)
}

fn line_of(texts: Texts, key: &str, stamp: &Stamp) -> String {
    let arguments = [("list", stamp.list.name.as_str().into()), ("day", texts.day(stamp.confirmed_at).into())];
    texts.say_with(&format!("{key}-line"), &arguments)
}

fn expired(request: Request, choice: &Choice, token: &str) -> HttpResponse {
    let texts = choice.texts(request.list.language);
    let page = Reader::new(texts, texts.say("expired-title"), &format!("/confirm/{token}"));
    show_with(StatusCode::GONE, &ExpiredPage { page, request })
}
