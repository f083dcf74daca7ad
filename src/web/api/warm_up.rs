//! Warm-up of new senders, for the operator's programs.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Moment, Reply, Told, read, write};
use super::body::{Body, PathId};
use super::caller::OperatorCaller;
use super::fields::{Fields, Read};
use super::problem::Problem;
use crate::accounts;
use crate::accounts::warm_up::{self as words, Switch};
use crate::app::App;
use crate::mail::address::ascii_domain;
use crate::pacing::warm_up;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// Whether new senders are warmed up.
#[derive(Serialize, ToSchema)]
#[schema(as = WarmUp)]
pub(super) struct WarmUpAnswer {
    /// `on`, `off`, or `null`: then it is on where mail leaves for the receivers' own servers, and off with a relay.
    switch: Option<String>,
    /// Whether it is on.
    is_on: bool,
}

/// The warm-up of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountWarmUp)]
pub(super) struct AccountWarmUpAnswer {
    /// `on`, `off`, or `null` for what holds for the installation.
    switch: Option<String>,
    /// Whether it is on.
    is_on: bool,
    /// Sending domains that are taken as warm.
    warm_domains: Vec<String>,
    /// How far the others are with each provider that got something of them.
    lanes: Vec<RampAnswer>,
}

/// How far a sending domain is with a provider.
#[derive(Serialize, ToSchema)]
#[schema(as = WarmUpLane)]
pub(super) struct RampAnswer {
    /// The sending domain.
    domain: String,
    /// The provider's lane.
    lane: String,
    /// The most that goes today; `null` when it is warm.
    ceiling: Option<i64>,
    /// What was tried today.
    tried: i64,
    /// What was refused or returned for good today.
    hard: i64,
    /// What was put off today.
    deferred: i64,
    /// Complaints of today.
    complaints: i64,
    /// Since when it is warm.
    warm_at: Option<Moment>,
}

/// Whether new senders are warmed up.
#[derive(ToSchema)]
#[schema(as = WarmUpChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct WarmUpSchema {
    /// `on`, `off`, or `null` for neither.
    switch: Option<String>,
}

/// What shall change of the warm-up of an account; what is missing stays.
#[derive(ToSchema)]
#[schema(as = AccountWarmUpChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct AccountWarmUpSchema {
    /// `on`, `off`, or `null` for what holds for the installation.
    switch: Option<String>,
    /// A sending domain …
    domain: Option<String>,
    /// … that is taken as warm (`true`, also when missing), or begins anew (`false`).
    is_warm: Option<bool>,
}

pub(super) struct WarmUpChange(Option<Option<Switch>>);

impl Read for WarmUpChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self(switch(fields)))
    }
}

pub(super) struct AccountWarmUpChange {
    switch: Option<Option<Switch>>,
    domain: Option<(String, bool)>,
}

impl Read for AccountWarmUpChange {
    const IS_CHANGE: bool = true;

    fn read(fields: &mut Fields) -> Option<Self> {
        let (switch, domain) = (switch(fields), fields.maybe_text("domain"));
        let is_warm = fields.maybe_flag("is_warm").unwrap_or(true);
        if domain.as_ref().is_some_and(|domain| ascii_domain(domain.trim().trim_end_matches('.')).is_none()) {
            fields.refuse("domain", "is no domain");
        }
        Some(Self { switch, domain: domain.map(|domain| (domain, is_warm)) })
    }
}

/// The outer none stays as it is.
fn switch(fields: &mut Fields) -> Option<Option<Switch>> {
    let word = fields.clearable_text("switch")?;
    let read = word.as_deref().map(str::parse).transpose();
    if read.is_err() {
        fields.refuse("switch", "is none of on, off");
    }
    read.ok()
}

fn of_installation(conn: &mut Conn) -> Result<WarmUpAnswer, StoreError> {
    let chosen = words::chosen_by_installation(conn)?;
    Ok(WarmUpAnswer { switch: chosen.word.map(|word| word.to_string()), is_on: chosen.is_on() })
}

fn of_account(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Told, StoreError> {
    if accounts::find(conn, account)?.is_none() {
        return Ok(Err(Problem::not_found()));
    }
    let word = words::chosen_by_account(conn, account)?;
    let ramps = warm_up::on_record(conn, account, now)?;
    let lanes = ramps.iter().map(|(sender, ramp)| RampAnswer {
        domain: sender.domain.clone(),
        lane: sender.lane.clone(),
        ceiling: (!ramp.is_warm()).then_some(ramp.day.ceiling),
        tried: ramp.day.tried,
        hard: ramp.day.hard,
        deferred: ramp.day.deferred,
        complaints: ramp.day.complaints,
        warm_at: ramp.warm_at.map(Moment::from),
    });
    Ok(Ok(Reply::ok(&AccountWarmUpAnswer {
        switch: word.map(|word| word.to_string()),
        is_on: words::is_on(conn, account)?,
        warm_domains: ramps.taken_as_warm().map(|(_, domain)| domain.to_owned()).collect(),
        lanes: lanes.collect(),
    })))
}

pub(super) async fn show(app: Data<App>, _caller: OperatorCaller) -> Told {
    read(&app, move |conn| Ok(Ok(Reply::ok(&of_installation(conn)?)))).await
}

pub(super) async fn change(app: Data<App>, caller: OperatorCaller, body: Body<WarmUpChange>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        if let Some(word) = body.value.0 {
            warm_up::switch(conn, word, caller.actor(), now)?;
        }
        Ok(Ok(Reply::ok(&of_installation(conn)?)))
    })
    .await
}

pub(super) async fn show_account(app: Data<App>, _caller: OperatorCaller, id: PathId<AccountId>) -> Told {
    let now = app.clock.now();
    read(&app, move |conn| of_account(conn, id.0, now)).await
}

pub(super) async fn change_account(
    app: Data<App>,
    caller: OperatorCaller,
    id: PathId<AccountId>,
    body: Body<AccountWarmUpChange>,
) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let AccountWarmUpChange { switch, domain } = &body.value;
        if let Some(word) = switch {
            warm_up::switch_account(conn, id.0, *word, caller.actor(), now)?;
        }
        if let Some((domain, is_warm)) = domain {
            warm_up::set_domain(conn, id.0, (domain, *is_warm), caller.actor(), now)?;
        }
        of_account(conn, id.0, now)
    })
    .await
}
