//! Pausing, resuming, cancelling a campaign, and changing its pace.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::schedule_form::ScheduleForm;
use super::sign_in::Nothing;
use super::visit::{Id, Sent};
use crate::campaigns::{self, CancelOutcome, PaceOutcome, PauseOutcome, Reason, ResumeOutcome};
use crate::storage::CampaignId;
use crate::web::error::PageError;
use crate::web::page::{Problems, see_other};

/// Why.
#[derive(Deserialize)]
pub(super) struct PauseForm {
    #[serde(default)]
    reason: String,
}

pub(super) async fn pause(id: Id<CampaignId>, sent: Sent<PauseForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let (account, reason) = (visit.account_id()?, sent.fields.reason.trim().to_owned());
    match visit.write(move |conn| campaigns::pause(conn, account, id, &reason, now)).await? {
        PauseOutcome::Paused(_) => Ok(back(id, "paused")),
        PauseOutcome::NotRunning(_) => Ok(back(id, "not-running")),
        PauseOutcome::NoSuch => Err(PageError::NotFound),
    }
}

pub(super) async fn resume(id: Id<CampaignId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let account = visit.account_id()?;
    match visit.write(move |conn| campaigns::resume(conn, account, id, now)).await? {
        ResumeOutcome::Resumed(_) => Ok(back(id, "resumed")),
        ResumeOutcome::NotPaused(_) => Ok(back(id, "not-running")),
        ResumeOutcome::NoSuch => Err(PageError::NotFound),
    }
}

pub(super) async fn cancel(id: Id<CampaignId>, sent: Sent<Nothing>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let account = visit.account_id()?;
    match visit.write(move |conn| campaigns::cancel(conn, account, id, now)).await? {
        CancelOutcome::Cancelled(_) => Ok(back(id, "cancelled")),
        CancelOutcome::NotRunning(_) => Ok(back(id, "not-running")),
        CancelOutcome::NoSuch => Err(PageError::NotFound),
    }
}

pub(super) async fn change_pace(id: Id<CampaignId>, sent: Sent<ScheduleForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, id) = (sent.visit.now, sent.visit, id.0);
    let account = visit.account_id()?;
    let pace = sent.fields.pace(&mut Problems::default(), visit.texts());
    let Some(pace) = pace else { return Ok(back(id, "bad-pace")) };
    match visit.write(move |conn| campaigns::change_pace(conn, account, id, pace, now)).await? {
        PaceOutcome::Changed(_) => Ok(back(id, "pace-changed")),
        PaceOutcome::Refused(Reason::PaceTooSlow(_)) => Ok(back(id, "pace-too-slow")),
        PaceOutcome::Refused(_) => Ok(back(id, "bad-pace")),
        PaceOutcome::NotRunning(_) => Ok(back(id, "not-running")),
        PaceOutcome::NoSuch => Err(PageError::NotFound),
    }
}

fn back(id: CampaignId, done: &str) -> HttpResponse {
    see_other(&format!("/campaigns/{id}?done={done}"))
}
