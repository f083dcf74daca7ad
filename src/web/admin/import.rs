//! `/imports/{id}`: one file: what it is before it runs, how far it is, which rows were refused and why.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use askama::Template;
use chrono::NaiveTime;

use super::sign_in::Nothing;
use super::visit::{Id, Sent, Visit};
use crate::app::App;
use crate::imports::{self, Act, ActOutcome, Import, RefusedRow, Row, State, safe_cell};
use crate::lists;
use crate::storage::{ImportId, StoreError};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, see_other};

#[derive(Template)]
#[template(path = "admin/import.html")]
struct ImportPage {
    page: Page,
    progress: Progress,
    list: String,
    /// The first rows, while it waits to be started.
    first: Vec<Row>,
    refused: Vec<RefusedRow>,
}

impl ImportPage {
    /// The day on which the addresses were collected.
    fn collected(&self, import: &Import) -> String {
        self.page.day(&import.provenance.collected_on.and_time(NaiveTime::MIN).and_utc().into())
    }
}

/// The part that redraws itself.
#[derive(Template)]
#[template(path = "admin/import_progress.html")]
struct ProgressPart {
    page: Page,
    progress: Progress,
}

/// How far an import is.
struct Progress {
    import: Import,
    confirmed: i64,
    /// Days until everybody is asked.
    days_left: i64,
    /// People asked on this day.
    rate: i64,
}

impl Progress {
    fn is_moving(&self) -> bool {
        matches!(self.import.state, State::Reading | State::Asking) && self.import.paused.is_none()
    }

    fn may_pause(&self) -> bool {
        self.is_moving()
    }

    fn may_resume(&self) -> bool {
        self.import.paused.is_some() && !self.import.state.is_final()
    }

    /// Hundredths of the way, for the bar.
    fn share(&self) -> i64 {
        let counts = self.import.counts;
        let (done, all) = if self.import.state == State::Asking {
            (counts.asked, counts.accepted + counts.postponed)
        } else {
            (counts.accepted + counts.refused, counts.rows)
        };
        if all > 0 { (done * 100 / all).clamp(0, 100) } else { 0 }
    }
}

/// Rows that are shown.
const FIRST: usize = 5;
const REFUSED: i64 = 50;

pub(super) async fn show(visit: Visit, id: Id<ImportId>) -> Result<HttpResponse, PageError> {
    let import = find(&visit, id.0).await?;
    let (account, list_id, state, id) = (import.account_id, import.list_id, import.state, import.id);
    let (list, first, refused) = visit
        .read(move |conn| {
            let list = lists::find_even_closed(conn, account, list_id)?;
            let first = if state == State::Ready { imports::first_rows(conn, id, FIRST)? } else { Vec::new() };
            Ok((list, first, imports::refused(conn, id, 0, REFUSED)?))
        })
        .await?;
    let title = import.file_name.clone();
    Ok(page::show(&ImportPage {
        page: visit.page(Place::Subscribers, title).await?,
        progress: progress(&visit, import).await?,
        list: list.map(|list| list.name).unwrap_or_default(),
        first,
        refused,
    }))
}

pub(super) async fn part(visit: Visit, id: Id<ImportId>) -> Result<HttpResponse, PageError> {
    let import = find(&visit, id.0).await?;
    let progress = progress(&visit, import).await?;
    Ok(page::show(&ProgressPart { page: visit.page(Place::Subscribers, "").await?, progress }))
}

async fn find(visit: &Visit, id: ImportId) -> Result<Import, PageError> {
    let account = visit.account_id()?;
    visit.read(move |conn| imports::find(conn, account, id)).await?.ok_or(PageError::NotFound)
}

async fn progress(visit: &Visit, import: Import) -> Result<Progress, PageError> {
    let (id, now) = (import.id, visit.now);
    let confirmed = visit.read(move |conn| imports::confirmed(conn, id)).await?;
    let days_left = import.pace.days_left(import.counts.accepted + import.counts.postponed, now);
    Ok(Progress { confirmed, days_left, rate: import.pace.rate_at(now), import })
}

/// Does it; `false` where the import stands where it cannot be done.
async fn act(visit: &Visit, id: ImportId, act: Act) -> Result<bool, PageError> {
    let (account, by, now) = (visit.account_id()?, visit.user.actor(), visit.now);
    match visit.write(move |conn| imports::act(conn, (account, id), act, by, now)).await? {
        ActOutcome::Done(_) => Ok(true),
        ActOutcome::NotNow => Ok(false),
        ActOutcome::NotThere => Err(PageError::NotFound),
    }
}

fn told(id: ImportId, is_done: bool, done: &str) -> HttpResponse {
    see_other(&if is_done { done.to_owned() } else { format!("/imports/{id}") })
}

pub(super) async fn start(id: Id<ImportId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let is_done = act(&sent.visit, id.0, Act::Start).await?;
    Ok(told(id.0, is_done, &format!("/imports/{}?done=import-started", id.0)))
}

pub(super) async fn pause(id: Id<ImportId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let is_done = act(&sent.visit, id.0, Act::Pause).await?;
    Ok(told(id.0, is_done, &format!("/imports/{}?done=import-paused", id.0)))
}

pub(super) async fn resume(id: Id<ImportId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let is_done = act(&sent.visit, id.0, Act::Resume).await?;
    Ok(told(id.0, is_done, &format!("/imports/{}?done=import-resumed", id.0)))
}

pub(super) async fn cancel(id: Id<ImportId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let is_done = act(&sent.visit, id.0, Act::Cancel).await?;
    Ok(told(id.0, is_done, &format!("/imports/{}?done=import-cancelled", id.0)))
}

/// Refused rows that are read at once.
const PIECE: i64 = 1000;

/// Every refused row with its reason, as a file; read and sent piece by piece.
pub(super) async fn refused(visit: Visit, id: Id<ImportId>) -> Result<HttpResponse, PageError> {
    let import = find(&visit, id.0).await?;
    let (app, texts, id) = (visit.app.clone(), visit.texts(), import.id);
    let head = texts.say("import-refused-columns") + "\r\n";
    let rows = futures_util::stream::unfold(Some(0), move |after| {
        let app = app.clone();
        async move {
            let after = after?;
            match piece(&app, id, after, texts).await {
                Ok((_, text)) if text.is_empty() => None,
                Ok((last, text)) => Some((Ok(Bytes::from(text)), Some(last))),
                // The answer is cut off, so that nobody takes half a file for a whole one.
                Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
            }
        }
    });
    let head =
        futures_util::stream::once(async move { Ok::<_, std::io::Error>(Bytes::from(format!("\u{feff}{head}"))) });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"refused-{id}.csv\"")))
        .streaming(Box::pin(futures_util::StreamExt::chain(head, rows))))
}

async fn piece(app: &App, id: ImportId, after: i64, texts: Texts) -> Result<(i64, String), StoreError> {
    let rows = app.db.read(move |conn| imports::refused(conn, id, after, PIECE)).await?;
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in &rows {
        let why = texts.say(&format!("import-row-{}", row.reason.word().replace('_', "-")));
        let cells = [row.line.to_string(), safe_cell(&row.address), row.reason.word().to_owned(), why];
        file.write_record(cells).map_err(|error| StoreError::Refused(error.to_string()))?;
    }
    let bytes = file.into_inner().map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok((rows.last().map_or(after, |row| row.line), String::from_utf8_lossy(&bytes).into_owned()))
}
