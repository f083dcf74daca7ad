//! Digests. What stands in them was held back of campaigns, so they go by what holds for campaigns: the limits of the
//! account, its closed lanes, the warm-up of its sender. They are asked for before campaigns, which have whole days, and
//! after what somebody waits for.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::rooms::Rooms;
use super::sorted_out;
use super::store::Lease;
use crate::accounts::warm_up::Chosen;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::pacing::sent::Limits;
use crate::pacing::warm_up::Sender;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError};

/// Without room that anybody could name a time for, so many of a claim are looked at again at once: else campaigns, which
/// are asked five times a second, would take whatever room there comes.
const NEAR: usize = 10;
const SOON: TimeDelta = TimeDelta::seconds(1);
/// The others so much later,
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(5);
/// and up to so many minutes more, so that not all of them come back at once.
const SPREAD: i64 = 10;

/// What decides whether a digest may go.
struct Digest {
    account: AccountId,
    limits: Limits,
    /// Who is warmed up in its lane; none where nobody is.
    sender: Option<Sender>,
    /// Whether it tells of a letter whose campaign is paused.
    is_held: bool,
}

/// Claims digests that may go now, at most so many; those that may not are put off.
pub(super) fn claim(
    conn: &mut Conn,
    lease: &Lease<'_>,
    (rooms, warm_up): (&mut Rooms, Chosen),
    most: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let found = super::store::claim_digests(conn, lease, most)?;
    let digests = read(conn, rooms, &found, warm_up, lease.now)?;
    let mut near = NEAR;
    sorted_out(conn, found, |delivery| {
        let digest = digests.get(&delivery.id)?;
        let until = waits_until(rooms, digest, delivery, &mut near, lease.now);
        if until.is_none() {
            rooms.take_of(digest.account, &delivery.lane, digest.sender.as_ref(), 1);
        }
        until
    })
}

/// What decides over these digests, with the limits and warm-ups of their accounts in `rooms`. One that is worth nothing
/// any more is none of them: the late check ends it.
fn read(
    conn: &mut Conn,
    rooms: &mut Rooms,
    found: &[Delivery],
    warm_up: Chosen,
    now: Timestamp,
) -> Result<BTreeMap<DeliveryId, Digest>, StoreError> {
    let ids: Vec<DeliveryId> =
        found.iter().filter(|delivery| now < delivery.expires_at).map(|delivery| delivery.id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let digests = store::read(conn, &ids, warm_up)?;
    let limits = digests.values().map(|digest| (digest.account, digest.limits)).collect();
    rooms.limit(conn, &limits)?;
    let warming: BTreeSet<AccountId> =
        digests.values().filter_map(|digest| Some(digest.sender.as_ref()?.account)).collect();
    rooms.warm_up_also(conn, &warming)?;
    Ok(digests)
}

/// Until when a digest waits; none when it may go now.
fn waits_until(
    rooms: &Rooms,
    digest: &Digest,
    delivery: &Delivery,
    near: &mut usize,
    now: Timestamp,
) -> Option<Timestamp> {
    let Digest { account, sender, is_held, .. } = digest;
    if let Some(until) = rooms.stopped_for(*account, &delivery.lane) {
        return Some(until);
    }
    if !is_held && rooms.room_of(*account, &delivery.lane, sender.as_ref()) > 0 {
        return None;
    }
    let spread = TimeDelta::minutes(delivery.id.0.rem_euclid(SPREAD));
    if let Some(until) = rooms.limited_until(*account) {
        return Some(until);
    }
    if let Some(next_day) = sender.as_ref().and_then(|sender| rooms.day_used_up(sender)) {
        return Some(next_day + spread);
    }
    let is_near = !is_held && *near > 0;
    *near -= usize::from(is_near);
    Some(if is_near { now + SOON } else { now + AGAIN_AFTER + spread })
}
