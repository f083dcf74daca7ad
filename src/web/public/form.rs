//! The signup form: shown, sent, answered.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, CONTENT_TYPE, RETRY_AFTER,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};

use super::filled::Filled;
use super::form_answer::{Answer, Sent, Wire};
use super::form_judge::{Judged, judge};
use super::form_page::{Asked, Back, Handed, form_page};
use super::origins::with_origin;
use super::problem::problem;
use crate::app::App;
use crate::forms::pass::{self, Pass};
use crate::forms::{self, Form};
use crate::keyring::random_bytes;
use crate::lists::{self, List};
use crate::storage::FormId;
use crate::subscriptions::{self, FormOutcome};
use crate::texts::Language;
use crate::web::error::PageError;
use crate::web::guard::Client;

/// The hosted page.
pub(super) async fn show(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let handed = hand(&app, &req, &form, Some(asked.language(&form))).await?;
    form_page(&form, &asked, &handed, &Back::default())
}

/// The form and its list, when both are open; brought up to date where what it shows has changed.
pub(super) async fn find(app: &App, id: &str) -> Result<(Form, List), PageError> {
    let id: FormId = id.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let found = app
        .db
        .read(move |conn| {
            let Some(form) = forms::find_public(conn, id)? else { return Ok(None) };
            let is_stale = forms::is_stale(conn, &form)?;
            Ok(lists::find(conn, form.account_id, form.list_id)?.map(|list| (form, list, is_stale)))
        })
        .await?;
    let (mut form, list, is_stale) = found.ok_or(PageError::NotFound)?;
    if is_stale {
        let now = app.clock.now();
        form = app.db.write(move |conn| forms::renew(conn, id, now)).await?.ok_or(PageError::NotFound)?;
    }
    Ok((form, list))
}

/// The pass for somebody who is shown the form, drawn by us with our own words in that language or by somebody else; and
/// the work that the form wants to see just now.
pub(super) async fn hand(
    app: &App,
    req: &HttpRequest,
    form: &Form,
    drawn_in: Option<Language>,
) -> Result<Handed, PageError> {
    let (keys, now, network) = (app.keys.clone(), app.clock.now(), Client::of(req, &app.settings).network);
    let place = (form.id, form.list_id, form.account_id);
    let demanded = app.db.read(move |conn| subscriptions::demanded_now(conn, &keys, place, &network, now)).await?;
    Ok(new_pass(app, form, (form.version, drawn_in), demanded.map_or(0, |demand| demand.bits)))
}

/// A pass that says which version was shown, and in which language of ours where we drew it.
pub(super) fn new_pass(app: &App, form: &Form, (version, language): (i32, Option<Language>), bits: u8) -> Handed {
    let pass = Pass { version, bits, language, issued_at: app.clock.now() };
    Handed { pass: pass::issue(&app.keys, form.id, pass, random_bytes()), bits }
}

/// What a browser asks before a script of another page may post JSON (CORS).
pub(super) async fn preflight(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (form, _) = find(&app, &path).await?;
    let answer = HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "content-type"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
        .finish();
    Ok(with_origin(answer, &req, &form))
}

/// A filled-in form. Whoever asks gets the same answer whatever is known of the address (CON-11).
pub(super) async fn take(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
    let began = tokio::time::Instant::now();
    let is_json = is_of(&req, "application/json");
    let (form, list) = match find(&app, &path).await {
        // A program reads no page.
        Err(error) if is_json => return Ok(told(&error)),
        found => found?,
    };
    if is_of(&req, "multipart/form-data") {
        let detail = "Send application/x-www-form-urlencoded or application/json.";
        return Ok(with_origin(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, &[]), &req, &form));
    }
    let (wire, filled) = if is_json {
        let Some(filled) = Filled::from_json(&body) else {
            let answer = problem(StatusCode::BAD_REQUEST, "The body is no JSON object.", &[]);
            return Ok(with_origin(answer, &req, &form));
        };
        (Wire::Json, filled)
    } else {
        (Wire::Page, Filled::from_urlencoded(&body))
    };
    let sent = Sent { app: &app, req: &req, form: &form, list: &list, asked: &asked, filled: &filled, wire };
    let answer = match answer(&sent, began).await {
        Err(error) if is_json => told(&error),
        answer => answer?,
    };
    Ok(with_origin(answer, &req, &form))
}

/// The error as a program reads it; the cause is in the log and nobody else's.
fn told(error: &PageError) -> HttpResponse {
    let status = error.status_code();
    let mut answer = problem(status, status.canonical_reason().unwrap_or_default(), &[]);
    if let Some(wait) = error.error_response().headers().get(RETRY_AFTER) {
        answer.headers_mut().insert(RETRY_AFTER, wait.clone());
    }
    answer
}

fn is_of(req: &HttpRequest, wanted: &str) -> bool {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}

async fn answer(sent: &Sent<'_>, began: tokio::time::Instant) -> Result<HttpResponse, PageError> {
    let signup = match judge(sent).await? {
        Judged::Fine(signup) => *signup,
        Judged::Back { problems, suggestion } => {
            let handed = hand(sent.app, sent.req, sent.form, Some(sent.asked.language(sent.form))).await?;
            return sent.say(Answer::Back { problems, suggestion, handed });
        }
    };
    // A machine that fills in the trap gets the answer of a person.
    let outcome = if sent.filled.trap.is_empty() {
        let (keys, now) = (sent.app.keys.clone(), sent.app.clock.now());
        sent.app.db.write(move |conn| subscriptions::signup_by_form(conn, &keys, &signup, now)).await?
    } else {
        FormOutcome::Taken
    };
    tokio::time::sleep_until(when(began)).await;
    sent.say(match outcome {
        FormOutcome::Taken => Answer::Taken,
        FormOutcome::Demanded { demand, is_spent } => Answer::Demanded { demand, is_spent },
        FormOutcome::NoList => return Err(PageError::NotFound),
        FormOutcome::TooMany { retry_after_seconds } => Answer::TooMany { retry_after_seconds },
    })
}

/// Answers leave on this beat, counted from the request: more work is done for an address that is new than for one that is
/// known, and nobody can tell by the clock (CON-11).
const BEAT: std::time::Duration = std::time::Duration::from_millis(50);

/// The next beat.
fn when(began: tokio::time::Instant) -> tokio::time::Instant {
    let beats = began.elapsed().as_millis() / BEAT.as_millis() + 1;
    began + BEAT * u32::try_from(beats).unwrap_or(1)
}
