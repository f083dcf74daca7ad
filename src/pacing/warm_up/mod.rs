//! Warm-up: a new account, and a new sending domain, begin small with each provider and grow while what comes back is
//! quiet (PAC-05). Kept by account, sending domain and lane; counted by the day.
//!
//! A domain that campaigns were sent from before warm-up was switched on is taken as warm, and so is one of which the
//! operator says it. The lane of all others is many servers and has no warm-up.

mod day;
mod ramp;
mod ramps;
mod store;
mod switch;

pub use day::{Day, FIRST_CEILING, Step, WARM_AT, after, hourly};
pub use ramp::{DAY, Ramp};
pub use ramps::{Ramps, Sender};
pub use switch::{begin, forget_old, set_domain, switch, switch_account};

use super::Provider;
use crate::clock::Timestamp;
use crate::storage::{AccountId, Conn, ListId, StoreError};

/// Whether a lane has a warm-up: one provider with a ceiling, whoever sends.
#[must_use]
pub fn applies_to(lane: &str) -> bool {
    Provider::by_name(lane).is_some_and(|provider| provider.ceilings(true).hourly.is_some())
}

/// What came of a delivery that counts against a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// It was refused or returned for good.
    Hard,
    /// It was put off.
    Deferred,
    /// Somebody complained.
    Complaint,
}

/// A delivery of a campaign that met trouble: whose it was, of which list, in which lane, and which trouble.
pub type Met<'a> = (AccountId, ListId, &'a str, Trouble);

/// Deliveries that were not tried: whose, of which list, in which lane.
pub type Untried<'a> = (AccountId, ListId, &'a str);

/// Counts trouble against the warm-ups that it concerns; what is warm, or was never warmed up, is not counted.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn note(conn: &mut Conn, met: &[Met<'_>], now: Timestamp) -> Result<(), StoreError> {
    settle(conn, &[], met, now)
}

/// Takes deliveries that were not tried out of what their senders' day came to, and counts trouble as [`note`] does: in
/// one statement, because everybody takes these rows in one order.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn settle(conn: &mut Conn, untried: &[Untried<'_>], met: &[Met<'_>], now: Timestamp) -> Result<(), StoreError> {
    let untried: Vec<_> = untried.iter().filter(|(_, _, lane)| applies_to(lane)).collect();
    let met: Vec<_> = met.iter().filter(|(_, _, lane, _)| applies_to(lane)).collect();
    if untried.is_empty() && met.is_empty() {
        return Ok(());
    }
    let lists = untried.iter().map(|(_, list, _)| *list).chain(met.iter().map(|(_, list, ..)| *list));
    let domains = store::domains(conn, lists)?;
    let mut counts = store::DayCounts::new();
    for (account, list, lane) in untried {
        if let Some(domain) = domains.get(list) {
            counts.entry(Sender::new(*account, domain, lane)).or_default().tried -= 1;
        }
    }
    for (account, list, lane, trouble) in met {
        if let Some(domain) = domains.get(list) {
            counts.entry(Sender::new(*account, domain, lane)).or_default().meet(*trouble);
        }
    }
    store::settle(conn, &counts, now.window(DAY))
}

/// The warm-ups of one account; none while it is not warmed up at all.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Option<Ramps>, StoreError> {
    if !crate::accounts::warm_up::is_on(conn, account)? {
        return Ok(None);
    }
    Ok(Some(Ramps::of(store::of_account(conn, account)?, now)))
}

/// What is on record of an account's domains, also while it is not warmed up.
///
/// # Errors
/// When the rows cannot be read.
pub fn on_record(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Ramps, StoreError> {
    Ok(Ramps::of(store::of_account(conn, account)?, now))
}
