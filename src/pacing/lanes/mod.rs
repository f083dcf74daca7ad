//! The lanes of the installation: how each goes now, what the operator set, and what a reply did to it.
//!
//! One row a lane, which all nodes read and write, so that a ceiling holds for the whole installation. A reply that
//! speaks of one account changes that account's lane only.

mod change;
mod hear;
mod store;
mod told;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Bucket, Ceilings, Flow, LaneState, OTHER, Provider, Standing};
use crate::clock::Timestamp;
use crate::storage::{AccountId, Conn, StoreError};

pub use change::{Override, OverrideOutcome, open, set};
pub use hear::{Answer, HearOutcome, hear};
pub use store::{of_account, of_accounts};
pub use told::{Told, hear_told};

/// A provider counts us as new for so long after the first delivery of its lane.
const NEW_FOR: TimeDelta = TimeDelta::days(30);

/// A lane as it stands.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Who receives.
    pub provider: &'static Provider,
    /// What the operator set.
    pub set: Override,
    /// What replies did to it.
    pub state: LaneState,
    /// The last reply that did something to it.
    pub reply: Option<String>,
    bucket: Bucket,
    first_at: Option<Timestamp>,
    is_taken_from: bool,
}

/// All lanes by name.
#[derive(Debug, Clone, Default)]
pub struct Lanes(BTreeMap<String, Lane>);

/// Every lane of the table, each as it stands.
///
/// # Errors
/// When the rows cannot be read.
pub fn all(conn: &mut Conn) -> Result<Lanes, StoreError> {
    let mut rows = store::rows(conn)?;
    let lane = |provider: &'static Provider| {
        let lane = rows.remove(&provider.name).unwrap_or_else(|| Lane::untouched(provider));
        (provider.name.clone(), lane)
    };
    Ok(Lanes(super::providers::all().iter().map(lane).collect()))
}

/// Writes what was taken since the lanes were read, in the transaction in which they were.
///
/// # Errors
/// When the rows cannot be written.
pub fn write_taken(conn: &mut Conn, lanes: &Lanes) -> Result<(), StoreError> {
    let taken = lanes.0.iter().filter(|(_, lane)| lane.is_taken_from);
    let buckets: Vec<_> = taken.map(|(name, lane)| (name.as_str(), lane.bucket.full_at, lane.first_at)).collect();
    store::write_buckets(conn, &buckets)
}

impl Lane {
    /// The lane of a provider to which nothing was ever sent.
    #[must_use]
    pub fn untouched(provider: &'static Provider) -> Self {
        let set = Override::default();
        let (bucket, state) = (Bucket::default(), LaneState::OPEN);
        Self { provider, set, state, reply: None, bucket, first_at: None, is_taken_from: false }
    }

    /// Whether the provider does not know us yet.
    #[must_use]
    pub fn is_new(&self, now: Timestamp) -> bool {
        self.first_at.is_none_or(|first| now.since(first) < NEW_FOR)
    }

    /// What it takes at most: the operator's word before the table's. A slowed lane has fewer connections too.
    #[must_use]
    pub fn ceilings(&self, now: Timestamp) -> Ceilings {
        let whole = self.whole_ceilings(now);
        let share = |count: i64| (count * self.state.permille(now) / 1000).max(1);
        Ceilings {
            connections: u32::try_from(share(whole.connections.into())).unwrap_or(1),
            messages: whole.messages,
            hourly: whole.hourly.map(share),
        }
    }

    /// What it takes at most while nothing slows it.
    #[must_use]
    pub fn whole_ceilings(&self, now: Timestamp) -> Ceilings {
        let table = self.provider.ceilings(self.is_new(now));
        Ceilings {
            connections: self.set.connections.unwrap_or(table.connections).max(1),
            messages: self.set.messages.unwrap_or(table.messages).max(1),
            hourly: self.set.hourly.or(table.hourly),
        }
    }

    /// Whether mail goes over TLS only, where this installation delivers by itself: the operator's word before the table's.
    #[must_use]
    pub fn demands_tls(&self) -> bool {
        self.set.demands_tls.unwrap_or(self.provider.demands_tls())
    }

    /// How many deliveries may go now.
    #[must_use]
    pub fn room(&self, now: Timestamp) -> i64 {
        if let Standing::Stopped(_) = self.state.standing(now) {
            return 0;
        }
        self.flow(now).map_or(i64::MAX, |flow| self.bucket.room(flow, now))
    }

    /// Whether what goes is about as much as its ceiling lets go.
    #[must_use]
    pub fn is_tight(&self, now: Timestamp) -> bool {
        self.flow(now).is_some_and(|flow| self.bucket.is_low(flow, now))
    }

    fn flow(&self, now: Timestamp) -> Option<Flow> {
        self.ceilings(now).hourly.map(Flow::hourly)
    }

    fn take(&mut self, count: i64, now: Timestamp) {
        if count <= 0 {
            return;
        }
        if let Some(flow) = self.flow(now) {
            self.bucket = self.bucket.take(flow, count, now);
        }
        self.is_taken_from |= self.first_at.is_none() || self.bucket.full_at.is_some();
        self.first_at.get_or_insert(now);
    }
}

impl Lanes {
    /// A lane by its name; a name that is no lane any more counts as the lane of all others.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Lane> {
        self.0.get(name).or_else(|| self.0.get(OTHER))
    }

    /// Every lane with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Lane)> {
        self.0.iter().map(|(name, lane)| (name.as_str(), lane))
    }

    /// How many deliveries may go in a lane now.
    #[must_use]
    pub fn room(&self, name: &str, now: Timestamp) -> i64 {
        self.get(name).map_or(i64::MAX, |lane| lane.room(now))
    }

    /// Until when a lane stands still, if it does.
    #[must_use]
    pub fn stopped_until(&self, name: &str, now: Timestamp) -> Option<Timestamp> {
        match self.get(name)?.state.standing(now) {
            Standing::Stopped(until) => Some(until),
            Standing::Open | Standing::Slowed(_) => None,
        }
    }

    /// Counts deliveries that go; also more than there was room for.
    pub fn take(&mut self, name: &str, count: i64, now: Timestamp) {
        let known = if self.0.contains_key(name) { name } else { OTHER };
        if let Some(lane) = self.0.get_mut(known) {
            lane.take(count, now);
        }
    }
}

/// The lanes of accounts that replies changed, by account and name.
pub type AccountLanes = BTreeMap<(AccountId, String), AccountLane>;

/// The lane of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLane {
    /// What replies did to it.
    pub state: LaneState,
    /// The reply that did it.
    pub reply: Option<String>,
}
