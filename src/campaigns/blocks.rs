//! Refusals by policy that come in a burst stop a campaign, before it harms everybody's reputation (PAC-07).

use chrono::TimeDelta;

use super::pause::{PauseOutcome, pause};
use super::report::tried_since;
use super::{State, store};
use crate::clock::Timestamp;
use crate::pacing::Provider;
use crate::storage::{AccountId, CampaignId, Conn, StoreError};
use crate::texts::{Language, Texts};
use crate::{ceilings, lists};

/// A refusal by policy.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'a> {
    /// Whose campaign it is.
    pub account: AccountId,
    /// The campaign that was refused.
    pub campaign: CampaignId,
    /// The lane in which it was.
    pub lane: &'a str,
    /// What was answered.
    pub reply: &'a str,
}

/// Fewer refusals than this are no burst.
const FEWEST: i64 = 10;
/// One in so many messages.
const ONE_IN: i64 = 20;
/// The time that is looked at; with the counting window in which it began, up to twice as long.
const LOOKED_AT: TimeDelta = TimeDelta::minutes(15);

/// Whether so many refusals of so many attempts are a burst.
#[must_use]
pub fn is_burst(blocked: i64, tried: i64) -> bool {
    blocked >= FEWEST && blocked.saturating_mul(ONE_IN) >= tried
}

/// Counts a refusal by policy, and pauses the campaign when it is one of a burst; says whether it did.
///
/// # Errors
/// When the database cannot do it.
pub fn count_block(conn: &mut Conn, block: &Blocks<'_>, now: Timestamp) -> Result<bool, StoreError> {
    count_blocks(conn, block, &Late { times: 1, left_at: None }, now)
}

/// Refusals that reports told, later than the mail went.
#[derive(Debug, Clone, Copy)]
pub struct Late {
    /// Of how many deliveries.
    pub times: i64,
    /// When the first of these left: what was tried is counted from there, or they would be many of few.
    pub left_at: Option<Timestamp>,
}

/// [`count_block`] of several refusals, which may be of mail that left long ago.
///
/// # Errors
/// When the database cannot do it.
pub fn count_blocks(conn: &mut Conn, block: &Blocks<'_>, late: &Late, now: Timestamp) -> Result<bool, StoreError> {
    let name = counter_of(block.campaign);
    ceilings::hit_times(conn, &name, late.times, now)?;
    let blocked = ceilings::hits(conn, &name, LOOKED_AT, now)?;
    if blocked < FEWEST {
        return Ok(false);
    }
    let since = late.left_at.map_or(now - LOOKED_AT, |left| left.min(now - LOOKED_AT)).window(ceilings::WINDOW);
    let tried = tried_since(conn, block.campaign, since)?.max(blocked);
    if is_burst(blocked, tried) { stop(conn, block, (blocked, tried), now) } else { Ok(false) }
}

fn counter_of(campaign: CampaignId) -> String {
    format!("blocked/{campaign}")
}

/// Begins to count anew: a person looked at it, and lets it go on.
pub(super) fn forget(conn: &mut Conn, campaign: CampaignId) -> Result<(), StoreError> {
    ceilings::reset(conn, &counter_of(campaign))
}

/// Pauses the campaign, with the numbers and the reply; says whether it did.
fn stop(conn: &mut Conn, block: &Blocks<'_>, (blocked, tried): (i64, i64), now: Timestamp) -> Result<bool, StoreError> {
    let Some(campaign) = store::find(conn, block.account, block.campaign)? else { return Ok(false) };
    if campaign.state != State::Sending {
        return Ok(false);
    }
    let list = lists::find_even_closed(conn, block.account, campaign.list_id)?;
    let texts = Texts(list.map_or(Language::ENGLISH, |list| list.language));
    let lane = Provider::by_name(block.lane).map_or(block.lane, |provider| provider.title.as_str());
    let reason = texts.say_with(
        "brake-blocks",
        &[("blocked", blocked.into()), ("tried", tried.into()), ("lane", lane.into()), ("reply", block.reply.into())],
    );
    Ok(matches!(pause(conn, block.account, block.campaign, &reason, now)?, PauseOutcome::Paused(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PAC-07: the share and the least number both count.
    #[test]
    fn a_burst_is_one_in_twenty_and_ten_at_least() {
        for (blocked, tried, is) in
            [(9, 9, false), (10, 10, true), (10, 200, true), (10, 201, false), (500, 10_000, true), (0, 0, false)]
        {
            assert_eq!(is_burst(blocked, tried), is, "{blocked} of {tried}");
        }
    }
}
