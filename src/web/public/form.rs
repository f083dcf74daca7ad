//! The signup form: shown, filled in, answered.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, CONTENT_TYPE, HeaderValue,
    LOCATION, RETRY_AFTER,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use askama::Template;
use serde_json::json;

use super::filled::Filled;
use super::form_page::{Asked, form_page};
use super::origins::{with_origin, with_policy};
use super::problem::problem;
use super::reader::{Reader, circumstances};
use crate::app::App;
use crate::forms::{self, Form};
use crate::lists::{self, List};
use crate::mail::EmailAddress;
use crate::storage::FormId;
use crate::subscriptions::{self, Signup, SignupOutcome, Via};
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{Problems, show_with};

#[derive(Template)]
#[template(path = "public/check_inbox.html")]
struct CheckInbox<'a> {
    page: Reader,
    list: &'a List,
}

/// The hosted page.
pub(super) async fn show(
    app: web::Data<App>,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    let (form, list) = find(&app, &path).await?;
    Ok(form_page(&form, &list, &asked, &Filled::default(), Problems::default(), StatusCode::OK))
}

/// The form and its list, when both are open.
pub(super) async fn find(app: &App, id: &str) -> Result<(Form, List), PageError> {
    let id: FormId = id.parse().map_err(|_not_an_id| PageError::NotFound)?;
    let found = app
        .db
        .read(move |conn| {
            let Some(form) = forms::find_public(conn, id)? else { return Ok(None) };
            Ok(lists::find(conn, form.account_id, form.list_id)?.map(|list| (form, list)))
        })
        .await?;
    found.ok_or(PageError::NotFound)
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

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Page,
    Json,
}

/// A filled-in form. Whoever asks gets the same answer whatever is known of the address (CON-11).
pub(super) async fn take(
    app: web::Data<App>,
    req: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    body: web::Bytes,
) -> Result<HttpResponse, PageError> {
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
    let answer = match answer(&app, &req, &asked, (&form, &list), &filled, wire).await {
        Err(error) if is_json => told(&error),
        answer => answer?,
    };
    Ok(with_origin(answer, &req, &form))
}

/// The error as a program reads it; the cause is in the log and nobody else's.
fn told(error: &PageError) -> HttpResponse {
    let status = error.status_code();
    problem(status, status.canonical_reason().unwrap_or_default(), &[])
}

fn is_of(req: &HttpRequest, wanted: &str) -> bool {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
}

async fn answer(
    app: &App,
    req: &HttpRequest,
    asked: &Asked,
    (form, list): (&Form, &List),
    filled: &Filled,
    wire: Wire,
) -> Result<HttpResponse, PageError> {
    let texts = asked.choice.texts(form.wording.language);
    let signup = match judge(app, req, form, filled, texts) {
        Ok(signup) => signup,
        Err(errors) => return Ok(refused(form, list, asked, filled, &errors, wire)),
    };
    // A machine that fills in the trap gets the answer of a person.
    if !filled.trap.is_empty() {
        return Ok(taken(form, list, asked, wire));
    }
    let (keys, now) = (app.keys.clone(), app.clock.now());
    match app.db.write(move |conn| subscriptions::signup(conn, &keys, &signup, now)).await? {
        SignupOutcome::Asked(_) | SignupOutcome::Silent(_) => Ok(taken(form, list, asked, wire)),
        SignupOutcome::NoList => Err(PageError::NotFound),
        SignupOutcome::TooMany { retry_after_seconds } => too_many(texts, retry_after_seconds, wire),
    }
}

/// The signup, or what is wrong by field.
fn judge(
    app: &App,
    req: &HttpRequest,
    form: &Form,
    filled: &Filled,
    texts: Texts,
) -> Result<Signup, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let address = EmailAddress::parse(&filled.address)
        .map_err(|flaw| errors.push(("address".to_owned(), texts.say(flaw.key()))))
        .ok();
    let attributes = forms::check_answers(&form.wording, &filled.attributes, filled.is_consent_given)
        .map_err(|flaws| errors.extend(flaws.into_iter().map(|(field, flaw)| (field, texts.say(flaw.key())))))
        .ok();
    let (Some(address), Some(attributes)) = (address, attributes) else { return Err(errors) };
    Ok(Signup {
        account_id: form.account_id,
        list_id: form.list_id,
        address,
        attributes,
        form: Some((form.id, form.version)),
        wording: form.wording.consent_text.clone(),
        language: Some(form.wording.language),
        via: Via::Form,
        circumstances: circumstances(req, &app.settings),
        detail: String::new(),
    })
}

fn refused(
    form: &Form,
    list: &List,
    asked: &Asked,
    filled: &Filled,
    errors: &[(String, String)],
    wire: Wire,
) -> HttpResponse {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    match wire {
        Wire::Json => {
            let texts = asked.choice.texts(form.wording.language);
            problem(status, &texts.say("form-has-problems"), errors)
        }
        Wire::Page => {
            let mut problems = Problems::default();
            for (field, text) in errors {
                problems.add(field, text.clone());
            }
            form_page(form, list, asked, filled, problems, status)
        }
    }
}

fn taken(form: &Form, list: &List, asked: &Asked, wire: Wire) -> HttpResponse {
    match (wire, form.redirect_url.as_deref()) {
        (Wire::Json, _) => HttpResponse::Accepted().json(json!({ "status": "check_your_inbox" })),
        (Wire::Page, Some(target)) => HttpResponse::SeeOther().insert_header((LOCATION, target)).finish(),
        (Wire::Page, None) => {
            let texts = asked.choice.texts(form.wording.language);
            let page = CheckInbox { page: Reader::new(texts, texts.say("check-inbox-title"), ""), list };
            with_policy(show_with(StatusCode::OK, &page), form, asked.frame.is_some())
        }
    }
}

fn too_many(texts: Texts, retry_after: i64, wire: Wire) -> Result<HttpResponse, PageError> {
    if wire == Wire::Page {
        return Err(PageError::TooMany { retry_after });
    }
    let mut answer = problem(StatusCode::TOO_MANY_REQUESTS, &texts.say("error-too-many-line"), &[]);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after));
    Ok(answer)
}
