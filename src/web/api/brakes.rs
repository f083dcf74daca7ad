//! The brakes: at which shares of dead addresses and complaints a campaign stops, and what the operator allows.

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Reply, Told, read, write};
use super::body::Body;
use super::caller::{Caller, OperatorCaller};
use super::fields::{Fields, Read};
use super::problem::{FieldError, Problem};
use crate::accounts::brakes::{self, Bounds, BoundsChange, Brakes, BrakesChange, OutOfBounds, SetOutcome};
use crate::app::App;

/// At which shares a campaign of the account stops. It is warned of at two fifths of the dead addresses, and at four
/// fifteenths of the complaints.
#[derive(Serialize, ToSchema)]
#[schema(as = Brakes)]
pub(super) struct BrakesAnswer {
    /// Dead addresses, in percent of what was sent.
    bounces_percent: f64,
    /// Complaints, in percent of what was sent.
    complaints_percent: f64,
    /// How many deliveries must have been sent before a share means anything.
    sample: i64,
}

impl From<Brakes> for BrakesAnswer {
    fn from(brakes: Brakes) -> Self {
        Self {
            bounces_percent: percent(brakes.bounces),
            complaints_percent: percent(brakes.complaints),
            sample: brakes.sample,
        }
    }
}

/// What shall change of the brakes; what is missing stays.
#[derive(ToSchema)]
#[schema(as = BrakesChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct BrakesChangeSchema {
    /// Dead addresses, in percent: at most what the operator allows.
    bounces_percent: Option<f64>,
    /// Complaints, in percent: at most what the operator allows.
    complaints_percent: Option<f64>,
    /// From 50 to 2000.
    sample: Option<i64>,
}

impl Read for BrakesChange {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self {
            bounces: fields.maybe_percent("bounces_percent"),
            complaints: fields.maybe_percent("complaints_percent"),
            sample: fields.maybe_count("sample"),
        })
    }
}

/// What the operator allows, and when soft bounces end a subscription.
#[derive(Serialize, ToSchema)]
#[schema(as = BrakeBounds)]
pub(super) struct BoundsAnswer {
    /// Dead addresses at which every campaign stops at the latest, in percent.
    bounces_percent: f64,
    /// Complaints at which every campaign stops at the latest, in percent.
    complaints_percent: f64,
    /// How many soft bounces, at most one a day, end a subscription.
    soft_bounces: i64,
    /// Over how many days at least.
    soft_bounce_days: i64,
}

impl From<Bounds> for BoundsAnswer {
    fn from(bounds: Bounds) -> Self {
        Self {
            bounces_percent: percent(bounds.bounces),
            complaints_percent: percent(bounds.complaints),
            soft_bounces: bounds.soft_bounces,
            soft_bounce_days: bounds.soft_bounce_days,
        }
    }
}

/// What shall change of the bounds; what is missing stays.
#[derive(ToSchema)]
#[schema(as = BrakeBoundsChange)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct BoundsChangeSchema {
    /// From 0.01 to 20.
    bounces_percent: Option<f64>,
    /// From 0.01 to 2.
    complaints_percent: Option<f64>,
    /// From 3 to 50.
    soft_bounces: Option<i64>,
    /// From 15 to 180.
    soft_bounce_days: Option<i64>,
}

impl Read for BoundsChange {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self {
            bounces: fields.maybe_percent("bounces_percent"),
            complaints: fields.maybe_percent("complaints_percent"),
            soft_bounces: fields.maybe_count("soft_bounces"),
            soft_bounce_days: fields.maybe_count("soft_bounce_days"),
        })
    }
}

/// Hundredths of a percent as percent. Exact to the second decimal, which is all there is.
fn percent(hundredths: i64) -> f64 {
    f64::from(i32::try_from(hundredths).unwrap_or(i32::MAX)) / 100.0
}

fn told<T>(outcome: SetOutcome<T>, answer: impl FnOnce(T) -> Reply) -> Told {
    match outcome {
        SetOutcome::Set(value) => Ok(answer(value)),
        SetOutcome::Refused(wrong) => Err(Problem::fields(wrong.into_iter().map(refused).collect())),
        SetOutcome::NoSuch => Err(Problem::not_found()),
    }
}

fn refused(wrong: OutOfBounds) -> FieldError {
    let OutOfBounds { field, least, most } = wrong;
    match field {
        "bounces" | "complaints" => FieldError::new(
            format!("{field}_percent"),
            format!("needs a number from {} to {}", percent(least), percent(most)),
        ),
        other => FieldError::new(other, format!("needs a number from {least} to {most}")),
    }
}

pub(super) async fn show(app: Data<App>, caller: Caller) -> Told {
    read(&app, move |conn| Ok(Ok(Reply::ok(&BrakesAnswer::from(brakes::of(conn, caller.account_id)?))))).await
}

pub(super) async fn change(app: Data<App>, caller: Caller, body: Body<BrakesChange>) -> Told {
    let (now, by) = (app.clock.now(), caller.actor());
    write(&app, move |conn| {
        let outcome = brakes::set(conn, caller.account_id, body.value, by, now)?;
        Ok(told(outcome, |brakes| Reply::ok(&BrakesAnswer::from(brakes))))
    })
    .await
}

pub(super) async fn show_bounds(app: Data<App>, _caller: OperatorCaller) -> Told {
    read(&app, move |conn| Ok(Ok(Reply::ok(&BoundsAnswer::from(brakes::bounds(conn)?))))).await
}

pub(super) async fn change_bounds(app: Data<App>, caller: OperatorCaller, body: Body<BoundsChange>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        let outcome = brakes::set_bounds(conn, body.value, caller.actor(), now)?;
        Ok(told(outcome, |bounds| Reply::ok(&BoundsAnswer::from(bounds))))
    })
    .await
}
