//! The audience of a campaign, frozen when its time has come.
//!
//! In chunks of one transaction each, so that a signup never waits long; resumed at its cursor after a crash. Who
//! confirms after the start is not in it, and who leaves meanwhile is caught by the late check. The list is read at many
//! places at once and positions are shuffled, so that each provider is met evenly over the whole campaign.

pub(super) mod lanes;
mod ranges;
mod store;

use chrono::TimeDelta;

pub(super) use store::{finish, open_cancelled};

use super::store::hold;
use super::{Campaign, State};
use crate::clock::Timestamp;
use crate::pacing::{Pace, Plan, receiving_domains, warm_up};
use crate::storage::{CampaignId, Conn, StoreError, SubscriptionId};
use ranges::{Part, Shuffle};

/// Deliveries written in one transaction, where nothing else is asked for.
pub const CHUNK: i64 = 2000;
/// So long a campaign waits for the lanes of receiving domains about which nobody was asked yet; then they go in the lane
/// of all others.
const LANES_WITHIN: TimeDelta = TimeDelta::seconds(5);
/// A campaign's delivery has no end of its own before its first attempt: a pause may last.
const NO_END: TimeDelta = TimeDelta::days(3650);

/// What came of [`freeze`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeOutcome {
    /// There is more to write.
    More,
    /// The lanes of some receiving domains are being asked for; come back soon.
    Waits,
    /// The audience is complete, and its plan begins.
    Frozen,
    /// It is not being sent, or already frozen.
    Nothing,
}

/// A campaign whose time has come, and how many places its audience has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    id: CampaignId,
    audience: i64,
    /// Who confirms later is not in it.
    counted_at: Timestamp,
    /// Cut its list into ranges that are read at once; none when it is read by the time of the stamps, because its sender
    /// is warmed up.
    bounds: Option<Vec<SubscriptionId>>,
}

/// The scheduled campaigns whose time has come. Counts long lists, so call it where nobody waits to write.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    let mut due = Vec::new();
    for store::Scheduled { id, account, list, from_domain } in store::due(conn, now)? {
        let audience = store::confirmed(conn, list, now)?;
        let warm_up = warm_up::of_account(conn, account, now)?;
        let bounds = if warm_up.is_some_and(|ramps| ramps.is_warming(account, &from_domain, now)) {
            None
        } else {
            Some(ranges::bounds(conn, list, audience, ranges::ranges_of(audience))?)
        };
        due.push(Due { id, audience, counted_at: now, bounds });
    }
    Ok(due)
}

/// Starts these campaigns; says which campaigns have an audience to freeze now.
///
/// # Errors
/// When the database cannot do it.
pub fn begin(conn: &mut Conn, due: &[Due], now: Timestamp) -> Result<Vec<CampaignId>, StoreError> {
    if !due.is_empty() {
        receiving_domains::want_expired(conn, now)?;
    }
    for campaign in due {
        if store::begin(conn, campaign.id, campaign.audience, campaign.counted_at)? {
            match &campaign.bounds {
                Some(bounds) => ranges::begin(conn, campaign.id, bounds)?,
                None => ranges::begin_by_stamps(conn, campaign.id, campaign.counted_at)?,
            }
        }
    }
    store::freezing(conn)
}

/// [`due`] and [`begin`] in one.
///
/// # Errors
/// When the database cannot do it.
pub fn start(conn: &mut Conn, now: Timestamp) -> Result<Vec<CampaignId>, StoreError> {
    let due = due(conn, now)?;
    begin(conn, &due, now)
}

/// [`freeze_some`] with a chunk that is never too long for others.
///
/// # Errors
/// As [`freeze_some`].
pub fn freeze(conn: &mut Conn, id: CampaignId, now: Timestamp) -> Result<FreezeOutcome, StoreError> {
    freeze_some(conn, id, CHUNK, now)
}

/// Writes the next `chunk` places of a campaign's audience.
///
/// # Errors
/// When the database cannot do it; then the next call begins at the same place.
pub fn freeze_some(conn: &mut Conn, id: CampaignId, chunk: i64, now: Timestamp) -> Result<FreezeOutcome, StoreError> {
    // Whoever pauses it or changes its pace waits for this chunk, and this chunk for them.
    hold(conn, id)?;
    let Some(freezing) = store::freezing_one(conn, id)? else { return Ok(FreezeOutcome::Nothing) };
    let may_wait = now < freezing.started_at + LANES_WITHIN;
    if may_wait && receiving_domains::are_unknown(conn)? {
        return Ok(FreezeOutcome::Waits);
    }
    let parts = ranges::next(conn, &freezing, chunk)?;
    let full: Vec<&Part> = parts.iter().filter(|part| part.last.is_some()).collect();
    let count = parts.iter().map(|part| part.count).sum();
    let (factor, offset) = shuffle(count);
    let shuffled = Shuffle { base: freezing.written, factor, offset, count };
    let written = ranges::write(conn, &freezing, &full, (shuffled, now + NO_END))?;
    if ranges::want_domains(conn, &freezing, (&full, &written), now)? && may_wait {
        ranges::unwrite(conn, id, freezing.written)?;
        return Ok(FreezeOutcome::Waits);
    }
    ranges::move_on(conn, id, &parts)?;
    let written = ranges::name_lanes(conn, id, written)?;
    lanes::add(conn, id, &written)?;
    store::count_places(conn, id, count)?;
    if parts.iter().any(|part| !part.is_end) {
        return Ok(FreezeOutcome::More);
    }
    let (pace, hours) =
        freezing.plan.as_ref().map_or((Pace::SpreadOver { seconds: 1 }, None), |plan| (plan.pace(), plan.hours()));
    store::complete(conn, id, &Plan::start(pace, hours, freezing.written + count, now), now)?;
    Ok(FreezeOutcome::Frozen)
}

/// The factor and offset of a permutation of `0..count`: position = (index · factor + offset) mod count.
///
/// A factor near the golden section spreads neighbours far apart; coprime to the count, it meets each place once.
fn shuffle(count: i64) -> (i64, i64) {
    let count = count.max(1);
    let mut factor = (count as f64 * 0.618_033_988_749_895) as i64;
    while factor < 1 || greatest_common_divisor(factor, count) != 1 {
        factor += 1;
    }
    (factor, count / 3)
}

fn greatest_common_divisor(mut left: i64, mut right: i64) -> i64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

impl Campaign {
    /// Whether its deliveries go out now.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.state == State::Sending && self.frozen_at.is_some()
    }

    /// Whether its audience is being frozen.
    #[must_use]
    pub fn is_freezing(&self) -> bool {
        self.state == State::Sending && self.frozen_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shuffled_audience_has_every_position_once(count in 1_i64..5000) {
            let (factor, offset) = shuffle(count);
            let mut met: Vec<i64> = (0..count).map(|index| (index * factor + offset) % count).collect();
            met.sort_unstable();
            prop_assert!(met.into_iter().eq(0..count));
        }
    }
}
