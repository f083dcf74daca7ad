//! From a draft to a planned campaign, if nothing stands against it.

use chrono::TimeDelta;

use super::preflight::PaceField;
use super::{Campaign, Reason, Situation, State, preflight, store};
use crate::clock::Timestamp;
use crate::pacing::{Hours, Pace, Plan};
use crate::sending_domains;
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// The longest a campaign may be spread, and the furthest it may be planned ahead.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// When and how fast a campaign shall go out.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// When the first delivery may go; now when absent or past.
    pub start_at: Option<Timestamp>,
    /// How fast.
    pub pace: Pace,
    /// Only within these hours of the day.
    pub hours: Option<Hours>,
    /// Whether the operator lets unverified domains send; from the settings.
    pub allows_unverified_domains: bool,
}

/// What came of [`schedule`].
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each request, and it is matched at once")]
pub enum ScheduleOutcome {
    /// It waits for its start.
    Scheduled(Campaign),
    /// It may not be sent; every reason at once. It stays a draft.
    Refused(Vec<Reason>),
    /// It is no draft any more.
    NotADraft(State),
    /// The account has no such campaign.
    NoSuch,
}

/// Plans a draft, if nothing stands against it.
///
/// # Errors
/// When the database cannot do it.
pub fn schedule(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<ScheduleOutcome, StoreError> {
    let Some(campaign) = store::find_held(conn, account_id, id)? else { return Ok(ScheduleOutcome::NoSuch) };
    if campaign.state != State::Draft {
        return Ok(ScheduleOutcome::NotADraft(campaign.state));
    }
    let (mut reasons, confirmed) = judged(conn, &campaign, schedule.allows_unverified_domains)?;
    reasons.extend(schedule_reasons(schedule, confirmed, now));
    if !reasons.is_empty() {
        return Ok(ScheduleOutcome::Refused(reasons));
    }
    let start_at = schedule.start_at.map_or(now, |start_at| start_at.max(now));
    let scheduled = Campaign {
        state: State::Scheduled,
        start_at: Some(start_at),
        plan: Some(Plan::start(schedule.pace, schedule.hours, confirmed, start_at)),
        audience: confirmed,
        ..campaign
    };
    if store::move_on(conn, &scheduled, State::Draft)? {
        Ok(ScheduleOutcome::Scheduled(scheduled))
    } else {
        Err(StoreError::Unavailable("the campaign moved on meanwhile".to_owned()))
    }
}

/// Every reason why this campaign may not be sent as things stand; `None` when the account has no such campaign.
///
/// # Errors
/// When the database cannot do it.
pub fn readiness(
    conn: &mut Conn,
    account_id: AccountId,
    id: CampaignId,
    allows_unverified_domains: bool,
) -> Result<Option<Vec<Reason>>, StoreError> {
    let Some(campaign) = store::find(conn, account_id, id)? else { return Ok(None) };
    Ok(Some(judged(conn, &campaign, allows_unverified_domains)?.0))
}

/// The reasons against a campaign, and how many subscribers are confirmed now.
fn judged(
    conn: &mut Conn,
    campaign: &Campaign,
    allows_unverified_domains: bool,
) -> Result<(Vec<Reason>, i64), StoreError> {
    let standing = store::standing(conn, campaign)?;
    let from_domain = standing.from_address.receiving_domain();
    let reasons = preflight(&Situation {
        content: &campaign.content,
        is_list_closed: standing.is_list_closed,
        confirmed: standing.confirmed,
        from_domain,
        may_send_from_domain: sending_domains::may_send_from(
            conn,
            campaign.account_id,
            from_domain,
            allows_unverified_domains,
        )?,
        postal_address: &standing.postal_address,
        account_pause: standing.account_pause.as_deref(),
    });
    Ok((reasons, standing.confirmed))
}

/// What is wrong with the schedule itself.
fn schedule_reasons(schedule: &Schedule, audience: i64, now: Timestamp) -> Vec<Reason> {
    let begins = schedule.start_at.map_or(now, |start_at| start_at.max(now));
    let plan = Plan::start(schedule.pace, schedule.hours, audience, begins);
    let mut reasons: Vec<Reason> = pace_reason(&plan, begins).into_iter().collect();
    if schedule.start_at.is_some_and(|start_at| start_at.since(now) > LONGEST) {
        reasons.push(Reason::StartTooFar);
    }
    reasons
}

/// What is wrong with the pace of a plan that begins then: it has to release something, and to end, the closed hours
/// included.
pub(super) fn pace_reason(plan: &Plan, begins: Timestamp) -> Option<Reason> {
    let (amount, asked, field) = match plan.pace() {
        Pace::SpreadOver { seconds } => (seconds, seconds, PaceField::SpreadOver),
        Pace::PerHour { count } => (count, 0, PaceField::PerHour),
    };
    if amount <= 0 {
        return Some(Reason::PaceZero(field));
    }
    let lasts = plan.expected_end().since(begins).num_seconds();
    (asked.max(lasts) > LONGEST.num_seconds()).then_some(Reason::PaceTooSlow(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixty open days are a whole year of days with four open hours, and more than a year of those with three.
    #[test]
    fn the_closed_hours_count_for_the_longest_a_campaign_may_last() {
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        for (to, audience, key) in [
            ("12:00", 60 * 24, None),
            ("11:00", 60 * 24, Some("preflight-pace-too-slow")),
            ("08:01", 1_000_000, Some("preflight-pace-too-slow")),
        ] {
            let hours = Hours::read("08:00", to, "Europe/Paris");
            for pace in [Pace::PerHour { count: 1 }, Pace::SpreadOver { seconds: audience * 3600 }] {
                let plan = Plan::start(pace, hours, audience, now);
                assert_eq!(pace_reason(&plan, now).as_ref().map(Reason::key), key, "{to} {pace:?}");
            }
        }
    }

    #[test]
    fn a_schedule_has_to_release_something_and_to_end() {
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        let hour = 3600;
        for (pace, ahead_days, key) in [
            (Pace::SpreadOver { seconds: 4 * hour }, 0, None),
            (Pace::SpreadOver { seconds: 0 }, 0, Some("preflight-pace-zero")),
            (Pace::SpreadOver { seconds: 367 * 24 * hour }, 0, Some("preflight-pace-too-slow")),
            (Pace::PerHour { count: 1000 }, 0, None),
            (Pace::PerHour { count: 0 }, 0, Some("preflight-pace-zero")),
            (Pace::PerHour { count: 1 }, 0, Some("preflight-pace-too-slow")),
            (Pace::PerHour { count: 1000 }, 366, None),
            (Pace::PerHour { count: 1000 }, 367, Some("preflight-start-too-far")),
            (Pace::PerHour { count: 1000 }, -5, None),
        ] {
            let start_at = Some(now + TimeDelta::days(ahead_days));
            let schedule = Schedule { start_at, pace, hours: None, allows_unverified_domains: false };
            let keys: Vec<&str> = schedule_reasons(&schedule, 10_000, now).iter().map(Reason::key).collect();
            assert_eq!(keys, key.into_iter().collect::<Vec<_>>(), "{pace:?} {ahead_days}");
        }
    }
}
