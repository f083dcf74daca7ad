//! The digests among the single mails. What stands in them was held back of campaigns, so they go by what holds for
//! campaigns: the limits of the account, its closed lanes, the warm-up of its sender. One that may not go yet is put off,
//! so that it neither goes now nor stands before what somebody waits for.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::rooms::Rooms;
use crate::accounts::warm_up::Chosen;
use crate::clock::Timestamp;
use crate::deliveries::{Delivery, Kind};
use crate::pacing::sent::Limits;
use crate::pacing::warm_up::Sender;
use crate::storage::{AccountId, Conn, DeliveryId, StoreError};

/// A digest that is put off is looked at again so much later,
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(5);
/// and up to so many minutes more, so that not all of them come back at once.
const SPREAD: i64 = 10;

/// What decides whether a digest may go.
#[derive(Debug, Clone)]
pub(super) struct Digest {
    pub(super) account: AccountId,
    limits: Limits,
    /// Who is warmed up in its lane; none where nobody is.
    pub(super) sender: Option<Sender>,
    /// Whether it tells of a letter whose campaign is paused.
    is_held: bool,
}

/// The digests among these mails, with the limits and warm-ups of their accounts in `rooms`. One that is worth nothing
/// any more is none of them: the late check ends it.
pub(super) fn read(
    conn: &mut Conn,
    rooms: &mut Rooms,
    single: &[Delivery],
    warm_up: Chosen,
    now: Timestamp,
) -> Result<BTreeMap<DeliveryId, Digest>, StoreError> {
    let is_digest = |delivery: &&Delivery| delivery.kind == Kind::Digest && now < delivery.expires_at;
    let ids: Vec<DeliveryId> = single.iter().filter(is_digest).map(|delivery| delivery.id).collect();
    // Nearly every claim has none, and costs nothing more.
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
pub(super) fn waits_until(rooms: &Rooms, digest: &Digest, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
    let lane = &delivery.lane;
    if let Some(until) = rooms.stopped_for(digest.account, lane) {
        return Some(until);
    }
    let may_go = !digest.is_held && rooms.room_of(digest.account, lane, digest.sender.as_ref()) > 0;
    (!may_go).then(|| now + AGAIN_AFTER + TimeDelta::minutes(delivery.id.0.rem_euclid(SPREAD)))
}
