//! The lanes of the installation, for the operator's programs.

use std::collections::BTreeMap;

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Moment, Reply, Told, read, write};
use super::body::{Body, Parameters, PathId};
use super::caller::OperatorCaller;
use super::fields::{Fields, Read};
use super::operator::Reason;
use super::problem::Problem;
use crate::app::App;
use crate::deliveries::{backlog, queue};
use crate::pacing::lanes::{self, Lane, Override, OverrideOutcome};
use crate::pacing::{Ceilings, Standing, sent};
use crate::storage::{Conn, StoreError, Timestamp};

/// What a lane takes at most.
#[derive(Serialize, ToSchema)]
#[schema(as = Ceilings)]
pub(super) struct CeilingsAnswer {
    /// Deliveries an hour from the whole installation; `null` for no ceiling.
    hourly: Option<i64>,
    /// Connections at the same time from one source address.
    connections: u32,
    /// Messages over one connection.
    messages: u32,
}

impl From<Ceilings> for CeilingsAnswer {
    fn from(ceilings: Ceilings) -> Self {
        let Ceilings { connections, messages, hourly } = ceilings;
        Self { hourly, connections, messages }
    }
}

/// A lane.
#[derive(Serialize, ToSchema)]
#[schema(as = Lane)]
pub(super) struct LaneAnswer {
    /// Its name.
    lane: String,
    /// Who receives.
    title: String,
    /// `open`, `slowed` or `stopped`.
    state: &'static str,
    /// Thousandths of its rate with which it goes now.
    permille: i64,
    /// Until when it stands still.
    stopped_until: Option<Moment>,
    /// When a reply last changed it.
    since: Option<Moment>,
    /// The reply that changed it.
    reply: Option<String>,
    /// What it takes now.
    ceilings: CeilingsAnswer,
    /// What it takes while nothing slows it.
    whole_ceilings: CeilingsAnswer,
    /// Whether the provider does not know us yet: then the table gives it a lower rate.
    is_new: bool,
    /// Whether mail goes over TLS only, where this installation delivers by itself.
    demands_tls: bool,
    /// Deliveries in the last hour.
    sent: i64,
    /// Deliveries of campaigns that wait.
    waiting: i64,
    /// Accounts whose mail alone is held back in it, by what was answered to theirs.
    held_accounts: i64,
}

/// Every lane.
#[derive(Serialize, ToSchema)]
#[schema(as = Lanes)]
pub(super) struct LanesAnswer {
    /// By name.
    lanes: Vec<LaneAnswer>,
}

/// What a lane takes at most; what is missing stays, `null` is as the built-in table says.
#[derive(ToSchema)]
#[schema(as = CeilingsChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct CeilingsSchema {
    /// Deliveries an hour from the whole installation.
    hourly: Option<i64>,
    /// Connections at the same time.
    connections: Option<i64>,
    /// Messages over one connection.
    messages: Option<i64>,
    /// Whether mail goes over TLS only, where this installation delivers by itself.
    demands_tls: Option<bool>,
}

pub(super) struct CeilingsChange {
    hourly: Option<Option<i64>>,
    connections: Option<Option<u32>>,
    messages: Option<Option<u32>>,
    demands_tls: Option<bool>,
}

impl Read for CeilingsChange {
    fn read(fields: &mut Fields) -> Option<Self> {
        let small = |count: Option<Option<i64>>| count.map(|count| count.and_then(|count| u32::try_from(count).ok()));
        Some(Self {
            hourly: fields.clearable_count("hourly"),
            connections: small(fields.clearable_count("connections")),
            messages: small(fields.clearable_count("messages")),
            demands_tls: fields.maybe_flag("demands_tls"),
        })
    }
}

fn answer(name: &str, lane: &Lane, (sent, waiting, held_accounts): (i64, i64, i64), now: Timestamp) -> LaneAnswer {
    let standing = lane.state.standing(now);
    let (state, stopped_until) = match standing {
        Standing::Open => ("open", None),
        Standing::Slowed(_) => ("slowed", None),
        Standing::Stopped(until) => ("stopped", Some(until)),
    };
    LaneAnswer {
        lane: name.to_owned(),
        title: lane.provider.title.clone(),
        state,
        permille: standing.permille(),
        stopped_until: stopped_until.map(Moment::from),
        since: lane.state.since().map(Moment::from),
        reply: lane.reply.clone(),
        ceilings: lane.ceilings(now).into(),
        whole_ceilings: lane.whole_ceilings(now).into(),
        is_new: lane.is_new(now),
        demands_tls: lane.demands_tls(),
        sent,
        waiting,
        held_accounts,
    }
}

fn answers(conn: &mut Conn, now: Timestamp) -> Result<Vec<LaneAnswer>, StoreError> {
    let (all, waiting) = (lanes::all(conn)?, backlog::by_lane(conn)?);
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    for ((_, lane), found) in lanes::of_accounts(conn)? {
        *held.entry(lane).or_default() += i64::from(found.state.standing(now) != Standing::Open);
    }
    let went = sent::of_lanes(conn, all.iter().map(|(name, _)| name), now)?;
    let of = |counts: &BTreeMap<String, i64>, name: &str| counts.get(name).copied().unwrap_or(0);
    Ok(all
        .iter()
        .map(|(name, lane)| answer(name, lane, (of(&went, name), of(&waiting, name), of(&held, name)), now))
        .collect())
}

pub(super) async fn all(app: Data<App>, _caller: OperatorCaller, parameters: Parameters) -> Told {
    parameters.done()?;
    let now = app.clock.now();
    read(&app, move |conn| Ok(Ok(Reply::ok(&LanesAnswer { lanes: answers(conn, now)? })))).await
}

/// The lane as it is now, or why nothing was done.
fn told(conn: &mut Conn, name: &str, outcome: OverrideOutcome, now: Timestamp) -> Result<Told, StoreError> {
    Ok(match outcome {
        OverrideOutcome::Done => {
            let found = answers(conn, now)?.into_iter().find(|answer| answer.lane == name);
            found.map(|answer| Reply::ok(&answer)).ok_or_else(Problem::not_found)
        }
        OverrideOutcome::TooLow => Err(Problem::field("hourly", "every ceiling is one at least")),
        OverrideOutcome::NoSuch => Err(Problem::not_found()),
    })
}

pub(super) async fn set(
    app: Data<App>,
    caller: OperatorCaller,
    lane: PathId<String>,
    body: Body<CeilingsChange>,
) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let before = lanes::all(conn)?.get(&lane.0).map(|found| found.set).unwrap_or_default();
        let wanted = Override {
            hourly: body.value.hourly.unwrap_or(before.hourly),
            connections: body.value.connections.unwrap_or(before.connections),
            messages: body.value.messages.unwrap_or(before.messages),
            demands_tls: body.value.demands_tls.or(before.demands_tls),
        };
        let outcome = lanes::set(conn, &lane.0, wanted, caller.actor(), now)?;
        told(conn, &lane.0, outcome, now)
    })
    .await
}

pub(super) async fn open(app: Data<App>, caller: OperatorCaller, lane: PathId<String>, body: Body<Reason>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let outcome = queue::open_lane(conn, &lane.0, &body.value.0, caller.actor(), now)?;
        told(conn, &lane.0, outcome, now)
    })
    .await
}
