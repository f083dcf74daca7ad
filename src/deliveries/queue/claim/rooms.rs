//! Every ceiling that stands over the campaigns: of the lanes, of the accounts, and of those who are warmed up. Read at
//! the start of a claim, written at its end, in its transaction, so that nodes together keep them.

use std::collections::{BTreeMap, BTreeSet};

use super::waiting::Waiting;
use crate::clock::Timestamp;
use crate::pacing::Standing;
use crate::pacing::lanes::{self, AccountLanes, Lanes};
use crate::pacing::sent::{self, Going, Limits};
use crate::pacing::warm_up::{self, DAY, Ramps, Sender};
use crate::storage::{AccountId, Conn, StoreError};

/// What may go, and what was taken of it.
pub(super) struct Rooms {
    lanes: Lanes,
    of_accounts: AccountLanes,
    ramps: Ramps,
    /// The fewest open hours a day of what waits of a sender.
    open_hours: BTreeMap<Sender, i64>,
    /// What accounts with limits may still send.
    left: BTreeMap<AccountId, i64>,
    /// Until when those wait that had reached their limits before this claim.
    limited: BTreeMap<AccountId, Timestamp>,
    reserved: Reserved,
    taken: Going,
    now: Timestamp,
}

/// What is going to be claimed, and is not taken yet.
#[derive(Default)]
struct Reserved {
    of_lanes: BTreeMap<String, i64>,
    of_accounts: BTreeMap<AccountId, i64>,
    of_senders: BTreeMap<Sender, i64>,
}

impl Rooms {
    pub(super) fn read(conn: &mut Conn, now: Timestamp) -> Result<Self, StoreError> {
        let (lanes, of_accounts) = (lanes::all(conn)?, lanes::of_accounts(conn)?);
        let (ramps, reserved, open_hours) = (Ramps::default(), Reserved::default(), BTreeMap::new());
        let (left, limited, taken) = (BTreeMap::new(), BTreeMap::new(), Going::new());
        Ok(Self { lanes, of_accounts, ramps, open_hours, left, limited, reserved, taken, now })
    }

    /// Holds those who are warmed up to the ceilings of their day. Campaigns of one sender share its pace: that of the one
    /// that has the fewest hours.
    pub(super) fn warm_up(&mut self, conn: &mut Conn, waiting: &[Waiting]) -> Result<(), StoreError> {
        self.ramps.join(Ramps::read(conn, self.now)?);
        for lane in waiting {
            if let Some(sender) = &lane.sender {
                let hours = self.open_hours.entry(sender.clone()).or_insert(i64::MAX);
                *hours = lane.plan.open_hours().min(*hours);
            }
        }
        Ok(())
    }

    /// Holds the senders of these accounts to the ceilings of their day, campaigns or not.
    pub(super) fn warm_up_also(&mut self, conn: &mut Conn, accounts: &BTreeSet<AccountId>) -> Result<(), StoreError> {
        for account in accounts {
            self.ramps.join(warm_up::on_record(conn, *account, self.now)?);
        }
        Ok(())
    }

    fn open_hours(&self, sender: &Sender) -> i64 {
        self.open_hours.get(sender).copied().unwrap_or(i64::MAX)
    }

    /// Holds accounts to their limits; one that is held already stays as it is.
    pub(super) fn limit(&mut self, conn: &mut Conn, limits: &BTreeMap<AccountId, Limits>) -> Result<(), StoreError> {
        let is_new = |(account, limits): &(&AccountId, &Limits)| limits.is_some() && !self.left.contains_key(account);
        let accounts: Vec<AccountId> = limits.iter().filter(is_new).map(|(account, _)| *account).collect();
        let mut sent = sent::of_accounts(conn, &accounts, self.now)?;
        for account in accounts {
            let sent = sent.remove(&account).unwrap_or_default();
            let Some(limits) = limits.get(&account) else { continue };
            self.left.insert(account, limits.room(&sent, self.now));
            if let Some(until) = limits.waits_until(&sent, self.now) {
                self.limited.insert(account, until);
            }
        }
        Ok(())
    }

    /// How many more of a campaign may go in a lane.
    pub(super) fn room(&self, lane: &Waiting) -> i64 {
        self.room_of(lane.account, &lane.lane, lane.sender.as_ref())
    }

    /// How many more of what is limited may go of an account in a lane, whoever is warmed up in it.
    pub(super) fn room_of(&self, account: AccountId, lane: &str, sender: Option<&Sender>) -> i64 {
        let less = |room: i64, reserved: Option<&i64>| room.saturating_sub(reserved.copied().unwrap_or(0));
        let of_lane = less(self.lanes.room(lane, self.now), self.reserved.of_lanes.get(lane));
        let of_account = self.left.get(&account).copied().unwrap_or(i64::MAX);
        let of_account = less(of_account, self.reserved.of_accounts.get(&account));
        let of_sender = sender.map_or(i64::MAX, |sender| {
            let room = self.ramps.room(sender, self.open_hours(sender), self.now);
            less(room, self.reserved.of_senders.get(sender))
        });
        of_lane.min(of_account).min(of_sender)
    }

    /// Until when an account waits that has reached its limits.
    pub(super) fn limited_until(&self, account: AccountId) -> Option<Timestamp> {
        self.limited.get(&account).copied()
    }

    /// When the next day of a sender begins whose day is used up.
    pub(super) fn day_used_up(&self, sender: &Sender) -> Option<Timestamp> {
        let ramp = self.ramps.get(sender, self.now).filter(|ramp| ramp.day.tried >= ramp.day.ceiling)?;
        Some(ramp.day_at + DAY)
    }

    /// The share of its pace that an account has in a lane, in thousandths.
    pub(super) fn permille(&self, account: AccountId, lane: &str) -> i64 {
        let key = (account, lane.to_owned());
        self.of_accounts.get(&key).map_or(1000, |lane| lane.state.permille(self.now))
    }

    /// Until when a lane stands still for everybody, or for this account.
    pub(super) fn stopped_for(&self, account: AccountId, lane: &str) -> Option<Timestamp> {
        let own = self.of_accounts.get(&(account, lane.to_owned())).map(|lane| lane.state.standing(self.now));
        match own {
            Some(Standing::Stopped(until)) => Some(until).max(self.stopped_until(lane)),
            _ => self.stopped_until(lane),
        }
    }

    /// Until when a lane stands still for everybody.
    pub(super) fn stopped_until(&self, lane: &str) -> Option<Timestamp> {
        self.lanes.stopped_until(lane, self.now)
    }

    /// Keeps room for what is going to be claimed.
    pub(super) fn reserve(&mut self, lane: &Waiting, count: i64) {
        *self.reserved.of_lanes.entry(lane.lane.clone()).or_insert(0) += count;
        *self.reserved.of_accounts.entry(lane.account).or_insert(0) += count;
        if let Some(sender) = &lane.sender {
            *self.reserved.of_senders.entry(sender.clone()).or_insert(0) += count;
        }
    }

    /// Keeps no room any more: what there was is taken.
    pub(super) fn free(&mut self) {
        self.reserved = Reserved::default();
    }

    /// Counts single mails that were claimed; only their lane counts them.
    pub(super) fn take_single(&mut self, lane: &str) {
        self.lanes.take(lane, 1, self.now);
        *self.taken.entry((None, lane.to_owned())).or_insert(0) += 1;
    }

    /// Counts what was claimed of a campaign.
    pub(super) fn take(&mut self, lane: &Waiting, count: i64) {
        self.take_of(lane.account, &lane.lane, lane.sender.as_ref(), count);
    }

    /// Counts what was claimed of what is limited.
    pub(super) fn take_of(&mut self, account: AccountId, lane: &str, sender: Option<&Sender>, count: i64) {
        if count < 1 {
            return;
        }
        self.lanes.take(lane, count, self.now);
        if let Some(left) = self.left.get_mut(&account) {
            *left = left.saturating_sub(count);
        }
        if let Some(sender) = sender {
            self.ramps.take(sender, count, self.open_hours(sender), self.now);
        }
        *self.taken.entry((Some(account), lane.to_owned())).or_insert(0) += count;
    }

    /// Writes what was taken.
    pub(super) fn write(self, conn: &mut Conn) -> Result<(), StoreError> {
        if self.taken.is_empty() {
            return Ok(());
        }
        lanes::write_taken(conn, &self.lanes)?;
        sent::count(conn, &self.taken, self.now)?;
        self.ramps.write(conn, self.now)
    }
}
