//! Stopping a campaign for a while or for good, going on, and changing how fast it goes: each changes one row.
//!
//! No delivery is touched. The claim reads the campaign's state and plan, and the worker skips, in chunks, what a
//! cancelled campaign left waiting.

use super::schedule::pace_reason;
use super::{Campaign, Reason, State, blocks, brakes, store};
use crate::clock::Timestamp;
use crate::pacing::{Pace, Plan};
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// What came of [`pause`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum PauseOutcome {
    /// It stands still. Pausing what is paused keeps the first reason.
    Paused(Campaign),
    /// It is a draft, finished or cancelled: there is nothing to pause.
    NotRunning(State),
    /// The account has no such campaign.
    NoSuch,
}

/// What came of [`resume`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum ResumeOutcome {
    /// It goes on where it stood, or waits for its start again.
    Resumed(Campaign),
    /// It is not paused.
    NotPaused(State),
    /// The account has no such campaign.
    NoSuch,
}

/// What came of [`cancel`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum CancelOutcome {
    /// Nothing more of it is sent. Cancelling twice is the same.
    Cancelled(Campaign),
    /// It is a draft or finished: there is nothing to cancel.
    NotRunning(State),
    /// The account has no such campaign.
    NoSuch,
}

/// What came of [`change_pace`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum PaceOutcome {
    /// What is left goes out at the new pace.
    Changed(Campaign),
    /// It would release nothing, or take longer than a campaign may last.
    Refused(Reason),
    /// It is a draft, finished or cancelled.
    NotRunning(State),
    /// The account has no such campaign.
    NoSuch,
}

/// Stops a campaign that is scheduled or being sent. What is in an SMTP transaction now still goes out.
///
/// # Errors
/// When the database cannot do it.
pub fn pause(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    reason: &str,
    now: Timestamp,
) -> Result<PauseOutcome, StoreError> {
    let Some(campaign) = store::find_held(conn, account_id, id)? else { return Ok(PauseOutcome::NoSuch) };
    match campaign.state {
        State::Draft | State::Finished | State::Cancelled => Ok(PauseOutcome::NotRunning(campaign.state)),
        State::Paused => Ok(PauseOutcome::Paused(campaign)),
        State::Scheduled | State::Sending => {
            let paused = Campaign {
                state: State::Paused,
                paused_reason: Some(reason.to_owned()),
                plan: running_plan(&campaign, |plan| plan.paused(now)),
                ..campaign.clone()
            };
            written(conn, paused, campaign.state).map(PauseOutcome::Paused)
        }
    }
}

/// Lets a paused campaign go on. The time it stood still is not caught up in a burst, and the brakes count anew from
/// the numbers of now.
///
/// # Errors
/// When the database cannot do it.
pub fn resume(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    now: Timestamp,
) -> Result<ResumeOutcome, StoreError> {
    // Before the campaign is taken, as where refusals are counted.
    if store::find(conn, account_id, id)?.is_some_and(|found| found.state == State::Paused) {
        blocks::forget(conn, id)?;
    }
    let Some(campaign) = store::find_held(conn, account_id, id)? else { return Ok(ResumeOutcome::NoSuch) };
    if campaign.state != State::Paused {
        return Ok(ResumeOutcome::NotPaused(campaign.state));
    }
    brakes::release(conn, id)?;
    let resumed = Campaign {
        state: if campaign.started_at.is_some() { State::Sending } else { State::Scheduled },
        paused_reason: None,
        plan: running_plan(&campaign, |plan| plan.resumed(now)),
        ..campaign
    };
    written(conn, resumed, State::Paused).map(ResumeOutcome::Resumed)
}

/// Stops a campaign for good.
///
/// # Errors
/// When the database cannot do it.
pub fn cancel(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    now: Timestamp,
) -> Result<CancelOutcome, StoreError> {
    let Some(campaign) = store::find_held(conn, account_id, id)? else { return Ok(CancelOutcome::NoSuch) };
    match campaign.state {
        State::Draft | State::Finished => Ok(CancelOutcome::NotRunning(campaign.state)),
        State::Cancelled => Ok(CancelOutcome::Cancelled(campaign)),
        State::Scheduled | State::Sending | State::Paused => {
            let before = campaign.state;
            let plan = running_plan(&campaign, |plan| plan.paused(now));
            let cancelled =
                Campaign { state: State::Cancelled, paused_reason: None, plan, finished_at: Some(now), ..campaign };
            written(conn, cancelled, before).map(CancelOutcome::Cancelled)
        }
    }
}

/// Sends what is left of a campaign faster or slower; within the hours that were planned.
///
/// # Errors
/// When the database cannot do it.
pub fn change_pace(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    pace: Pace,
    now: Timestamp,
) -> Result<PaceOutcome, StoreError> {
    let Some(campaign) = store::find_held(conn, account_id, id)? else { return Ok(PaceOutcome::NoSuch) };
    match campaign.state {
        State::Draft | State::Finished | State::Cancelled => Ok(PaceOutcome::NotRunning(campaign.state)),
        State::Scheduled | State::Sending | State::Paused => {
            let before = campaign.state;
            let begins = campaign.start_at.map_or(now, |start_at| start_at.max(now));
            let plan = campaign.plan.as_ref().map(|plan| match campaign.started_at {
                Some(_) => plan.with_pace(pace, plan.hours(), now),
                None => Plan::start(pace, plan.hours(), plan.audience(), begins),
            });
            if let Some(reason) = plan.as_ref().and_then(|plan| pace_reason(plan, begins)) {
                return Ok(PaceOutcome::Refused(reason));
            }
            written(conn, Campaign { plan, ..campaign }, before).map(PaceOutcome::Changed)
        }
    }
}

/// The plan after `change`; one that has not begun yet is left alone, because it is counted from its start.
fn running_plan(campaign: &Campaign, change: impl FnOnce(&Plan) -> Plan) -> Option<Plan> {
    campaign.plan.as_ref().map(|plan| if campaign.started_at.is_some() { change(plan) } else { plan.clone() })
}

/// Writes the one row; the use case holds it, so nobody can have moved it meanwhile.
fn written(conn: &mut Conn, campaign: Campaign, before: State) -> Result<Campaign, StoreError> {
    if store::move_on(conn, &campaign, before)? {
        return Ok(campaign);
    }
    Err(StoreError::Unavailable("the campaign moved on meanwhile".to_owned()))
}
