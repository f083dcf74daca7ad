//! `/operator/reports/{id}`: one message that came in, as text. Nothing in it is run, fetched or followed.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use askama::Template;

use super::sending::WhyForm;
use crate::bounces::inbound_messages::unmatched::{self, Kept, Unmatched};
use crate::bounces::inbound_messages::{DismissOutcome, ReleaseOutcome, State, dismiss, release};
use crate::mail::inbound;
use crate::storage::InboundMessageId;
use crate::web::admin::visit::{Id, Sent, Visit};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, see_other};

/// Most bytes of a message that are shown; the file has it all.
const SHOWN: usize = 200 * 1024;

#[derive(Template)]
#[template(path = "operator/report.html")]
struct ReportPage {
    page: Page,
    row: Unmatched,
    /// What a person reads of it; empty where it is no message.
    prose: String,
    /// The message as it came in; empty when its time is over.
    source: String,
    is_cut: bool,
    /// It waits for an operator's word, and may act.
    may_release: bool,
    /// It waits for an operator's word, and may be dismissed.
    may_dismiss: bool,
}

pub(super) async fn show(visit: Visit, id: Id<i64>) -> Result<HttpResponse, PageError> {
    let Kept { row, message } = find(&visit, id).await?;
    let is_message = row.channel.provider().is_none();
    let (prose, source, is_cut) = tokio::task::spawn_blocking(move || {
        let shown = message.get(..SHOWN).unwrap_or(&message);
        let prose = if is_message { inbound::read(shown).map(|read| read.prose) } else { None };
        (prose.unwrap_or_default(), String::from_utf8_lossy(shown).into_owned(), message.len() > SHOWN)
    })
    .await
    .map_err(|error| PageError::Broken(error.to_string()))?;
    let page = visit.page_of(Place::Operator, "report-title").await?;
    let may_dismiss = row.state == State::Quarantined;
    let may_release = may_dismiss && !source.is_empty();
    Ok(page::show(&ReportPage { page, row, prose, source, is_cut, may_release, may_dismiss }))
}

/// Lets a complaint act whose reporter is not known.
pub(super) async fn let_act(id: Id<i64>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(reason) = sent.fields.given() else {
        return Ok(see_other(&format!("/operator/reports/{}?done=needs-reason", id.0)));
    };
    match visit.write(move |conn| release(conn, InboundMessageId(id.0), &reason, by, now)).await? {
        ReleaseOutcome::Released => Ok(see_other("/operator/reports?done=report-released")),
        ReleaseOutcome::NoSuch => Err(PageError::NotFound),
    }
}

/// Sets a complaint aside for good whose reporter is not known.
pub(super) async fn set_aside(id: Id<i64>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit) = (sent.visit.now, &sent.visit);
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(reason) = sent.fields.given() else {
        return Ok(see_other(&format!("/operator/reports/{}?done=needs-reason", id.0)));
    };
    match visit.write(move |conn| dismiss(conn, InboundMessageId(id.0), &reason, by, now)).await? {
        DismissOutcome::Dismissed => Ok(see_other("/operator/reports?done=report-dismissed")),
        DismissOutcome::NoSuch => Err(PageError::NotFound),
    }
}

/// The message as a file: a browser saves it and shows nothing of it.
pub(super) async fn download(visit: Visit, id: Id<i64>) -> Result<HttpResponse, PageError> {
    let Kept { row, message } = find(&visit, id).await?;
    if message.is_empty() {
        return Err(PageError::NotFound);
    }
    let name = DispositionParam::Filename(format!("report-{}.eml", row.id));
    let as_file = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![name] };
    Ok(HttpResponse::Ok().content_type("message/rfc822").insert_header(as_file).body(message))
}

async fn find(visit: &Visit, id: Id<i64>) -> Result<Kept, PageError> {
    visit.user.must_be_operator()?;
    let found = visit.read(move |conn| unmatched::find(conn, InboundMessageId(id.0))).await?;
    found.ok_or(PageError::NotFound)
}
