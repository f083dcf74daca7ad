//! The audience of a campaign, frozen when its time has come.
//!
//! In chunks of one transaction each, so that a signup never waits long; resumed at its cursor after a crash. Who
//! confirms after the start is not in it, and who leaves meanwhile is caught by the late check. Positions are shuffled,
//! so that each provider is met evenly over the whole campaign.

pub(super) mod lanes;
mod store;

use chrono::TimeDelta;

pub(super) use store::{finish, open_cancelled};

use super::store::hold;
use super::{Campaign, State};
use crate::clock::Timestamp;
use crate::pacing::{Pace, Plan, receiving_domains};
use crate::storage::{CampaignId, Conn, StoreError};

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

/// Starts the scheduled campaigns whose time has come; says which campaigns have an audience to freeze now.
///
/// # Errors
/// When the database cannot do it.
pub fn start(conn: &mut Conn, now: Timestamp) -> Result<Vec<CampaignId>, StoreError> {
    for campaign in store::due(conn, now)? {
        receiving_domains::want_expired(conn, now)?;
        let audience = store::confirmed(conn, campaign.list_id, now)?;
        store::begin(conn, campaign.id, audience, now)?;
    }
    store::freezing(conn)
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
    let next = store::next_chunk(conn, &freezing, chunk)?;
    let count = i64::try_from(next.len()).unwrap_or(chunk);
    if let Some(last) = next.last() {
        store::want_domains(conn, &freezing, *last, now)?;
        if now < freezing.started_at + LANES_WITHIN && receiving_domains::are_unknown(conn)? {
            return Ok(FreezeOutcome::Waits);
        }
        let (factor, offset) = shuffle(freezing.audience);
        store::write_chunk(conn, &freezing, *last, (factor, offset), now + NO_END)?;
        store::move_cursor(conn, id, *last, count)?;
    }
    if count == chunk {
        return Ok(FreezeOutcome::More);
    }
    let (pace, hours) =
        freezing.plan.as_ref().map_or((Pace::SpreadOver { seconds: 1 }, None), |plan| (plan.pace(), plan.hours()));
    store::complete(conn, id, &Plan::start(pace, hours, freezing.audience, now), now)?;
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
