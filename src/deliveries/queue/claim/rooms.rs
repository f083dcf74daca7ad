//! Every ceiling that stands over the campaigns: of the lanes, and of the accounts. Read at the start of a claim, written
//! at its end, in its transaction, so that nodes together keep them.
//!
//! A further ceiling (so many a day for an account or a sending domain at a provider) belongs into [`Rooms::room`], and
//! what it counts into [`Rooms::write`].

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::pacing::lanes::{self, AccountLanes, Lanes};
use crate::pacing::sent::{self, Limits};
use crate::storage::{AccountId, Conn, StoreError};

/// What may go, and what was taken of it.
pub(super) struct Rooms {
    lanes: Lanes,
    of_accounts: AccountLanes,
    /// What accounts with limits may still send.
    left: BTreeMap<AccountId, i64>,
    /// What was taken, by the account whose campaign it is of and by lane.
    taken: BTreeMap<(Option<AccountId>, String), i64>,
    now: Timestamp,
}

impl Rooms {
    pub(super) fn read(conn: &mut Conn, now: Timestamp) -> Result<Self, StoreError> {
        let (lanes, of_accounts) = (lanes::all(conn)?, lanes::of_accounts(conn)?);
        Ok(Self { lanes, of_accounts, left: BTreeMap::new(), taken: BTreeMap::new(), now })
    }

    /// Holds an account to its limits.
    pub(super) fn limit(&mut self, conn: &mut Conn, account: AccountId, limits: Limits) -> Result<(), StoreError> {
        if limits.is_some() {
            let sent = sent::of_account(conn, account, self.now)?;
            self.left.insert(account, limits.room(&sent, self.now));
        }
        Ok(())
    }

    /// How many campaign deliveries of an account may go in a lane.
    pub(super) fn room(&self, account: AccountId, lane: &str) -> i64 {
        let of_account = self.left.get(&account).copied().unwrap_or(i64::MAX);
        self.lanes.room(lane, self.now).min(of_account)
    }

    /// The share of its pace that an account has in a lane, in thousandths.
    pub(super) fn permille(&self, account: AccountId, lane: &str) -> i64 {
        let key = (account, lane.to_owned());
        self.of_accounts.get(&key).map_or(1000, |lane| lane.state.permille(self.now))
    }

    /// Until when a lane stands still for everybody.
    pub(super) fn stopped_until(&self, lane: &str) -> Option<Timestamp> {
        self.lanes.stopped_until(lane, self.now)
    }

    /// Counts what was claimed; `campaign_of` is none for single mails.
    pub(super) fn take(&mut self, campaign_of: Option<AccountId>, lane: &str, count: i64) {
        if count < 1 {
            return;
        }
        self.lanes.take(lane, count, self.now);
        if let Some(left) = campaign_of.and_then(|account| self.left.get_mut(&account)) {
            *left = left.saturating_sub(count);
        }
        *self.taken.entry((campaign_of, lane.to_owned())).or_insert(0) += count;
    }

    /// Writes what was taken.
    pub(super) fn write(self, conn: &mut Conn) -> Result<(), StoreError> {
        lanes::write_taken(conn, &self.lanes)?;
        for ((account, lane), count) in self.taken {
            sent::count(conn, account, &lane, count, self.now)?;
        }
        Ok(())
    }
}
