//! What holds a campaign back now, beside its own plan: lanes that take less than it wants, and the account's limits.

use super::start::lanes::{fronts, waiting_below};
use super::{Campaign, State};
use crate::accounts;
use crate::clock::Timestamp;
use crate::pacing::Standing;
use crate::pacing::lanes;
use crate::pacing::sent::{self, Limits};
use crate::storage::{AccountId, Conn, StoreError};

/// Why a lane takes less than the campaign wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It stands still until then.
    Stopped(Timestamp),
    /// It goes at so many thousandths of its rate.
    Slowed(i64),
    /// It takes so many an hour, of all accounts together.
    Ceiling(i64),
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
    let released = plan.released(now);
    let mut holds = Vec::new();
    for front in
        fronts(conn, campaign.id)?.into_iter().filter(|front| front.first.is_some_and(|first| first < released))
    {
        let Some(lane) = all.get(&front.lane) else { continue };
        let own = of_account.remove(&(campaign.account_id, front.lane.clone()));
        let own_standing = own.as_ref().map_or(Standing::Open, |own| own.state.standing(now));
        let standing = lane.state.standing(now).slower(own_standing);
        let why = match standing {
            Standing::Stopped(until) => Why::Stopped(until),
            Standing::Slowed(permille) => Why::Slowed(permille),
            Standing::Open => match lane.ceilings(now).hourly.filter(|_| lane.is_tight(now)) {
                Some(hourly) => Why::Ceiling(hourly),
                None => continue,
            },
        };
        let is_own = standing == own_standing && own_standing != Standing::Open;
        let reply = if is_own { own.and_then(|own| own.reply) } else { lane.reply.clone() };
        let waiting = waiting_below(conn, campaign.id, &front.lane, released)?;
        let reply = reply.filter(|_| standing != Standing::Open);
        holds.push(Hold { lane: lane.provider.title.clone(), why, waiting, reply });
    }
    Ok(holds)
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
