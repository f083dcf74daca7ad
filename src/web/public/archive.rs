//! The public archive of a list that has one: the subjects of what was sent, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::reader::{Choice, Reader};
use crate::app::App;
use crate::campaigns::{self, State};
use crate::clock::Timestamp;
use crate::lists::{self, List};
use crate::storage::ListId;
use crate::web::error::PageError;
use crate::web::page::show_with;

/// How many campaigns are looked through, newest first.
const LATEST: i64 = 200;

#[derive(Template)]
#[template(path = "public/archive.html")]
struct ArchivePage {
    page: Reader,
    list: List,
    sent: Vec<Sent>,
}

#[derive(Template)]
#[template(path = "public/feed.xml", escape = "html")]
struct Feed {
    list: List,
    link: String,
    updated_at: Timestamp,
    sent: Vec<Sent>,
}

/// One campaign that went out.
struct Sent {
    id: String,
    subject: String,
    at: Timestamp,
}

async fn find(app: &App, id: &str) -> Result<(List, Vec<Sent>), PageError> {
    let id: ListId = id.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let found = app
        .db
        .read(move |conn| {
            let Some(list) = lists::find_public(conn, id)?.filter(|list| list.has_archive) else { return Ok(None) };
            let campaigns = campaigns::of_account(conn, list.account_id, None, LATEST)?;
            let of_list = campaigns.into_iter().filter(|campaign| campaign.list_id == id);
            let finished = of_list.filter(|campaign| campaign.state == State::Finished);
            let sent = finished
                .map(|campaign| Sent {
                    id: campaign.id.to_string(),
                    at: campaign.finished_at.unwrap_or(campaign.created_at),
                    subject: campaign.content.subject,
                })
                .collect();
            Ok(Some((list, sent)))
        })
        .await?;
    found.ok_or(PageError::NotFound)
}

/// The page.
pub(super) async fn show(
    app: web::Data<App>,
    path: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (list, sent) = find(&app, &path).await?;
    let page = Reader::new(choice.texts(list.language), list.name.clone(), &format!("/archive/{}", list.id));
    Ok(show_with(StatusCode::OK, &ArchivePage { page, list, sent }))
}

/// The same as an Atom feed (RFC 4287).
pub(super) async fn feed(app: web::Data<App>, path: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (list, sent) = find(&app, &path).await?;
    let link = app.settings.link(&format!("/archive/{}", list.id));
    let updated_at = sent.first().map_or(list.created_at, |latest| latest.at);
    let body = Feed { list, link, updated_at, sent }.render()?;
    Ok(HttpResponse::Ok().content_type("application/atom+xml; charset=utf-8").body(body))
}
