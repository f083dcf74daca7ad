//! `/operator/lanes`: how each provider takes our mail now, and what the operator sets for it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::sending::WhyForm;
use super::warm_up::WarmUpPart;
use crate::deliveries::{backlog, queue};
use crate::pacing::lanes::{self, Override, OverrideOutcome};
use crate::pacing::{Ceilings, Standing, sent};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::web::admin::visit::{Sent, Visit};
use crate::web::error::PageError;
use crate::web::page::{self, Page, Place, see_other};

/// One lane as the page shows it.
pub(super) struct Row {
    name: String,
    title: String,
    standing: Standing,
    /// When it has its whole rate again, if nothing more happens.
    open_at: Option<Timestamp>,
    reply: Option<String>,
    /// What it takes now.
    now: Ceilings,
    /// What it takes while nothing slows it.
    whole: Ceilings,
    is_new: bool,
    set: Override,
    demands_tls: bool,
    sent: i64,
    waiting: i64,
    /// Accounts whose mail alone stands still in it.
    accounts: i64,
}

impl Row {
    fn state(&self) -> &'static str {
        match self.standing {
            Standing::Open => "open",
            Standing::Slowed(_) => "slowed",
            Standing::Stopped(_) => "stopped",
        }
    }

    fn percent(&self) -> i64 {
        self.standing.permille() / 10
    }

    fn until(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Open => None,
            Standing::Slowed(_) => self.open_at,
            Standing::Stopped(until) => Some(until),
        }
    }

    /// Whether there is something to open.
    fn may_open(&self) -> bool {
        self.standing != Standing::Open || self.accounts > 0
    }

    fn typed(count: &Option<impl ToString>) -> String {
        count.as_ref().map_or_else(String::new, |count| count.to_string())
    }
}

#[derive(Template)]
#[template(path = "operator/lanes.html")]
struct LanesPage {
    page: Page,
    rows: Vec<Row>,
    warm_up: WarmUpPart,
}

/// The part that redraws itself.
#[derive(Template)]
#[template(path = "operator/lanes_now.html")]
struct LanesPart {
    page: Page,
    rows: Vec<Row>,
}

fn rows(conn: &mut Conn, now: Timestamp) -> Result<Vec<Row>, StoreError> {
    let (all, of_accounts, waiting) = (lanes::all(conn)?, lanes::of_accounts(conn)?, backlog::by_lane(conn)?);
    let mut rows = Vec::new();
    let mut went = sent::of_lanes(conn, all.iter().map(|(name, _)| name), now)?;
    for (name, lane) in all.iter() {
        let stopped = of_accounts.iter().filter(|((_, own), found)| own == name && found.state.permille(now) < 1000);
        let standing = lane.state.standing(now);
        rows.push(Row {
            name: name.to_owned(),
            title: lane.provider.title.clone(),
            standing,
            open_at: lane.state.open_at(),
            reply: lane.reply.clone().filter(|_| standing != Standing::Open),
            now: lane.ceilings(now),
            whole: lane.whole_ceilings(now),
            is_new: lane.is_new(now),
            set: lane.set,
            demands_tls: lane.demands_tls(),
            sent: went.remove(name).unwrap_or(0),
            waiting: waiting.get(name).copied().unwrap_or(0),
            accounts: i64::try_from(stopped.count()).unwrap_or(i64::MAX),
        });
    }
    // What needs a look first, then what has most to do.
    rows.sort_by_key(|row| (row.standing == Standing::Open, -row.waiting, -row.sent, row.title.clone()));
    Ok(rows)
}

pub(super) async fn show(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let now = visit.now;
    let (rows, warm_up) = visit.read(move |conn| Ok((rows(conn, now)?, WarmUpPart::read(conn, now)?))).await?;
    let page = visit.page_of(Place::Operator, "lanes-title").await?;
    Ok(page::show(&LanesPage { page, rows, warm_up }))
}

pub(super) async fn part(visit: Visit) -> Result<HttpResponse, PageError> {
    visit.user.must_be_operator()?;
    let now = visit.now;
    let rows = visit.read(move |conn| rows(conn, now)).await?;
    Ok(page::show(&LanesPart { page: visit.page(Place::Operator, "").await?, rows }))
}

/// What holds in place of the table; an empty field is as the table says.
#[derive(Deserialize)]
pub(super) struct CeilingsForm {
    #[serde(default)]
    hourly: String,
    #[serde(default)]
    connections: String,
    #[serde(default)]
    messages: String,
    /// `yes`, `no`, or empty for what the table says.
    #[serde(default)]
    tls: String,
}

impl CeilingsForm {
    /// None when something in it is no count.
    fn read(&self) -> Option<Override> {
        Some(Override {
            hourly: typed_count(&self.hourly)?,
            connections: typed_count(&self.connections)?,
            messages: typed_count(&self.messages)?,
            demands_tls: match self.tls.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
        })
    }
}

/// An empty field is none; the outer none is for what is no count.
pub(super) fn typed_count<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    let text = text.trim();
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

pub(super) async fn set(lane: web::Path<String>, sent: Sent<CeilingsForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, lane) = (sent.visit.now, &sent.visit, lane.into_inner());
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(wanted) = sent.fields.read() else { return Ok(see_other("/operator/lanes?done=lane-bad-count")) };
    match visit.write(move |conn| lanes::set(conn, &lane, wanted, by, now)).await? {
        OverrideOutcome::Done => Ok(see_other("/operator/lanes?done=lane-set")),
        OverrideOutcome::TooLow => Ok(see_other("/operator/lanes?done=lane-bad-count")),
        OverrideOutcome::NoSuch => Err(PageError::NotFound),
    }
}

pub(super) async fn open(lane: web::Path<String>, sent: Sent<WhyForm>) -> Result<HttpResponse, PageError> {
    let (now, visit, lane) = (sent.visit.now, &sent.visit, lane.into_inner());
    visit.user.must_be_operator()?;
    let by = visit.user.actor();
    let Some(reason) = sent.fields.given() else { return Ok(see_other("/operator/lanes?done=needs-reason")) };
    match visit.write(move |conn| queue::open_lane(conn, &lane, &reason, by, now)).await? {
        OverrideOutcome::Done => Ok(see_other("/operator/lanes?done=lane-open")),
        OverrideOutcome::TooLow | OverrideOutcome::NoSuch => Err(PageError::NotFound),
    }
}
