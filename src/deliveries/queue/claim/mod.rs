//! Which deliveries a node may send next.
//!
//! Single mails first, because somebody waits for each; then accounts by deficit round robin, in an account its
//! campaigns, in a campaign the lanes that have room. One claim at a time in the whole installation, so that every
//! ceiling holds for all nodes together. What it costs depends on the campaigns and their lanes, not on the deliveries.

mod campaigns;
mod rooms;
mod rounds;
mod store;
mod waiting;

use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::pacing::lanes::{self, OverrideOutcome};
use crate::pacing::sent;
use crate::storage::{Conn, StoreError};
use campaigns::{ByAccount, Taking, by_account};
use rooms::Rooms;
pub use rounds::Turn;
use store::Lease;

/// What a node asks for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks.
    pub node: String,
    /// At most so many.
    pub limit: usize,
    /// And so many single mails more, for which there is always a place.
    pub spare: usize,
    /// The lease ends then.
    pub until: Timestamp,
}

/// Claims what may go now. `turn` is what this node remembers of its claims before.
///
/// Nothing while the operator stopped all sending; of a paused account only what its subscribers asked for.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn claim(conn: &mut Conn, wanted: &Claim, turn: &mut Turn, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
    if !store::begin(conn)? {
        return Ok(Vec::new());
    }
    let lease = Lease { node: &wanted.node, until: wanted.until, now };
    let mut rooms = Rooms::read(conn, now)?;
    let single = claim_single(conn, &lease, &mut rooms, count(wanted.limit.saturating_add(wanted.spare)))?;
    let left = count(wanted.limit).saturating_sub(count(single.len())).max(0);
    turn.number += 1;
    let mut waiting = if left > 0 { waiting(conn, &mut rooms, now)? } else { ByAccount::new() };
    let accounts: Vec<_> = waiting.keys().copied().collect();
    let number = turn.number;
    let mut taking = Taking { conn, lease: &lease, rooms: &mut rooms, turn: number, claimed: single };
    turn.share(&accounts, left, |account, most| match waiting.get_mut(&account) {
        Some(campaigns) => taking.take_of_account(campaigns, most),
        None => Ok(0),
    })?;
    let claimed = taking.claimed;
    rooms.write(conn)?;
    Ok(claimed)
}

/// Claims mails that belong to no campaign. One whose lane stands still is put off until the lane goes again, so that
/// it neither goes now nor stands before others.
fn claim_single(conn: &mut Conn, lease: &Lease<'_>, rooms: &mut Rooms, most: i64) -> Result<Vec<Delivery>, StoreError> {
    let mut claimed = Vec::new();
    for delivery in store::claim_single(conn, lease, most)? {
        if let Some(until) = rooms.stopped_until(&delivery.lane) {
            store::put_off(conn, delivery.id, until)?;
        } else {
            rooms.take(None, &delivery.lane, 1);
            claimed.push(delivery);
        }
    }
    Ok(claimed)
}

/// What campaigns have waiting that may go now by their own pace, each account held to its limits.
fn waiting(conn: &mut Conn, rooms: &mut Rooms, now: Timestamp) -> Result<ByAccount, StoreError> {
    let found = store::waiting(conn)?;
    let mut lanes = Vec::with_capacity(found.lanes.len());
    for lane in found.lanes {
        let permille = rooms.permille(lane.account, &lane.lane);
        if lane.room(permille, now).sum() > 0 {
            lanes.push(lane);
        }
    }
    let sorted = by_account(lanes);
    for (account, limits) in found.limits {
        if sorted.contains_key(&account) {
            rooms.limit(conn, account, limits)?;
        }
    }
    Ok(sorted)
}

/// Lets a lane go at its full rate at once, for every account, and with it the single mails that wait for it.
///
/// # Errors
/// When the database refuses.
pub fn open_lane(
    conn: &mut Conn,
    lane: &str,
    reason: &str,
    by: Actor,
    now: Timestamp,
) -> Result<OverrideOutcome, StoreError> {
    let outcome = lanes::open(conn, lane, reason, by, now)?;
    if outcome == OverrideOutcome::Done {
        store::hurry(conn, lane, now)?;
    }
    Ok(outcome)
}

/// Takes a claim that was given back out of what its account and its lane sent.
///
/// # Errors
/// When the rows cannot be written.
pub(in super::super) fn uncount(conn: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError> {
    let campaign_of = delivery.account_id.filter(|_| delivery.kind == crate::deliveries::Kind::Campaign);
    sent::count(conn, campaign_of, &delivery.lane, -1, now)
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
