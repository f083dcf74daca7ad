//! The public archive of a list that has one: its letters, newest first, each on a page of its own, and as a feed.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpResponse, web};
use askama::Template;

use super::reader::{Choice, Reader};
use crate::app::App;
use crate::campaigns::archive::{self, Letter};
use crate::clock::Timestamp;
use crate::forms;
use crate::lists::{self, List};
use crate::storage::{CampaignId, Conn, FormId, ListId, StoreError};
use crate::web::error::PageError;
use crate::web::page::show_with;

/// How many letters the page lists, newest first.
const ON_PAGE: i64 = 200;
/// How many letters the feed carries.
const IN_FEED: i64 = 20;
/// What was sent does not change: whoever asks again so soon may get the same.
const KEPT: &str = "public, max-age=300";
/// The pictures of a letter are the sender's; nothing else comes from elsewhere, and nothing of a letter acts.
pub(super) const LETTER_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: http: data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "public/archive.html")]
struct ArchivePage {
    page: Reader,
    list: List,
    letters: Vec<Letter>,
    /// Where one asks for the list.
    form: Option<FormId>,
    query: String,
}

#[derive(Template)]
#[template(path = "public/letter.html")]
struct LetterPage {
    page: Reader,
    list: List,
    letter: Letter,
    form: Option<FormId>,
    query: String,
}

#[derive(Template)]
#[template(path = "public/feed.xml", escape = "html")]
struct Feed {
    list: List,
    /// The address of the archive.
    link: String,
    updated_at: Timestamp,
    letters: Vec<Letter>,
}

/// The open list with an archive, and an open form of it.
fn find(conn: &mut Conn, id: ListId) -> Result<Option<(List, Option<FormId>)>, StoreError> {
    let Some(list) = lists::find_public(conn, id)?.filter(|list| list.has_archive) else { return Ok(None) };
    let form = forms::of_list(conn, list.account_id, list.id)?.first().map(|form| form.id);
    Ok(Some((list, form)))
}

async fn read(app: &App, id: &str, most: i64) -> Result<(List, Option<FormId>, Vec<Letter>), PageError> {
    let id: ListId = id.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let found = app
        .db
        .read(move |conn| {
            let Some((list, form)) = find(conn, id)? else { return Ok(None) };
            let letters = archive::letters(conn, &list, most)?;
            Ok(Some((list, form, letters)))
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
    let (list, form, letters) = read(&app, &path, ON_PAGE).await?;
    let page = Reader::new(choice.texts(list.language), list.name.clone(), &format!("/archive/{}", list.id));
    Ok(kept(show_with(StatusCode::OK, &ArchivePage { page, list, letters, form, query: choice.query() })))
}

/// One letter.
pub(super) async fn letter(
    app: web::Data<App>,
    path: web::Path<(String, String)>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (list, id) = path.into_inner();
    let list: ListId = list.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let id: CampaignId = id.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let found = app
        .db
        .read(move |conn| {
            let Some((list, form)) = find(conn, list)? else { return Ok(None) };
            Ok(archive::one_letter(conn, &list, id)?.map(|letter| (list, form, letter)))
        })
        .await?;
    let (list, form, letter) = found.ok_or(PageError::NotFound)?;
    let path = format!("/archive/{}/{}", list.id, letter.id);
    let page = Reader::new(choice.texts(list.language), letter.subject.clone(), &path);
    let mut answer = show_with(StatusCode::OK, &LetterPage { page, list, letter, form, query: choice.query() });
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LETTER_POLICY));
    Ok(kept(answer))
}

/// The same as an Atom feed (RFC 4287).
pub(super) async fn feed(app: web::Data<App>, path: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (list, _, letters) = read(&app, &path, IN_FEED).await?;
    let link = app.settings.link(&format!("/archive/{}", list.id));
    let updated_at = letters.first().map_or(list.created_at, |latest| latest.at);
    let body = without_control(&Feed { list, link, updated_at, letters }.render()?);
    Ok(kept(HttpResponse::Ok().content_type("application/atom+xml; charset=utf-8").body(body)))
}

/// XML 1.0 has no place for most control characters, escaped or not (section 2.2).
fn without_control(xml: &str) -> String {
    let is_allowed = |sign: &char| !sign.is_control() || matches!(sign, '\t' | '\n' | '\r' | '\u{85}');
    xml.chars().filter(|sign| is_allowed(sign) && !matches!(sign, '\u{fffe}' | '\u{ffff}')).collect()
}

fn kept(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
    answer
}
