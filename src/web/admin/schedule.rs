//! `/campaigns/{id}/schedule`: when and how fast, with the planned curve and every reason against it at once.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::campaign::warm_up_until;
use super::compose::find;
use super::schedule_form::ScheduleForm;
use super::visit::{Id, Sent, Visit, again};
use crate::campaigns::{self, Campaign, Forecast, Reason, Schedule, ScheduleOutcome, State};
use crate::clock::Timestamp;
use crate::pacing::{Hours, Plan};
use crate::storage::CampaignId;
use crate::subscriptions;
use crate::web::curve::{self, Curve, Subject};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, Problems, see_other};

#[derive(Template)]
#[template(path = "admin/schedule.html")]
struct SchedulePage {
    page: Page,
    campaign: Campaign,
    typed: ScheduleForm,
    problems: Problems,
    reasons: Vec<String>,
    /// What makes it slower than the plan: the warm-up of its sender.
    notes: Vec<String>,
    planned: Option<Planned>,
    audience: i64,
    timezones: Vec<&'static str>,
}

/// What a schedule would do.
struct Planned {
    curve: Curve,
    start: Timestamp,
    end: Timestamp,
}

/// The curve alone, for the script that redraws it.
#[derive(Template)]
#[template(path = "admin/planned.html")]
struct PlannedPart {
    page: Page,
    audience: i64,
    planned: Option<Planned>,
}

pub(super) async fn show(
    visit: Visit,
    id: Id<CampaignId>,
    query: web::Query<ScheduleForm>,
) -> Result<HttpResponse, PageError> {
    let campaign = find(&visit, id.0).await?;
    if campaign.state != State::Draft {
        return Ok(see_other(&format!("/campaigns/{}", campaign.id)));
    }
    let is_first = !visit.has_query("pace");
    let typed = if is_first { ScheduleForm::suggested(visit.texts()) } else { query.into_inner() };
    Ok(page::show(&schedule_page(&visit, campaign, typed, Vec::new()).await?))
}

pub(super) async fn curve(
    visit: Visit,
    id: Id<CampaignId>,
    query: web::Query<ScheduleForm>,
) -> Result<HttpResponse, PageError> {
    let campaign = find(&visit, id.0).await?;
    let audience = expected_audience(&visit, &campaign).await?;
    let schedule = read(&visit, &query).ok();
    let planned = schedule.map(|schedule| plan(&visit, &schedule, audience));
    Ok(page::show(&PlannedPart { page: visit.page(Place::Campaigns, "").await?, audience, planned }))
}

pub(super) async fn schedule(id: Id<CampaignId>, sent: Sent<ScheduleForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, typed, id) = (sent.visit.now, sent.visit, sent.fields, id.0);
    let (account, campaign) = (visit.account_id()?, find(&visit, id).await?);
    let Ok(wanted) = read(&visit, &typed) else { return refuse(&visit, campaign, typed, Vec::new()).await };
    match visit.write(move |conn| campaigns::schedule(conn, account, id, &wanted, now)).await? {
        ScheduleOutcome::Scheduled(_) => Ok(see_other(&format!("/campaigns/{id}?done=scheduled"))),
        ScheduleOutcome::Refused(reasons) => refuse(&visit, campaign, typed, reasons).await,
        ScheduleOutcome::NotADraft(_) => Ok(see_other(&format!("/campaigns/{id}?done=no-draft"))),
        ScheduleOutcome::NoSuch => Err(PageError::NotFound),
    }
}

async fn refuse(
    visit: &Visit,
    campaign: Campaign,
    typed: ScheduleForm,
    reasons: Vec<Reason>,
) -> Result<HttpResponse, PageError> {
    let page = schedule_page(visit, campaign, typed, reasons).await?;
    let mut problems = page.problems.clone();
    problems.add("schedule", "refused");
    Ok(again(&problems, &page))
}

fn read(visit: &Visit, typed: &ScheduleForm) -> Result<Schedule, Problems> {
    typed.read(visit.app.settings.allows_unverified_domains, visit.texts())
}

async fn schedule_page(
    visit: &Visit,
    campaign: Campaign,
    typed: ScheduleForm,
    refused: Vec<Reason>,
) -> Result<SchedulePage, PageError> {
    let (account, id, allows) = (visit.account_id()?, campaign.id, visit.app.settings.allows_unverified_domains);
    let audience = expected_audience(visit, &campaign).await?;
    let standing = visit.read(move |conn| campaigns::readiness(conn, account, id, allows)).await?;
    let mut reasons = standing.unwrap_or_default();
    reasons.extend(refused);
    let (problems, hours, planned) = match read(visit, &typed) {
        Ok(schedule) => (Problems::default(), schedule.hours, Some(plan(visit, &schedule, audience))),
        Err(problems) => (problems, None, None),
    };
    let notes = warm_up_notes(visit, &campaign, hours).await?;
    let mut sentences: Vec<String> = reasons.iter().map(|reason| reason.say(visit.texts())).collect();
    let mut seen = std::collections::HashSet::new();
    sentences.retain(|sentence| seen.insert(sentence.clone()));
    Ok(SchedulePage {
        page: visit.page_of(Place::Campaigns, "schedule-title").await?,
        campaign,
        typed,
        problems,
        reasons: sentences,
        notes,
        planned,
        audience,
        timezones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/')).collect(),
    })
}

/// What each provider that does not know the sender yet takes of it.
async fn warm_up_notes(visit: &Visit, campaign: &Campaign, hours: Option<Hours>) -> Result<Vec<String>, PageError> {
    let (account, list, now, texts) = (visit.account_id()?, campaign.list_id, visit.now, visit.texts());
    let forecasts = visit.read(move |conn| campaigns::forecast(conn, (account, list), hours, now)).await?;
    let note = |forecast: Forecast| {
        let said = texts.say_with(
            "warm-up-note",
            &[
                ("lane", forecast.provider.into()),
                ("domain", forecast.domain.into()),
                ("ceiling", texts.number(forecast.ceiling).into()),
                ("number", texts.number(forecast.readers).into()),
            ],
        );
        format!("{said} {}", warm_up_until(forecast.until, texts))
    };
    Ok(forecasts.into_iter().map(note).collect())
}

async fn expected_audience(visit: &Visit, campaign: &Campaign) -> Result<i64, PageError> {
    let (account, list) = (visit.account_id()?, campaign.list_id);
    Ok(visit.read(move |conn| subscriptions::counts(conn, account, list)).await?.confirmed)
}

fn plan(visit: &Visit, schedule: &Schedule, audience: i64) -> Planned {
    let start = schedule.start_at.map_or(visit.now, |start| start.max(visit.now));
    let plan = Plan::start(schedule.pace, schedule.hours, audience, start);
    let subject = Subject { plan: &plan, start, minutes: &[], real_until: None };
    Planned { curve: curve::draw(&subject, visit.texts()), start, end: plan.expected_end() }
}
