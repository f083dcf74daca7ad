//! The page behind the link of a confirmation mail. Looking changes nothing; the button stamps (CON-02, CON-03).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::asked::asked_page;
use super::reader::{Choice, Reader, circumstances};
use crate::app::App;
use crate::lists::List;
use crate::subscribers;
use crate::subscriptions::{self, AgainOutcome, ConfirmOutcome, Looked, NotMeOutcome, PASS_LIFETIME, Request, Stamp};
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
    /// Where a new link is asked for.
    again: String,
}

impl ExpiredPage {
    /// Whether there is still somebody, and something, to ask.
    fn may_ask(&self) -> bool {
        self.request.address.is_some() && !self.request.list.is_closed()
    }
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
            let texts = choice.texts(request.language);
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
            let own_page = own_page(&app, &stamp).await?;
            Ok(stamped(stamp, &choice, &token, own_page))
        }
        ConfirmOutcome::AlreadyConfirmed(stamp) => Ok(stamped(stamp, &choice, &token, None)),
        ConfirmOutcome::Expired(request) => Ok(expired(request, &choice, &token)),
        ConfirmOutcome::Unknown => Err(PageError::NotFound),
    }
}

/// The first press proved the mailbox, as a mailed pass would.
async fn own_page(app: &App, stamp: &Stamp) -> Result<Option<String>, PageError> {
    let (id, until) = (stamp.subscriber_id, app.clock.now() + PASS_LIFETIME);
    let person = app.db.read(move |conn| subscribers::find_any(conn, id)).await?;
    Ok(person.map(|person| format!("/preferences/{}", subscriptions::pass(&app.keys, &person, until))))
}

/// "I did not ask for this."
pub(super) async fn not_me(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (token, now, from) = (token.into_inner(), app.clock.now(), circumstances(&req, &app.settings));
    match app.db.write_anyway(move |conn| subscriptions::not_me(conn, &token, &from, now)).await? {
        NotMeOutcome::Ended(list) => {
            let texts = choice.texts(list.language);
            let page = Reader::new(texts, texts.say("not-me-title"), "");
            Ok(show_with(StatusCode::OK, &NotMePage { page, list: *list }))
        }
        NotMeOutcome::Unknown => Err(PageError::NotFound),
    }
}

/// A new link in place of one that is too old: a new request, under the same ceilings as any other.
pub(super) async fn again(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (keys, now, from) = (app.keys.clone(), app.clock.now(), circumstances(&req, &app.settings));
    let asked = token.clone();
    let looked = app.db.read(move |conn| subscriptions::look(conn, &asked, now)).await?;
    let request = match looked {
        Looked::Open(request) | Looked::Expired(request) => request,
        Looked::Confirmed(stamp) => return Ok(stamped(stamp, &choice, &token, None)),
        Looked::Unknown => return Err(PageError::NotFound),
    };
    let asked = token.clone();
    let write = move |conn: &mut _| subscriptions::ask_again_by_link(conn, &keys, &asked, &from, now);
    match app.db.write(write).await? {
        AgainOutcome::Taken => Ok(asked_page(choice.texts(request.language), &request.list)),
        AgainOutcome::NotThere => Ok(expired(request, &choice, &token)),
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
    let texts = choice.texts(request.language);
    let page = Reader::new(texts, texts.say("expired-title"), &format!("/confirm/{token}"));
    let again = format!("/confirm/{token}/again{}", choice.query());
    show_with(StatusCode::GONE, &ExpiredPage { page, request, again })
}
