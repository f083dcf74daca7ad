//! Which deliveries a node may send next.
//!
//! Single mails first, because somebody waits for each; then digests; then accounts by deficit round robin, in an account
//! its campaigns, in a campaign the lanes that have room. One claim at a time in the whole installation, so that every
//! ceiling holds for all nodes together. What it costs depends on the campaigns and their lanes, not on the deliveries.

mod campaigns;
mod digests;
mod rooms;
mod rounds;
mod store;
mod waiting;

use std::collections::BTreeMap;

use crate::accounts::warm_up::Chosen;
use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::pacing::lanes::{self, OverrideOutcome};
use crate::pacing::sent::{self, Going};
use crate::pacing::warm_up::{self, Met};
use crate::storage::{Conn, DeliveryId, StoreError};
use campaigns::{ByAccount, Taking, by_account};
use rooms::Rooms;
pub use rounds::Turn;
use store::{Begun, Lease};

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
    let Some(Begun { warm_up, digest_due_at }) = store::begin(conn)? else { return Ok(Vec::new()) };
    let lease = Lease { node: &wanted.node, until: wanted.until, now };
    let mut rooms = Rooms::read(conn, now)?;
    let most = count(wanted.limit.saturating_add(wanted.spare));
    let mut claimed = claim_single(conn, &lease, &mut rooms, most)?;
    let left = count(wanted.limit).saturating_sub(count(claimed.len())).max(0);
    if left > 0 && digest_due_at.is_some_and(|due| due <= now) {
        claimed.extend(digests::claim(conn, &lease, (&mut rooms, warm_up), left)?);
    }
    let left = count(wanted.limit).saturating_sub(count(claimed.len())).max(0);
    turn.number += 1;
    let mut waiting = if left > 0 { waiting(conn, &mut rooms, warm_up, now)? } else { ByAccount::new() };
    let mut taking = Taking { lease: &lease, rooms: &mut rooms, claimed };
    taking.fill(conn, (turn, &mut waiting), left)?;
    let claimed = taking.claimed;
    rooms.write(conn)?;
    Ok(claimed)
}

/// Claims mails that somebody waits for. Those whose lane stands still are put off until the lane goes again, so that they
/// neither go now nor stand before others.
fn claim_single(conn: &mut Conn, lease: &Lease<'_>, rooms: &mut Rooms, most: i64) -> Result<Vec<Delivery>, StoreError> {
    let single = store::claim_single(conn, lease, most)?;
    sorted_out(conn, single, |delivery| {
        let until = rooms.stopped_until(&delivery.lane);
        if until.is_none() {
            rooms.take_single(&delivery.lane);
        }
        until
    })
}

/// What may go now of what was just claimed; the rest is put off until when `waits_until` says.
fn sorted_out(
    conn: &mut Conn,
    found: Vec<Delivery>,
    mut waits_until: impl FnMut(&Delivery) -> Option<Timestamp>,
) -> Result<Vec<Delivery>, StoreError> {
    let (mut claimed, mut late) = (Vec::new(), BTreeMap::<Timestamp, Vec<DeliveryId>>::new());
    for delivery in found {
        match waits_until(&delivery) {
            Some(until) => late.entry(until).or_default().push(delivery.id),
            None => claimed.push(delivery),
        }
    }
    for (until, ids) in late {
        store::put_off(conn, &ids, until)?;
    }
    Ok(claimed)
}

/// What campaigns have waiting that may go now by their own pace, each account held to its limits, and new senders to the
/// ceilings of their day.
fn waiting(conn: &mut Conn, rooms: &mut Rooms, warm_up: Chosen, now: Timestamp) -> Result<ByAccount, StoreError> {
    let mut found = waiting::read(conn, warm_up)?;
    found.lanes.retain(|lane| lane.room(rooms.permille(lane.account, &lane.lane), now).sum() > 0);
    if found.lanes.iter().any(|lane| lane.sender.is_some()) {
        rooms.warm_up(conn, &found.lanes)?;
    }
    let sorted = by_account(found.lanes);
    found.limits.retain(|account, _| sorted.contains_key(account));
    rooms.limit(conn, &found.limits)?;
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

/// Takes claims that came to nothing out of what their accounts, lanes and senders sent.
///
/// # Errors
/// When the rows cannot be written.
pub(in super::super) fn uncount(
    conn: &mut Conn,
    untried: &[&Delivery],
    met: &[Met<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut going, mut senders) = (Going::new(), Vec::new());
    for delivery in untried {
        let limited = delivery.account_id.filter(|_| delivery.kind.is_limited());
        *going.entry((limited, delivery.lane.clone())).or_insert(0) -= 1;
        if let (Some(account), Some(list)) = (limited, delivery.list_id) {
            senders.push((account, list, delivery.lane.as_str()));
        }
    }
    sent::count(conn, &going, now)?;
    warm_up::settle(conn, &senders, met, now)
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
