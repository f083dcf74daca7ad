//! After leaving: the way back for a mistaken click, and one optional question.
//!
//! A forwarded mail carries the link too, so that this page shows and opens nothing more than leaving.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::asked::asked_page;
use super::reader::{Choice, Reader, circumstances};
use super::unsubscribe::{first_part, left, open};
use crate::app::App;
use crate::lists::List;
use crate::subscriptions::{self, AgainOutcome, LONGEST_COMMENT, LeaveReason};
use crate::texts::Language;
use crate::web::error::PageError;
use crate::web::page::show_with;

#[derive(Template)]
#[template(path = "public/left.html")]
struct LeftPage {
    page: Reader,
    left: Option<Left>,
    /// What was said on this page, once.
    notice: Option<String>,
    /// `/unsubscribe/TOKEN`, and what chooses the language.
    path: String,
    query: String,
    longest_comment: usize,
}

impl LeftPage {
    /// The answers to choose from.
    fn reasons(&self) -> Vec<(&'static str, String)> {
        let say = |reason: &LeaveReason| self.page.say(&format!("leave-reason-{}", reason.word().replace('_', "-")));
        LeaveReason::ALL.iter().map(|reason| (reason.word(), say(reason))).collect()
    }
}

/// What the page after the act shows.
pub(super) struct Left {
    pub(super) list: List,
    pub(super) sender: String,
    pub(super) is_all: bool,
    /// Whether the person has other lists of the same sender, which the same link ends.
    pub(super) has_others: bool,
}

/// The page; with a notice the question was answered and is not asked again.
pub(super) fn left_page(choice: &Choice, token: &str, left: Option<Left>, notice: Option<&str>) -> HttpResponse {
    let texts = choice.texts(left.as_ref().map_or(Language::ENGLISH, |left| left.list.language));
    let page = LeftPage {
        page: Reader::new(texts, texts.say("left-title"), ""),
        left,
        notice: notice.map(|key| texts.say(key)),
        path: format!("/unsubscribe/{token}"),
        query: choice.query(),
        longest_comment: LONGEST_COMMENT,
    };
    show_with(StatusCode::OK, &page)
}

/// Why somebody left.
#[derive(Debug, Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    comment: String,
}

/// Keeps the answer. A comment without a choice is "something else"; an empty answer is none.
pub(super) async fn why(
    app: web::Data<App>,
    token: web::Path<String>,
    choice: web::Query<Choice>,
    form: web::Form<Why>,
) -> Result<HttpResponse, PageError> {
    let (id, now, told) = (open(&app.keys, &token)?, app.clock.now(), form.into_inner());
    let reason = told.reason.and_then(|word| word.parse::<LeaveReason>().ok());
    let reason = reason.or_else(|| (!told.comment.trim().is_empty()).then_some(LeaveReason::Other));
    let left = app
        .db
        .write(move |conn| {
            if let Some(reason) = reason {
                subscriptions::tell_why(conn, id, reason, &told.comment, now)?;
            }
            left(conn, id, false)
        })
        .await?;
    Ok(left_page(&choice, first_part(&token), left, reason.map(|_| "left-thanks")))
}

/// It was a mistake: the list is asked for again, and a mail asks for the confirmation as the first time (CON-13).
pub(super) async fn undo(
    app: web::Data<App>,
    req: HttpRequest,
    token: web::Path<String>,
    choice: web::Query<Choice>,
) -> Result<HttpResponse, PageError> {
    let (id, keys) = (open(&app.keys, &token)?, app.keys.clone());
    let (now, from) = (app.clock.now(), circumstances(&req, &app.settings));
    let (outcome, left) = app
        .db
        .write(move |conn| Ok((subscriptions::ask_again(conn, &keys, id, &from, now)?, left(conn, id, false)?)))
        .await?;
    match (outcome, left) {
        (AgainOutcome::Taken, Some(left)) => Ok(asked_page(choice.texts(left.list.language), &left.list)),
        (_, left) => Ok(left_page(&choice, first_part(&token), left, Some("left-no-way-back"))),
    }
}
