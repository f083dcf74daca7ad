//! Files of addresses.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Moment, Page, Reply, Told, read, write};
use super::body::{Parameters, PathId, content_type, unsupported};
use super::caller::Caller;
use super::problem::{FieldError, Problem};
use crate::app::App;
use crate::imports::{self, Act, ActOutcome, Import, PauseReason, ReceiveOutcome, RefusedRow};
use crate::storage::{ImportId, StoreError};
use crate::texts::{Language, Texts};
use crate::web::upload::{FIELDS, ImportFlaw, Upload, UploadError, lay_down, upload, wanted};

/// A file of addresses and where they come from.
#[derive(ToSchema)]
#[schema(as = NewImport)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct NewImportSchema {
    /// A CSV file: first column `address`, the others are attributes. Encoding and delimiter are found by themselves.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The list.
    list_id: Uuid,
    /// Where the addresses were collected. Bought, rented, scraped addresses and those of partners are refused.
    source: String,
    /// The day: `2026-03-01`.
    collected_at: String,
    /// On what basis they may be written to.
    basis: String,
    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252` or `iso-8859-15`, where it is not found by itself.
    encoding: Option<String>,
    /// `comma`, `semicolon`, `tab` or `pipe`, where it is not found by itself.
    delimiter: Option<String>,
    /// People asked to confirm on the first day, 1 to 10 000; 1000 where it is missing. Each day half as many more.
    per_day: Option<i64>,
}

/// A file on its way in.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(super) struct ImportAnswer {
    /// Its id.
    id: Uuid,
    /// The list.
    list_id: Uuid,
    /// `ready` (waits for somebody to start it on its page), `reading`, `asking`, `finished` or `cancelled`.
    state: &'static str,
    /// Why it stands still: `user`, `bounces` (too many mails came back) or `not_me` (too many did not ask); else `null`.
    paused_reason: Option<&'static str>,
    /// What the file is called.
    file: String,
    /// How it is written.
    encoding: &'static str,
    /// What stands between its values.
    delimiter: &'static str,
    /// The names of its columns behind the address.
    columns: Vec<String>,
    /// Where the addresses were collected.
    source: String,
    /// When.
    collected_at: String,
    /// On what basis they may be written to.
    basis: String,
    /// Rows in the file.
    rows: i64,
    /// Rows that were taken: pending, and asked to confirm when their turn comes.
    accepted: i64,
    /// Rows that were not taken.
    refused: i64,
    /// People who were asked so far, or need not be asked any more.
    asked: i64,
    /// When it came.
    created_at: Moment,
    /// When everybody was asked, or it was given up.
    finished_at: Option<Moment>,
}

impl From<Import> for ImportAnswer {
    fn from(import: Import) -> Self {
        Self {
            id: import.id.0,
            list_id: import.list_id.0,
            state: import.state.word(),
            paused_reason: import.paused.map(|(_, reason)| PauseReason::word(reason)),
            file: import.file_name,
            encoding: import.format.encoding.word(),
            delimiter: import.format.delimiter.word(),
            columns: import.columns,
            source: import.provenance.source,
            collected_at: import.provenance.collected_on.to_string(),
            basis: import.provenance.basis,
            rows: import.counts.rows,
            accepted: import.counts.accepted,
            refused: import.counts.refused,
            asked: import.counts.asked,
            created_at: import.created_at.into(),
            finished_at: import.finished_at.map(Moment::from),
        }
    }
}

/// A row that was not taken.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedRow)]
pub(super) struct RefusedRowAnswer {
    /// Its line in the file.
    line: i64,
    /// What stands in its first column; empty where its owner had it erased since.
    address: String,
    /// `bad_address`, `repeated`, `already_confirmed`, `suppressed`, `has_left`, `asked_enough` or `list_closed`.
    reason: &'static str,
    /// The same in words.
    message: String,
}

impl From<RefusedRow> for RefusedRowAnswer {
    fn from(row: RefusedRow) -> Self {
        let key = format!("import-row-{}", row.reason.word().replace('_', "-"));
        let message = Texts(Language::ENGLISH).say(&key);
        Self { line: row.line, address: row.address, reason: row.reason.word(), message }
    }
}

/// One import, with a page of its refused rows.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportWithRefusals)]
pub(super) struct ImportShown {
    /// The import.
    #[serde(flatten)]
    import: ImportAnswer,
    /// The refused rows in the order of the file; `limit` and `cursor` page them. Kept for 30 days after the end.
    refused_rows: Vec<RefusedRowAnswer>,
    /// Give this as `cursor` to get the next refused rows.
    next_cursor: Option<String>,
}

pub(super) async fn create(app: Data<App>, caller: Caller, request: HttpRequest, payload: Payload) -> Told {
    if content_type(&request) != "multipart/form-data" {
        return Err(unsupported("multipart/form-data"));
    }
    let form = upload(Multipart::new(request.headers(), payload), &app.settings.data_dir).await;
    let form = form.map_err(problem)?;
    let unknown: Vec<FieldError> = unknown(&form);
    if !unknown.is_empty() {
        return Err(Problem::fields(unknown));
    }
    let now = app.clock.now();
    let received = web::block(move || -> Result<Result<ReceiveOutcome, Problem>, StoreError> {
        Ok(match wanted(&app, caller.account_id, form, now, false)? {
            Ok((new, file)) => Ok(lay_down(&app, &new, file, now)?),
            Err(flaws) => {
                let error = |(field, flaw): &(&'static str, ImportFlaw)| FieldError::new(*field, said(flaw));
                Err(Problem::fields(flaws.iter().map(error).collect()))
            }
        })
    });
    let received = received.await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    let (ReceiveOutcome::Received(import) | ReceiveOutcome::Known(import)) = received?;
    Ok(Reply::accepted(&ImportAnswer::from(*import)))
}

fn unknown(form: &Upload) -> Vec<FieldError> {
    let is_unknown = |name: &&String| !FIELDS.contains(&name.as_str());
    form.fields.keys().filter(is_unknown).map(|name| FieldError::new(name, "is not known here")).collect()
}

fn problem(error: UploadError) -> Problem {
    match error {
        UploadError::TooLarge => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The file or a field is too large."),
        UploadError::Broken(text) => Problem::new(StatusCode::BAD_REQUEST, text),
        UploadError::Disk(error) => StoreError::Unavailable(error.to_string()).into(),
    }
}

/// What is wrong with a field, in English.
fn said(flaw: &ImportFlaw) -> String {
    match flaw {
        ImportFlaw::Missing => "is needed".to_owned(),
        ImportFlaw::Unreadable => "cannot be read".to_owned(),
        ImportFlaw::NoList => "names no open list of the account".to_owned(),
        ImportFlaw::Origin(refusal) => refusal.to_string(),
        ImportFlaw::File(error) => error.to_string(),
        ImportFlaw::Unknown => "is not known here".to_owned(),
    }
}

pub(super) async fn all(app: Data<App>, caller: Caller, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<ImportId>());
    parameters.done()?;
    read(&app, move |conn| {
        let found = imports::page(conn, caller.account_id, cursor, limit + 1)?;
        Ok(Ok(Reply::ok(&Page::of(found, limit, |import| import.id.to_string(), ImportAnswer::from))))
    })
    .await
}

pub(super) async fn show(app: Data<App>, caller: Caller, id: PathId<ImportId>, mut parameters: Parameters) -> Told {
    let (limit, cursor) = (parameters.limit(), parameters.cursor::<i64>());
    parameters.done()?;
    read(&app, move |conn| {
        let Some(import) = imports::find(conn, caller.account_id, id.0)? else { return Ok(Err(Problem::not_found())) };
        let rows = imports::refused(conn, id.0, cursor.unwrap_or(0), limit + 1)?;
        let page = Page::of(rows, limit, |row| row.line.to_string(), RefusedRowAnswer::from);
        let import = ImportAnswer::from(import);
        Ok(Ok(Reply::ok(&ImportShown { import, refused_rows: page.items, next_cursor: page.next_cursor })))
    })
    .await
}

macro_rules! acts {
    ($($name:ident: $act:ident),+) => {$(
        pub(super) async fn $name(app: Data<App>, caller: Caller, id: PathId<ImportId>) -> Told {
            let now = app.clock.now();
            write(&app, move |conn| {
                Ok(told(imports::act(conn, (caller.account_id, id.0), Act::$act, caller.actor(), now)?))
            })
            .await
        }
    )+};
}
acts!(pause: Pause, resume: Resume, cancel: Cancel);

fn told(outcome: ActOutcome) -> Told {
    match outcome {
        ActOutcome::Done(import) => Ok(Reply::ok(&ImportAnswer::from(*import))),
        ActOutcome::NotThere => Err(Problem::not_found()),
        ActOutcome::NotNow => Err(Problem::conflict("The import stands where this cannot be done.")),
    }
}
