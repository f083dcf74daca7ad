//! The part of a claim that comes from campaigns: an account's campaigns take turns, and of a campaign the lanes that
//! have room, each in proportion to its part of the audience. A lane without room costs nothing: it is not looked at.

use std::collections::BTreeMap;

use super::rooms::Rooms;
use super::rounds::split;
use super::store::{self, Lease};
use super::waiting::Waiting;
use crate::deliveries::Delivery;
use crate::storage::{AccountId, CampaignId, Conn, StoreError};

/// What waits, by account and campaign.
pub(super) type ByAccount = BTreeMap<AccountId, BTreeMap<CampaignId, Vec<Waiting>>>;

/// Sorts what waits; only what may go by the pace of its campaign.
pub(super) fn by_account(waiting: Vec<Waiting>) -> ByAccount {
    let mut sorted = ByAccount::new();
    for lane in waiting {
        sorted.entry(lane.account).or_default().entry(lane.campaign).or_default().push(lane);
    }
    sorted
}

/// A claim under way.
pub(super) struct Taking<'a> {
    pub(super) conn: &'a mut Conn,
    pub(super) lease: &'a Lease<'a>,
    pub(super) rooms: &'a mut Rooms,
    /// The number of the turn: another campaign and another lane come first each time.
    pub(super) turn: i64,
    pub(super) claimed: Vec<Delivery>,
}

impl Taking<'_> {
    /// Claims up to `most` of an account's campaigns, which share it; says how many.
    pub(super) fn take_of_account(
        &mut self,
        campaigns: &mut BTreeMap<CampaignId, Vec<Waiting>>,
        most: i64,
    ) -> Result<i64, StoreError> {
        let mut campaigns: Vec<&mut Vec<Waiting>> = campaigns.values_mut().collect();
        let by = usize::try_from(self.turn).unwrap_or(0).checked_rem(campaigns.len()).unwrap_or(0);
        campaigns.rotate_left(by);
        let (mut left, mut waiting) = (most, i64::try_from(campaigns.len()).unwrap_or(1));
        for lanes in campaigns {
            // The share of each; what one leaves over goes to those after it.
            let share = (left + waiting - 1) / waiting.max(1);
            left -= self.take_of_campaign(lanes, share)?;
            waiting -= 1;
        }
        Ok(most - left)
    }

    fn take_of_campaign(&mut self, lanes: &mut [Waiting], most: i64) -> Result<i64, StoreError> {
        let mut left = most;
        let mut open: Vec<&mut Waiting> = lanes.iter_mut().collect();
        loop {
            open.retain(|lane| self.room(lane) > 0);
            if left < 1 || open.is_empty() {
                return Ok(most - left);
            }
            let weights: Vec<i64> = open.iter().map(|lane| lane.part).collect();
            for (lane, part) in open.iter_mut().zip(split(left, &weights, self.turn)) {
                left -= self.take_of_lane(lane, part)?;
            }
        }
    }

    /// What may go of a lane, by the pace of its campaign and by all ceilings.
    fn room(&self, lane: &Waiting) -> i64 {
        let permille = self.rooms.permille(lane.account, &lane.lane);
        self.rooms.room(lane.account, &lane.lane).min(lane.room(permille, self.lease.now).sum())
    }

    /// Retries first, then the first positions; a lane that had less than was asked for has nothing more.
    fn take_of_lane(&mut self, lane: &mut Waiting, part: i64) -> Result<i64, StoreError> {
        let most = part.min(self.room(lane));
        if most < 1 {
            return Ok(0);
        }
        let permille = self.rooms.permille(lane.account, &lane.lane);
        let room = lane.room(permille, self.lease.now);
        let before = self.claimed.len();
        let asked = most.min(room.retries);
        if asked > 0 {
            self.claimed.extend(store::claim_retries(self.conn, self.lease, lane, asked)?);
        }
        let retries = count(self.claimed.len() - before);
        if retries < asked {
            lane.due = None;
        }
        let asked = (most - retries).min(room.fresh);
        if asked > 0 {
            self.claimed.extend(store::claim_released(self.conn, self.lease, lane, (room.below, asked))?);
        }
        let fresh = count(self.claimed.len() - before) - retries;
        if fresh < asked {
            lane.first = None;
        }
        lane.take_retries(retries, self.lease.now);
        lane.take_fresh(fresh, permille, self.lease.now);
        self.rooms.take(Some(lane.account), &lane.lane, retries + fresh);
        if retries + fresh > 0 {
            store::write_pace(self.conn, lane)?;
        }
        Ok(retries + fresh)
    }
}

fn count(deliveries: usize) -> i64 {
    i64::try_from(deliveries).unwrap_or(i64::MAX)
}
