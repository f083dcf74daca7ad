//! How much went to whom, in windows of a quarter of an hour: what limits and pages count.
//!
//! Counted when it is claimed, so that nodes together never pass a limit; what was not tried is taken out again.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::ceilings;
use crate::clock::Timestamp;
use crate::storage::{AccountId, Conn, StoreError};

/// How many went, window by window, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    windows: Vec<(Timestamp, i64)>,
}

/// Most campaign deliveries of an account; none for no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// In an hour.
    pub hourly: Option<i64>,
    /// In a day of 24 hours.
    pub daily: Option<i64>,
}

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// What campaigns of an account sent in the last day.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Sent, StoreError> {
    Ok(Sent { windows: ceilings::windows(conn, &account_name(account), DAY, now)? })
}

/// [`of_account`] of several accounts at once; one that sent nothing is left out.
///
/// # Errors
/// When the database cannot be read.
pub fn of_accounts(
    conn: &mut Conn,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<BTreeMap<AccountId, Sent>, StoreError> {
    let names: Vec<String> = accounts.iter().map(|account| account_name(*account)).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut windows = ceilings::windows_of(conn, &names, DAY, now)?;
    let sent = |account: &AccountId| Some((*account, Sent { windows: windows.remove(&account_name(*account))? }));
    Ok(accounts.iter().filter_map(sent).collect())
}

/// What went in every lane in the last hour, of all accounts and kinds; a lane in which nothing went is left out.
///
/// # Errors
/// When the database cannot be read.
pub fn of_lanes<'a>(
    conn: &mut Conn,
    lanes: impl Iterator<Item = &'a str>,
    now: Timestamp,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let names: BTreeMap<String, &str> = lanes.map(|lane| (lane_name(lane), lane)).collect();
    let asked: Vec<String> = names.keys().cloned().collect();
    let hits = ceilings::hits_of(conn, &asked, HOUR, now)?;
    Ok(hits.into_iter().filter_map(|(name, hits)| Some(((*names.get(&name)?).to_owned(), hits))).collect())
}

/// What goes, or with negative counts what did not: by the account whose campaign it is of, none for single mails, which
/// no limit of an account counts, and by lane.
pub type Going = BTreeMap<(Option<AccountId>, String), i64>;

/// Counts what goes, in one statement.
///
/// # Errors
/// When the database cannot do it.
pub fn count(conn: &mut Conn, going: &Going, now: Timestamp) -> Result<(), StoreError> {
    let mut times = BTreeMap::new();
    for ((campaign_of, lane), count) in going {
        *times.entry(lane_name(lane)).or_insert(0) += count;
        if let Some(account) = campaign_of {
            *times.entry(account_name(*account)).or_insert(0) += count;
        }
    }
    ceilings::hit_each(conn, &times, now)
}

fn account_name(account: AccountId) -> String {
    format!("sent/account/{account}")
}

fn lane_name(lane: &str) -> String {
    format!("sent/lane/{lane}")
}

impl Sent {
    /// What went in the last hour; with what the window in which it began had before it.
    #[must_use]
    pub fn in_hour(&self, now: Timestamp) -> i64 {
        self.since(now - HOUR)
    }

    /// What went in the last day.
    #[must_use]
    pub fn in_day(&self, now: Timestamp) -> i64 {
        self.since(now - DAY)
    }

    fn since(&self, from: Timestamp) -> i64 {
        let from = from.window(ceilings::WINDOW);
        self.windows.iter().filter(|(at, _)| *at >= from).map(|(_, count)| count).sum::<i64>().max(0)
    }

    /// When there is room below `limit` in `span` again; none when there is room now.
    fn room_at(&self, limit: Option<i64>, span: TimeDelta, now: Timestamp) -> Option<Timestamp> {
        let limit = limit?;
        let from = (now - span).window(ceilings::WINDOW);
        let mut sum = self.since(now - span);
        if sum < limit {
            return None;
        }
        for (at, count) in self.windows.iter().filter(|(at, _)| *at >= from) {
            sum -= count;
            if sum < limit {
                return Some(*at + ceilings::WINDOW + span);
            }
        }
        // A limit of nothing: somebody has to raise it first.
        Some(now + span)
    }
}

impl Limits {
    /// How many more may go now.
    #[must_use]
    pub fn room(&self, sent: &Sent, now: Timestamp) -> i64 {
        let of = |limit: Option<i64>, went: i64| limit.map_or(i64::MAX, |limit| (limit - went).max(0));
        of(self.hourly, sent.in_hour(now)).min(of(self.daily, sent.in_day(now)))
    }

    /// Until when everything waits, because a limit is reached.
    #[must_use]
    pub fn waits_until(&self, sent: &Sent, now: Timestamp) -> Option<Timestamp> {
        sent.room_at(self.hourly, HOUR, now).max(sent.room_at(self.daily, DAY, now))
    }

    /// Whether there is a limit at all.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.hourly.is_some() || self.daily.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn at(minutes: i64) -> Timestamp {
        START.window(ceilings::WINDOW) + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_reached_limit_says_until_when_the_rest_waits() {
        let sent = Sent { windows: vec![(at(0), 40), (at(15), 40), (at(30), 20)] };
        let hourly = |limit| Limits { hourly: Some(limit), daily: None };
        assert_eq!((hourly(150).room(&sent, at(31)), hourly(150).waits_until(&sent, at(31))), (50, None));
        assert_eq!((hourly(100).room(&sent, at(31)), hourly(100).waits_until(&sent, at(31))), (0, Some(at(75))));
        assert_eq!(hourly(50).waits_until(&sent, at(31)), Some(at(90)), "the second window has to go too");
        assert_eq!(hourly(100).room(&sent, at(75)), 40);
        let both = Limits { hourly: Some(100), daily: Some(100) };
        assert_eq!(both.waits_until(&sent, at(31)), Some(at(15 + 24 * 60)));
        assert_eq!(hourly(0).waits_until(&Sent::default(), at(0)), Some(at(60)));
        assert_eq!(Limits::default().room(&sent, at(31)), i64::MAX);
    }

    proptest! {
        /// No hour has more than the limit, wherever it begins; and the moment that is named really has room.
        #[test]
        fn no_hour_has_more_than_the_limit(limit in 1_i64..500, waits in prop::collection::vec((0_i64..40, 0_i64..300), 1..60)) {
            let limits = Limits { hourly: Some(limit), daily: None };
            let (mut sent, mut now, mut went) = (Sent::default(), START, Vec::new());
            for (wait, wanted) in waits {
                now = now + TimeDelta::minutes(wait);
                let count = wanted.min(limits.room(&sent, now));
                match sent.windows.last_mut() {
                    Some((at, sum)) if *at == now.window(ceilings::WINDOW) => *sum += count,
                    _ => sent.windows.push((now.window(ceilings::WINDOW), count)),
                }
                went.push((now, count));
                if let Some(until) = limits.waits_until(&sent, now) {
                    prop_assert!(until > now && limits.room(&sent, until) > 0);
                    prop_assert_eq!(limits.room(&sent, until - TimeDelta::microseconds(1)), 0);
                }
            }
            for (from, _) in &went {
                let hour: i64 =
                    went.iter().filter(|(at, _)| at >= from && *at < *from + HOUR).map(|(_, count)| count).sum();
                prop_assert!(hour <= limit, "{hour} of {limit}");
            }
        }
    }
}
