//! What holds a campaign back now, beside its own plan: lanes that take less than it wants, and the account's limits.

use super::start::lanes::{fronts, waiting_below};
use super::warming::Warming;
use super::{Campaign, State};
use crate::accounts;
use crate::clock::Timestamp;
use crate::pacing::lanes;
use crate::pacing::sent::{self, Limits};
use crate::pacing::{Plan, Standing};
use crate::storage::{AccountId, Conn, StoreError};

/// Why a lane takes less than the campaign wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It stands still until then.
    Stopped(Timestamp),
    /// It goes at so many thousandths of its rate.
    Slowed(i64),
    /// It takes so many an hour, of all accounts together.
    Ceiling(i64),
    /// It does not know the sender yet.
    WarmUp {
        /// The domain of the sender.
        domain: String,
        /// The most that goes today.
        ceiling: i64,
        /// What went today.
        sent: i64,
        /// When the last of the campaign has gone, if every day stays quiet; none when that is too far away to say.
        until: Option<Timestamp>,
    },
}

/// A lane that holds a campaign back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who receives.
    pub lane: String,
    /// Why it takes less.
    pub why: Why,
    /// How many deliveries the plan has released and the lane has not taken.
    pub waiting: i64,
    /// The reply that did it.
    pub reply: Option<String>,
}

/// The lanes that hold a campaign back; none while it is not being sent.
///
/// # Errors
/// When the database cannot be read.
pub fn holds(conn: &mut Conn, campaign: &Campaign, now: Timestamp) -> Result<Vec<Hold>, StoreError> {
    let (State::Sending, Some(plan), Some(_)) = (campaign.state, &campaign.plan, campaign.frozen_at) else {
        return Ok(Vec::new());
    };
    let (all, mut of_account) = (lanes::all(conn)?, lanes::of_account(conn, campaign.account_id)?);
    let warming = Warming::of(conn, (campaign.account_id, campaign.id), now)?;
    let released = plan.released(now);
    let mut holds = Vec::new();
    for front in
        fronts(conn, campaign.id)?.into_iter().filter(|front| front.first.is_some_and(|first| first < released))
    {
        let Some(lane) = all.get(&front.lane) else { continue };
        let own = of_account.remove(&(campaign.account_id, front.lane.clone()));
        let own_standing = own.as_ref().map_or(Standing::Open, |own| own.state.standing(now));
        let standing = lane.state.standing(now).slower(own_standing);
        let waiting = waiting_below(conn, campaign.id, &front.lane, released)?;
        let why = match standing {
            Standing::Stopped(until) => Why::Stopped(until),
            Standing::Slowed(permille) => Why::Slowed(permille),
            Standing::Open => {
                let warm_up = match &warming {
                    Some(warming) => warm_up(conn, (campaign, plan), (warming, &front.lane), waiting, now)?,
                    None => None,
                };
                match warm_up.or_else(|| lane.ceilings(now).hourly.filter(|_| lane.is_tight(now)).map(Why::Ceiling)) {
                    Some(why) => why,
                    None => continue,
                }
            }
        };
        let is_own = standing == own_standing && own_standing != Standing::Open;
        let reply = if is_own { own.and_then(|own| own.reply) } else { lane.reply.clone() };
        let reply = reply.filter(|_| standing != Standing::Open);
        holds.push(Hold { lane: lane.provider.title.clone(), why, waiting, reply });
    }
    Ok(holds)
}

/// Whether more waits than a new sender may send now, and how long that will go on.
fn warm_up(
    conn: &mut Conn,
    (campaign, plan): (&Campaign, &Plan),
    (warming, lane): (&Warming, &str),
    waiting: i64,
    now: Timestamp,
) -> Result<Option<Why>, StoreError> {
    let Some(ramp) = warming.ramp(lane, now).filter(|ramp| ramp.room(plan.open_hours(), now) < waiting) else {
        return Ok(None);
    };
    let all = waiting_below(conn, campaign.id, lane, i64::MAX)?;
    Ok(Some(Why::WarmUp {
        domain: warming.domain().to_owned(),
        ceiling: ramp.day.ceiling,
        sent: ramp.day.tried,
        until: ramp.outlook(all, plan.open_hours(), now),
    }))
}

/// What an account's campaigns sent, and until when the rest waits because a limit of the operator is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountUse {
    /// Deliveries in the last hour.
    pub hour: i64,
    /// Deliveries in the last day.
    pub day: i64,
    /// Until when the rest waits.
    pub waits_until: Option<Timestamp>,
}

/// What an account's campaigns sent in the last hour and day.
///
/// # Errors
/// When the database cannot be read.
pub fn account_use(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<AccountUse, StoreError> {
    let Some(account) = accounts::find(conn, id)? else { return Ok(AccountUse::default()) };
    let sent = sent::of_account(conn, id, now)?;
    let limits = Limits { hourly: account.hourly_limit, daily: account.daily_limit };
    Ok(AccountUse { hour: sent.in_hour(now), day: sent.in_day(now), waits_until: limits.waits_until(&sent, now) })
}
