//! The door of a reader's own page: a link in a mail, which may have been forwarded, opens nothing. It leads here, and from
//! here a pass is mailed to the address that the mail had been sent to.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::reader::{Choice, Reader, circumstances};
use super::{let_in, view};
use crate::app::App;
use crate::subscribers::Subscriber;
use crate::subscriptions::{self, Door};
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/pass.html")]
struct PassPage {
    page: Reader,
    sender: String,
    /// Most of it hidden: whoever has a forwarded mail knows no more than before.
    address: String,
    action: String,
    is_asked: bool,
}

/// The page with one button.
pub(super) async fn page(
    app: &App,
    token: &str,
    choice: &Choice,
    person: &Subscriber,
) -> Result<HttpResponse, PageError> {
    draw(app, token, choice, person, false).await
}

async fn draw(
    app: &App,
    token: &str,
    choice: &Choice,
    person: &Subscriber,
    is_asked: bool,
) -> Result<HttpResponse, PageError> {
    let (id, now) = (person.id, app.clock.now());
    let view = app.db.read(move |conn| view::view(conn, id, now)).await?.ok_or(PageError::NotFound)?;
    let texts = choice.texts(view.language);
    let path = format!("/preferences/{token}");
    let title =
        if is_asked { texts.say("asked-title") } else { texts.say1("preferences-title", "sender", &view.sender) };
    let page = PassPage {
        page: Reader::new(texts, title, if is_asked { "" } else { &path }),
        sender: view.sender,
        address: person.address.as_ref().map(|address| address.masked()).unwrap_or_default(),
        action: format!("{path}{}", choice.query()),
        is_asked,
    };
    Ok(show_with(StatusCode::OK, &page))
}

/// Mails a pass where one may be mailed; the page says the same in every case.
pub(super) async fn mail_pass(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (Door::Open(person) | Door::Closed(person)) = let_in(&app, &token).await?;
    let (keys, now, id) = (app.keys.clone(), app.clock.now(), person.id);
    let network = circumstances(&req, &app.settings).network;
    app.db.write(move |conn| subscriptions::mail_pass(conn, &keys, id, &network, now)).await?;
    draw(&app, &token, &choice, &person, true).await
}
