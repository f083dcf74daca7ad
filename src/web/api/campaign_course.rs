//! What makes a campaign move: its schedule, a pause, its end.

use actix_web::web::Data;
use utoipa::ToSchema;

use super::answer::{Reply, Told, write};
use super::body::{Body, PathId};
use super::caller::Caller;
use super::campaigns::answer;
use super::fields::{Fields, Read};
use super::problem::{FieldError, Problem};
use crate::app::App;
use crate::campaigns::{self, CancelOutcome, PauseOutcome, Reason, ResumeOutcome, Schedule, ScheduleOutcome};
use crate::clock::Timestamp;
use crate::pacing::{Hours, Pace};
use crate::storage::CampaignId;
use crate::texts::{Language, Texts};

/// The hours of the day in which a campaign may go out.
#[derive(ToSchema)]
#[schema(as = Hours)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct HoursSchema {
    /// When it opens, such as `08:00`.
    from: String,
    /// When it closes, such as `20:00`.
    to: String,
    /// Where the clock hangs, such as `Europe/Paris`.
    timezone: String,
}

/// When and how fast a campaign shall go out. Exactly one of `spread_over` and `per_hour`.
#[derive(ToSchema)]
#[schema(as = Schedule)]
#[expect(dead_code, reason = "the fields are read by hand; this is what the documentation shows")]
pub(super) struct ScheduleSchema {
    /// When the first delivery may go; now where it is missing.
    #[schema(format = DateTime)]
    start_at: Option<String>,
    /// All of it, evenly, in this much time, such as `PT4H`.
    #[schema(format = Duration)]
    spread_over: Option<String>,
    /// At most so many an hour.
    per_hour: Option<i64>,
    /// Only within these hours.
    hours: Option<HoursSchema>,
}

/// A schedule as it was asked for.
pub(super) struct WantedSchedule {
    start_at: Option<Timestamp>,
    pace: Pace,
    hours: Option<Hours>,
}

impl Read for WantedSchedule {
    fn read(fields: &mut Fields) -> Option<Self> {
        let start_at = fields.maybe_moment("start_at");
        let (spread_over, per_hour) = (fields.maybe_duration("spread_over"), fields.maybe_count("per_hour"));
        let hours = fields.maybe_object("hours");
        let pace = match (spread_over, per_hour) {
            (Some(seconds), None) => Pace::SpreadOver { seconds },
            (None, Some(count)) => Pace::PerHour { count },
            (Some(_), Some(_)) => {
                fields.refuse("per_hour", "cannot stand beside spread_over");
                return None;
            }
            (None, None) => {
                if fields.is_fine() {
                    fields.refuse("spread_over", "one of spread_over and per_hour is needed");
                }
                return None;
            }
        };
        Some(Self { start_at, pace, hours })
    }
}

impl Read for Hours {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (from, to, timezone) = (fields.text("from"), fields.text("to"), fields.text("timezone"));
        let (from, to, timezone) = (from?, to?, timezone?);
        for (name, text) in [("from", &from), ("to", &to)] {
            if Self::read(text, text, "UTC").is_none() {
                fields.refuse(name, "needs a time of day such as 08:00");
            }
        }
        if Self::read("08:00", "20:00", &timezone).is_none() {
            fields.refuse("timezone", "needs an IANA name such as Europe/Paris");
        }
        Self::read(&from, &to, &timezone)
    }
}

/// 422 with every reason.
pub(super) fn refused(reasons: &[Reason]) -> Problem {
    let texts = Texts(Language::ENGLISH);
    let errors = reasons.iter().map(|reason| FieldError::new(reason.field(), reason.say(texts))).collect();
    Problem { detail: "The campaign may not be sent yet.".to_owned(), ..Problem::fields(errors) }
}

pub(super) async fn schedule(
    app: Data<App>,
    caller: Caller,
    id: PathId<CampaignId>,
    body: Body<WantedSchedule>,
) -> Told {
    let WantedSchedule { start_at, pace, hours } = body.value;
    let allows_unverified_domains = app.settings.allows_unverified_domains;
    let (wanted, now) = (Schedule { start_at, pace, hours, allows_unverified_domains }, app.clock.now());
    write(&app, move |conn| {
        Ok(match campaigns::schedule(conn, caller.account_id, id.0, &wanted, now)? {
            ScheduleOutcome::Scheduled(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            ScheduleOutcome::Refused(reasons) => Err(refused(&reasons)),
            ScheduleOutcome::NotADraft(state) => {
                Err(Problem::conflict(format!("The campaign is {state}. Only a draft can be scheduled.")))
            }
            ScheduleOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn pause(app: Data<App>, caller: Caller, id: PathId<CampaignId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        Ok(match campaigns::pause(conn, caller.account_id, id.0, "paused through the API", now)? {
            PauseOutcome::Paused(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            PauseOutcome::NotRunning(state) => {
                Err(Problem::conflict(format!("The campaign is {state}. There is nothing to pause.")))
            }
            PauseOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn resume(app: Data<App>, caller: Caller, id: PathId<CampaignId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        Ok(match campaigns::resume(conn, caller.account_id, id.0, now)? {
            ResumeOutcome::Resumed(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            ResumeOutcome::NotPaused(state) => {
                Err(Problem::conflict(format!("The campaign is {state}. Only a paused one can be resumed.")))
            }
            ResumeOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}

pub(super) async fn cancel(app: Data<App>, caller: Caller, id: PathId<CampaignId>) -> Told {
    let now = app.clock.now();
    write(&app, move |conn| {
        Ok(match campaigns::cancel(conn, caller.account_id, id.0, now)? {
            CancelOutcome::Cancelled(campaign) => Ok(Reply::ok(&answer(conn, campaign)?)),
            CancelOutcome::NotRunning(state) => {
                Err(Problem::conflict(format!("The campaign is {state}. There is nothing to cancel.")))
            }
            CancelOutcome::NoSuch => Err(Problem::not_found()),
        })
    })
    .await
}
