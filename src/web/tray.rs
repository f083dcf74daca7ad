//! `/tray`: the mail that `tray:` keeps, as a mail program would show it. For everybody in the demo, else for operators.

use std::path::Path;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType, HeaderValue};
use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::mail::reading::{self, Reading};
use crate::mail::tray;
use crate::texts::Texts;
use crate::web::admin::visit::shows_tray;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::guard::{Client, SignedInUser};
use crate::web::page::{self, Page, Place, Visitor};

/// Mail brings its own styles and pictures; a link in it may lead the whole window away, nothing else acts.
const POLICY: &str = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; \
     frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups";

/// Most messages that the list shows.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "operator/tray.html")]
struct TrayPage {
    page: Page,
    rows: Vec<Message>,
}

#[derive(Template)]
#[template(path = "operator/tray_message.html")]
struct MessagePage {
    page: Page,
    message: Message,
    raw: String,
}

/// One message of the tray.
struct Message {
    id: String,
    envelope_from: String,
    envelope_to: String,
    reading: Reading,
    /// Where the one-click POST goes, on this host.
    one_click: Option<String>,
}

/// The routes of the tray.
pub(in crate::web) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/tray", get().to(list)).route("/tray/{id}", get().to(show)).route("/tray/{id}/html", get().to(html));
}

async fn list(app: Data<App>, client: Client, user: Option<SignedInUser>) -> Result<HttpResponse, PageError> {
    must_show(&app, user.as_ref())?;
    let copy = app.clone();
    let rows = blocking(move || newest(&copy)).await?;
    let title = texts_of(&client, user.as_ref()).say("tray-title");
    Ok(page::show(&TrayPage { page: tray_page(&app, &client, user.as_ref(), title), rows }))
}

async fn show(
    app: Data<App>,
    client: Client,
    user: Option<SignedInUser>,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (message, raw) = opened(&app, user.as_ref(), id.into_inner()).await?;
    let title = message.reading.subject.clone();
    let raw = String::from_utf8_lossy(&raw).into_owned();
    Ok(page::show(&MessagePage { page: tray_page(&app, &client, user.as_ref(), title), message, raw }))
}

async fn html(app: Data<App>, user: Option<SignedInUser>, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (message, _) = opened(&app, user.as_ref(), id.into_inner()).await?;
    let body = message.reading.html.ok_or(PageError::NotFound)?;
    let mut answer = HttpResponse::Ok().insert_header(ContentType::html()).body(format_links(&body));
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(answer)
}

/// Links of the message lead the whole window, as a mail program hands them to the browser.
fn format_links(body: &str) -> String {
    const WHOLE_WINDOW: &str = "<base target=\"_top\">";
    let at = body.to_ascii_lowercase().find("<head>").map_or(0, |at| at + "<head>".len());
    let (before, after) = body.split_at_checked(at).unwrap_or(("", body));
    [before, WHOLE_WINDOW, after].concat()
}

fn must_show(app: &App, user: Option<&SignedInUser>) -> Result<(), PageError> {
    if shows_tray(app, user) { Ok(()) } else { Err(PageError::NotFound) }
}

async fn opened(app: &Data<App>, user: Option<&SignedInUser>, id: String) -> Result<(Message, Vec<u8>), PageError> {
    must_show(app, user)?;
    let app = app.clone();
    blocking(move || open(&app, &id)).await?.ok_or(PageError::NotFound)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PageError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PageError::Broken(error.to_string()))
}

/// The newest messages, newest first. A folder that is not there yet is an empty tray.
fn newest(app: &App) -> Vec<Message> {
    let folder = tray::folder(&app.settings.data_dir);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".eml").map(ToOwned::to_owned))
        .collect();
    names.sort_unstable_by(|left, right| right.cmp(left));
    names.iter().take(MOST).filter_map(|id| open(app, id).map(|(message, _)| message)).collect()
}

/// One message; `None` when there is no such file.
fn open(app: &App, id: &str) -> Option<(Message, Vec<u8>)> {
    // The name comes from an address bar: nothing but what names of the tray are made of.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    let raw = read_file(&tray::folder(&app.settings.data_dir).join(format!("{id}.eml")))?;
    let (from, to, message) = envelope(&raw)?;
    let reading = reading::read(message)?;
    let base = app.settings.base_url.as_str().trim_end_matches('/');
    let one_click = reading.one_click.as_deref().and_then(|url| url.strip_prefix(base)).map(ToOwned::to_owned);
    let message = Message { id: id.to_owned(), envelope_from: from, envelope_to: to, reading, one_click };
    Some((message, raw))
}

fn read_file(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// The two lines before a message: who it is from and for whom.
fn envelope(raw: &[u8]) -> Option<(String, String, &[u8])> {
    let mut lines = raw.splitn(3, |byte| *byte == b'\n');
    let mut address = |name: &str| {
        let line = std::str::from_utf8(lines.next()?).ok()?.trim();
        line.strip_prefix(name)?.trim().strip_prefix('<')?.strip_suffix('>').map(ToOwned::to_owned)
    };
    let (from, to) = (address("X-Tray-From:")?, address("X-Tray-To:")?);
    Some((from, to, lines.next()?))
}

fn texts_of(client: &Client, user: Option<&SignedInUser>) -> Texts {
    user.map_or(Texts(client.language), SignedInUser::texts)
}

fn tray_page(app: &App, client: &Client, user: Option<&SignedInUser>, title: String) -> Page {
    Page {
        texts: texts_of(client, user),
        title,
        place: Place::Tray,
        visitor: user.map(|user| Visitor {
            address: user.user.address.to_string(),
            account_name: String::new(),
            is_operator: user.is_operator(),
        }),
        csrf: user.map(|user| csrf::token(&app.keys, user)).unwrap_or_default(),
        notice: None,
        has_tray: true,
        path: "/tray".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_stands_in_two_lines_before_the_message() {
        let raw = b"X-Tray-From: <b-x@example.org>\r\nX-Tray-To: <anne@example.net>\r\nSubject: x\r\n\r\nbody\r\n";
        let (from, to, message) = envelope(raw).expect("an envelope");
        assert_eq!((from.as_str(), to.as_str()), ("b-x@example.org", "anne@example.net"));
        assert!(message.starts_with(b"Subject: x"));
        assert_eq!(envelope(b"Subject: x\r\n\r\nbody"), None);
    }

    #[test]
    fn links_of_a_message_lead_the_whole_window() {
        assert_eq!(format_links("<p>x</p>"), "<base target=\"_top\"><p>x</p>");
        assert_eq!(format_links("<html><HEAD><title>"), "<html><HEAD><base target=\"_top\"><title>");
    }
}
