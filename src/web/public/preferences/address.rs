//! The page behind the link that asks a mailbox about a change of address. Looking changes nothing.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::reader::{Choice, Reader, circumstances};
use crate::accounts;
use crate::app::App;
use crate::lists;
use crate::storage::{Conn, Language, StoreError};
use crate::subscribers;
use crate::subscriptions::address_changes::{self, AddressChange, AgreeOutcome, Outcome, RefuseOutcome};
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/address.html")]
struct AddressPage {
    page: Reader,
    /// What is to be said; the question itself where there is one.
    line: String,
    /// Where the two buttons lead, as long as there is something to say yes or no to.
    buttons: Option<[String; 2]>,
}

/// What the page needs to know beside the change.
struct About {
    sender: String,
    language: Language,
    old: String,
}

fn about(conn: &mut Conn, change: &AddressChange) -> Result<About, StoreError> {
    let sender = accounts::find(conn, change.account_id)?.map(|account| account.name).unwrap_or_default();
    let list = lists::find_even_closed(conn, change.account_id, change.list_id)?;
    let person = subscribers::find_any(conn, change.subscriber_id)?;
    Ok(About {
        sender,
        language: list.map_or(Language::ENGLISH, |list| list.language),
        old: person.and_then(|person| person.address).map(|address| address.to_string()).unwrap_or_default(),
    })
}

/// Shows what would change.
pub(super) async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (now, asked) = (app.clock.now(), token.clone());
    let found = app.db.read(move |conn| address_changes::find(conn, &asked)).await?;
    let (change, side) = found.ok_or(PageError::NotFound)?;
    let stands = match change.outcome {
        Some(Outcome::Done) => Stands::Done,
        _ if !change.is_open(now) => Stands::Over,
        _ if change.agreed_at(side).is_some() => Stands::Waiting,
        _ => Stands::Open,
    };
    draw(&app, &token, &choice, &change, stands).await
}

/// Says yes.
pub(super) async fn agree(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (now, from, asked) = (app.clock.now(), circumstances(&req, &app.settings), token.clone());
    let outcome = app.db.write(move |conn| address_changes::agree(conn, &asked, &from, now)).await?;
    let (change, stands) = match outcome {
        AgreeOutcome::Waiting(change) => (change, Stands::Waiting),
        AgreeOutcome::Done(change) => (change, Stands::Done),
        AgreeOutcome::Over(change) => (change, Stands::Over),
        AgreeOutcome::Unknown => return Err(PageError::NotFound),
    };
    draw(&app, &token, &choice, &change, stands).await
}

/// Says no.
pub(super) async fn refuse(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (now, asked) = (app.clock.now(), token.clone());
    match app.db.write(move |conn| address_changes::refuse(conn, &asked, now)).await? {
        RefuseOutcome::Ended(change) => {
            let is_done = change.outcome == Some(Outcome::Done);
            let stands = if is_done { Stands::Done } else { Stands::Refused };
            draw(&app, &token, &choice, &change, stands).await
        }
        RefuseOutcome::Unknown => Err(PageError::NotFound),
    }
}

/// Where a change stands for one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Open,
    Waiting,
    Done,
    Over,
    Refused,
}

impl Stands {
    /// The part of the catalogue keys that belongs to it.
    const fn key(self) -> &'static str {
        match self {
            Self::Open => "address-change-open",
            Self::Waiting => "address-change-waiting",
            Self::Done => "address-change-done",
            Self::Over => "address-change-over",
            Self::Refused => "address-change-refused",
        }
    }
}

async fn draw(
    app: &App,
    token: &str,
    choice: &Choice,
    change: &AddressChange,
    stands: Stands,
) -> Result<HttpResponse, PageError> {
    let of = change.clone();
    let about = app.db.read(move |conn| about(conn, &of)).await?;
    let texts = choice.texts(about.language);
    let new = change.new_address.as_ref().map(ToString::to_string).unwrap_or_default();
    let names =
        [("sender", about.sender.as_str().into()), ("old", about.old.as_str().into()), ("new", new.as_str().into())];
    let (path, query) = (format!("/address/{token}"), choice.query());
    let page = AddressPage {
        page: Reader::new(texts, texts.say(&format!("{}-title", stands.key())), &path),
        line: texts.say_with(&format!("{}-line", stands.key()), &names),
        buttons: (stands == Stands::Open).then(|| [format!("{path}{query}"), format!("{path}/refuse{query}")]),
    };
    let status = if stands == Stands::Over { StatusCode::GONE } else { StatusCode::OK };
    Ok(show_with(status, &page))
}
