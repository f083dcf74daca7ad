//! The warm-ups of many senders: read at the start of a claim, written at its end, in its transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::{DAY, Ramp, applies_to, store};
use crate::clock::Timestamp;
use crate::pacing::providers;
use crate::storage::{AccountId, Conn, StoreError};

/// Who is warmed up with whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sender {
    /// The account.
    pub account: AccountId,
    /// The domain of its From address.
    pub domain: String,
    /// The lane.
    pub lane: String,
}

impl Sender {
    /// A sender in a lane.
    #[must_use]
    pub fn new(account: AccountId, domain: &str, lane: &str) -> Self {
        Self { account, domain: domain.to_owned(), lane: lane.to_owned() }
    }
}

/// All warm-ups that were read.
#[derive(Debug, Clone, Default)]
pub struct Ramps {
    ramps: BTreeMap<Sender, Ramp>,
    warm: BTreeSet<(AccountId, String)>,
    taken: BTreeMap<Sender, i64>,
}

impl Ramps {
    /// The warm-ups of the accounts that have a campaign on its way.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn read(conn: &mut Conn, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self::of(store::of_sending(conn)?, now))
    }

    /// Takes in what more was read; what is there already stays as it is.
    pub fn join(&mut self, more: Self) {
        for (sender, ramp) in more.ramps {
            self.ramps.entry(sender).or_insert(ramp);
        }
        self.warm.extend(more.warm);
    }

    pub(super) fn of(rows: Vec<(Sender, Ramp)>, now: Timestamp) -> Self {
        let mut all = Self::default();
        for (sender, ramp) in rows {
            if sender.lane.is_empty() {
                all.warm.insert((sender.account, sender.domain));
            } else {
                all.ramps.insert(sender, ramp.at(now));
            }
        }
        all
    }

    /// The warm-up of a sender, also one that has not begun; none where there is no ceiling (any more).
    #[must_use]
    pub fn get(&self, sender: &Sender, now: Timestamp) -> Option<Ramp> {
        if !applies_to(&sender.lane) || self.is_taken_as_warm(sender.account, &sender.domain) {
            return None;
        }
        let ramp = self.ramps.get(sender).copied().unwrap_or_else(|| Ramp::cold(now));
        (!ramp.is_warm()).then_some(ramp)
    }

    /// Whether a whole domain is taken as warm.
    #[must_use]
    pub fn is_taken_as_warm(&self, account: AccountId, domain: &str) -> bool {
        self.warm.contains(&(account, domain.to_owned()))
    }

    /// Whether a sending domain is still warmed up in any lane.
    #[must_use]
    pub fn is_warming(&self, account: AccountId, domain: &str, now: Timestamp) -> bool {
        let mut lanes = providers::all().iter().map(|provider| Sender::new(account, domain, &provider.name));
        lanes.any(|sender| self.get(&sender, now).is_some())
    }

    /// How many of a sender may go now, of a campaign that has so many hours a day.
    #[must_use]
    pub fn room(&self, sender: &Sender, open_hours: i64, now: Timestamp) -> i64 {
        self.get(sender, now).map_or(i64::MAX, |ramp| ramp.room(open_hours, now))
    }

    /// Counts what goes of such a campaign.
    pub fn take(&mut self, sender: &Sender, count: i64, open_hours: i64, now: Timestamp) {
        // Who became warm since the last claim is written once.
        let is_newly_warm = self.ramps.get(sender).is_some_and(|ramp| ramp.warm_at == Some(now.window(DAY)));
        let counted = match self.get(sender, now) {
            _ if count < 1 => return,
            Some(ramp) => {
                self.ramps.insert(sender.clone(), ramp.take(count, open_hours, now));
                count
            }
            None if is_newly_warm => 0,
            None => return,
        };
        *self.taken.entry(sender.clone()).or_insert(0) += counted;
    }

    /// Every warm-up with its sender, in the order of accounts, domains and lanes.
    pub fn iter(&self) -> impl Iterator<Item = (&Sender, &Ramp)> {
        self.ramps.iter()
    }

    /// The domains that are taken as warm.
    pub fn taken_as_warm(&self) -> impl Iterator<Item = (AccountId, &str)> {
        self.warm.iter().map(|(account, domain)| (*account, domain.as_str()))
    }

    /// Writes what was taken, in the transaction in which the warm-ups were read.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub fn write(&self, conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
        let changed: Vec<(&Sender, &Ramp)> =
            self.taken.keys().filter_map(|sender| self.ramps.get_key_value(sender)).collect();
        store::write(conn, &changed)?;
        // On the day that the ramp is at, which lies ahead while the clock is set back.
        let mut days: BTreeMap<Timestamp, store::DayCounts> = BTreeMap::new();
        for (sender, count) in self.taken.iter().filter(|(_, count)| **count > 0) {
            let day_at = self.ramps.get(sender).map_or_else(|| now.window(DAY), |ramp| ramp.day_at);
            let tried = super::Day { tried: *count, ..super::Day::default() };
            days.entry(day_at).or_default().insert(sender.clone(), tried);
        }
        days.iter().try_for_each(|(day_at, tried)| store::count_tried(conn, tried, *day_at))
    }
}
