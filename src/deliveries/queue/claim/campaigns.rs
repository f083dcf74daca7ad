//! The part of a claim that comes from campaigns: an account's campaigns take turns, and of a campaign the lanes that
//! have room, each in proportion to its part of the audience. A lane without room costs nothing: it is not looked at.
//!
//! First it is settled how many of each lane shall go, then all of them are claimed at once. Where a lane had fewer than
//! was thought, the others are asked once more.

use std::collections::BTreeMap;

use super::rooms::Rooms;
use super::rounds::{Turn, split};
use super::store::{self, Asked, Lease, Which};
use super::waiting::{Room, Waiting, write_paces};
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
    pub(super) lease: &'a Lease<'a>,
    pub(super) rooms: &'a mut Rooms,
    pub(super) claimed: Vec<Delivery>,
}

impl Taking<'_> {
    /// Claims up to `most` of what waits, shared by accounts, campaigns and lanes.
    pub(super) fn fill(
        &mut self,
        conn: &mut Conn,
        (turn, waiting): (&mut Turn, &mut ByAccount),
        most: i64,
    ) -> Result<(), StoreError> {
        let accounts: Vec<AccountId> = waiting.keys().copied().collect();
        let (mut left, number) = (most, turn.number);
        while left > 0 {
            let mut asked = 0;
            turn.share(&accounts, left, |account, most| -> Result<i64, StoreError> {
                let served = waiting.get_mut(&account).map_or(0, |campaigns| self.ask_account(campaigns, most, number));
                asked += served;
                Ok(served)
            })?;
            let taken = if asked > 0 { self.take_asked(conn, waiting)? } else { 0 };
            left -= taken;
            if taken == asked {
                break;
            }
        }
        write_paces(conn, &lanes(waiting).filter(|lane| lane.is_taken_from).collect::<Vec<_>>())
    }

    /// Asks for up to `most` of an account's campaigns, which share it; says how many.
    fn ask_account(&mut self, campaigns: &mut BTreeMap<CampaignId, Vec<Waiting>>, most: i64, turn: i64) -> i64 {
        let mut campaigns: Vec<&mut Vec<Waiting>> = campaigns.values_mut().collect();
        let by = usize::try_from(turn).unwrap_or(0).checked_rem(campaigns.len()).unwrap_or(0);
        campaigns.rotate_left(by);
        let (mut left, mut waiting) = (most, i64::try_from(campaigns.len()).unwrap_or(1));
        for lanes in campaigns {
            // The share of each; what one leaves over goes to those after it.
            let share = (left + waiting - 1) / waiting.max(1);
            left -= self.ask_campaign(lanes, share, turn);
            waiting -= 1;
        }
        most - left
    }

    fn ask_campaign(&mut self, lanes: &mut [Waiting], most: i64, turn: i64) -> i64 {
        let mut left = most;
        let mut open: Vec<&mut Waiting> = lanes.iter_mut().collect();
        loop {
            open.retain(|lane| self.room(lane) > 0);
            if left < 1 || open.is_empty() {
                return most - left;
            }
            let weights: Vec<i64> = open.iter().map(|lane| lane.part).collect();
            for (lane, part) in open.iter_mut().zip(split(left, &weights, turn)) {
                left -= self.ask_lane(lane, part);
            }
        }
    }

    /// What more may go of a lane, by the pace of its campaign and by all ceilings.
    fn room(&self, lane: &Waiting) -> i64 {
        self.rooms.room(lane).min(self.left_of(lane).sum())
    }

    fn left_of(&self, lane: &Waiting) -> Room {
        lane.left(self.rooms.permille(lane.account, &lane.lane), self.lease.now)
    }

    /// Retries first, then the first positions.
    fn ask_lane(&mut self, lane: &mut Waiting, part: i64) -> i64 {
        let (most, room) = (part.min(self.room(lane)), self.left_of(lane));
        if most < 1 {
            return 0;
        }
        let retries = most.min(room.retries);
        let fresh = (most - retries).min(room.fresh);
        lane.asked = Room {
            retries: lane.asked.retries + retries,
            fresh: lane.asked.fresh + fresh,
            below: lane.asked.below.max(room.below),
        };
        self.rooms.reserve(lane, retries + fresh);
        retries + fresh
    }

    /// Claims all that was asked for; a lane that had less has nothing more. Says how many there were.
    fn take_asked(&mut self, conn: &mut Conn, waiting: &mut ByAccount) -> Result<i64, StoreError> {
        let now = self.lease.now;
        let retries: Vec<Asked<'_>> = lanes(waiting)
            .filter(|lane| lane.asked.retries > 0)
            .map(|lane| Asked { lane, below: now.micros(), most: lane.asked.retries })
            .collect();
        let retries = store::claim_each(conn, self.lease, Which::Retries, &retries)?;
        let fresh: Vec<Asked<'_>> = lanes(waiting)
            .filter(|lane| lane.asked.fresh > 0)
            .map(|lane| Asked { lane, below: lane.asked.below, most: lane.asked.fresh })
            .collect();
        let fresh = store::claim_each(conn, self.lease, Which::Released, &fresh)?;
        self.rooms.free();
        let (of_retries, of_fresh) = (counted(&retries), counted(&fresh));
        for lane in waiting.values_mut().flat_map(BTreeMap::values_mut).flatten().filter(|lane| lane.asked.sum() > 0) {
            let key = (lane.campaign, lane.lane.clone());
            let got = |of: &BTreeMap<_, i64>| of.get(&key).copied().unwrap_or(0);
            let permille = self.rooms.permille(lane.account, &lane.lane);
            lane.took(got(&of_retries), got(&of_fresh), permille, now);
            self.rooms.take(lane, got(&of_retries) + got(&of_fresh));
        }
        let count = i64::try_from(retries.len() + fresh.len()).unwrap_or(i64::MAX);
        self.claimed.extend(retries);
        self.claimed.extend(fresh);
        Ok(count)
    }
}

fn lanes(waiting: &ByAccount) -> impl Iterator<Item = &Waiting> {
    waiting.values().flat_map(BTreeMap::values).flatten()
}

/// How many there are of each campaign in each lane.
fn counted(claimed: &[Delivery]) -> BTreeMap<(CampaignId, String), i64> {
    let mut counts = BTreeMap::new();
    for delivery in claimed {
        if let Some(campaign) = delivery.campaign_id {
            *counts.entry((campaign, delivery.lane.clone())).or_insert(0) += 1;
        }
    }
    counts
}
