//! `/campaigns/{id}`: how far a campaign is, with the planned and the real curve, and each delivery with its reply.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use serde::Deserialize;

use super::compose::find;
use super::schedule_form::ScheduleForm;
use super::visit::{Id, Visit};
use crate::accounts::installation::relays::RelayStanding;
use crate::campaigns::brakes::{self, Standing};
use crate::campaigns::{self, AccountUse, Campaign, Counts, Hold, Minute, State, Why};
use crate::clock::Timestamp;
use crate::deliveries::{self, Delivery};
use crate::lists;
use crate::storage::{CampaignId, DeliveryId};
use crate::subscriptions::{self, LeaveReason};
use crate::texts::Texts;
use crate::web::curve::{self, Curve, Subject};
use crate::web::error::PageError;
use crate::web::health::relay_standing;
use crate::web::page::{self, Page, Place};

#[derive(Template)]
#[template(path = "admin/campaign.html")]
struct CampaignPage {
    page: Page,
    progress: Progress,
    list: String,
    pace: ScheduleForm,
    state: Option<deliveries::State>,
    deliveries: Vec<Delivery>,
    next: Option<DeliveryId>,
    /// Why people left after it, as far as they said.
    reasons: Vec<(LeaveReason, i64)>,
}

/// The part that redraws itself.
#[derive(Template)]
#[template(path = "admin/progress.html")]
struct ProgressPart {
    page: Page,
    progress: Progress,
}

/// How far a campaign is.
pub(super) struct Progress {
    pub(super) campaign: Campaign,
    pub(super) counts: Counts,
    pub(super) curve: Option<Curve>,
    pub(super) expected_end: Option<Timestamp>,
    /// What holds it back now, beside its plan, in sentences.
    pub(super) holds: Vec<String>,
    /// What a brake has to say of it.
    pub(super) brake: Option<Standing>,
    /// The shares that brakes look at, in a sentence.
    pub(super) shares: Option<String>,
}

impl Progress {
    /// Whether the page should look again by itself.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.campaign.state, State::Scheduled | State::Sending)
    }

    /// Whether a brake holds it.
    pub(super) fn is_braked(&self) -> bool {
        self.campaign.state == State::Paused && self.brake.is_some_and(|brake| brake.is_paused)
    }

    /// Whether all of it is done.
    pub(super) fn is_finished(&self) -> bool {
        self.campaign.state == State::Finished
    }

    pub(super) fn may_pause(&self) -> bool {
        self.is_moving()
    }

    pub(super) fn may_change(&self) -> bool {
        self.is_moving() || self.campaign.state == State::Paused
    }
}

/// Which deliveries are shown.
#[derive(Deserialize)]
pub(super) struct Query {
    state: Option<deliveries::State>,
    cursor: Option<DeliveryId>,
}

const ROWS: usize = 50;

pub(super) async fn show(
    visit: Visit,
    id: Id<CampaignId>,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let campaign = find(&visit, id.0).await?;
    let (account, state, cursor) = (visit.account_id()?, query.state, query.cursor);
    let (list_id, id, limit) = (campaign.list_id, campaign.id, i64::try_from(ROWS + 1).unwrap_or(i64::MAX));
    let (list, mut rows, reasons) = visit
        .read(move |conn| {
            let list = lists::find_even_closed(conn, account, list_id)?;
            let rows = deliveries::of_campaign(conn, id, state, cursor, limit)?;
            Ok((list, rows, subscriptions::reasons_of_campaign(conn, id)?))
        })
        .await?;
    let next = (rows.len() > ROWS).then(|| rows.get(ROWS - 1).map(|row| row.id)).flatten();
    rows.truncate(ROWS);
    let title = if campaign.content.subject.is_empty() {
        visit.texts().say("campaign-no-subject")
    } else {
        campaign.content.subject.clone()
    };
    let pace = campaign.plan.as_ref().map_or_else(ScheduleForm::default, ScheduleForm::of);
    Ok(page::show(&CampaignPage {
        page: visit.page(Place::Campaigns, title).await?,
        progress: progress(&visit, campaign).await?,
        list: list.map(|list| list.name).unwrap_or_default(),
        pace,
        state,
        deliveries: rows,
        next,
        reasons,
    }))
}

pub(super) async fn part(visit: Visit, id: Id<CampaignId>) -> Result<HttpResponse, PageError> {
    let campaign = find(&visit, id.0).await?;
    let progress = progress(&visit, campaign).await?;
    Ok(page::show(&ProgressPart { page: visit.page(Place::Campaigns, "").await?, progress }))
}

async fn progress(visit: &Visit, campaign: Campaign) -> Result<Progress, PageError> {
    let (copy, now, known) = (campaign.clone(), visit.now, visit.app.relay.clone());
    let (counts, minutes, (holds, relay), used, (brake, shares)) = visit
        .read(move |conn| {
            let (counts, minutes) = (campaigns::counts(conn, &copy)?, campaigns::curve(conn, copy.id)?);
            let used = campaigns::account_use(conn, copy.account_id, now)?;
            let brake = (brakes::standing(conn, copy.id)?, brakes::shares(conn, copy.account_id, copy.id)?);
            let holds = (campaigns::holds(conn, &copy, now)?, relay_standing(conn, &known, now)?);
            Ok((counts, minutes, holds, used, brake))
        })
        .await?;
    let mut holds = if campaign.is_going() { said(&holds, used, visit.texts()) } else { Vec::new() };
    if campaign.state == State::Sending && matches!(relay, RelayStanding::Away(_)) {
        holds.insert(0, visit.texts().say("hold-relay"));
    }
    let shares = brakes::say_shares(&shares.0, &shares.1, &visit.texts());
    let curve = draw(&campaign, &minutes, visit.now, visit.texts());
    let expected_end = campaigns::expected_end(&campaign);
    Ok(Progress { campaign, counts, curve, expected_end, holds, brake, shares })
}

/// What holds a campaign back, each in a sentence.
fn said(holds: &[Hold], used: AccountUse, texts: Texts) -> Vec<String> {
    let limit = used.waits_until.map(|until| texts.say1("hold-limit", "until", texts.moment(until)));
    limit.into_iter().chain(holds.iter().map(|hold| sentence(hold, texts))).collect()
}

fn sentence(hold: &Hold, texts: Texts) -> String {
    let lane = || ("lane", hold.lane.clone().into());
    let number = || ("number", texts.number(hold.waiting).into());
    let reply = || ("reply", hold.reply.clone().unwrap_or_default().into());
    match &hold.why {
        Why::Stopped(until) => {
            texts.say_with("hold-stopped", &[lane(), ("until", texts.moment(*until).into()), number(), reply()])
        }
        Why::Slowed(permille) => {
            texts.say_with("hold-slowed", &[lane(), ("percent", (permille / 10).into()), number(), reply()])
        }
        Why::Ceiling(hourly) => {
            texts.say_with("hold-ceiling", &[lane(), ("hourly", texts.number(*hourly).into()), number()])
        }
        Why::WarmUp { domain, ceiling, sent, until } => {
            let day = [
                lane(),
                ("domain", domain.clone().into()),
                ("ceiling", texts.number(*ceiling).into()),
                ("sent", texts.number(*sent).into()),
                number(),
            ];
            format!("{} {}", texts.say_with("hold-warm-up", &day), warm_up_until(*until, texts))
        }
    }
}

/// How long a warm-up probably goes on for a campaign.
pub(in crate::web) fn warm_up_until(until: Option<Timestamp>, texts: Texts) -> String {
    match until {
        Some(until) => texts.say1("warm-up-until", "day", texts.day(until - TimeDelta::seconds(1))),
        None => texts.say("warm-up-until-unknown"),
    }
}

/// The curve of a campaign that has a plan.
pub(super) fn draw(campaign: &Campaign, minutes: &[Minute], now: Timestamp, texts: Texts) -> Option<Curve> {
    let plan = campaign.plan.as_ref()?;
    let start = campaign.started_at.or(campaign.start_at)?;
    let real_until = campaign.started_at.map(|_| campaign.finished_at.unwrap_or(now));
    Some(curve::draw(&Subject { plan, start, minutes, real_until }, texts))
}
