//! The lane of each receiving domain: known ones by the table of providers, the others by their mail exchangers, which
//! the worker asks for and which are kept for a while. Until then a domain goes in the lane of all others.

mod store;

use chrono::TimeDelta;

use super::{OTHER, Provider};
use crate::clock::Timestamp;
use crate::storage::{Conn, StoreError};

pub use store::{are_unknown, forget_old, prepare, want_expired, wanted};

/// What the domain name system said of a receiving domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Its mail exchangers, best first.
    Exchangers(Vec<String>),
    /// It has none.
    None,
    /// Nobody answered.
    NoAnswer,
}

/// How long an answer is believed.
const KEPT: TimeDelta = TimeDelta::days(7);
/// How long it is believed that there are no mail exchangers.
const NONE_KEPT: TimeDelta = TimeDelta::days(1);
/// When somebody is asked again after nobody answered.
const NO_ANSWER_KEPT: TimeDelta = TimeDelta::minutes(15);

/// The lane of a receiving domain (lower-case A-labels). One that is not known is asked about soon.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn lane_of(conn: &mut Conn, domain: &str, now: Timestamp) -> Result<String, StoreError> {
    if let Some(provider) = Provider::of_domain(domain) {
        return Ok(provider.name.clone());
    }
    if is_reserved(domain) {
        return Ok(OTHER.to_owned());
    }
    match store::row(conn, domain)? {
        Some((lane, Some(expires_at))) if now < expires_at => Ok(lane),
        Some((lane, _)) => store::want(conn, domain, &lane, now).map(|()| lane),
        None => store::want(conn, domain, OTHER, now).map(|()| OTHER.to_owned()),
    }
}

/// Remembers what was found.
///
/// # Errors
/// When the row cannot be written.
pub fn learn(conn: &mut Conn, domain: &str, found: &Found, now: Timestamp) -> Result<(), StoreError> {
    let (lane, kept) = match found {
        Found::Exchangers(hosts) => (Some(lane_of_exchangers(hosts)), KEPT),
        Found::None => (Some(OTHER), NONE_KEPT),
        Found::NoAnswer => (None, NO_ANSWER_KEPT),
    };
    store::learn(conn, domain, lane, now + kept)
}

/// The lane of the best mail exchanger that belongs to a known provider.
#[must_use]
pub fn lane_of_exchangers(hosts: &[String]) -> &'static str {
    hosts.iter().find_map(|host| Provider::of_mx(host)).map_or(OTHER, |provider| provider.name.as_str())
}

/// Whether a name can never be asked about: reserved for examples and tests (RFC 2606, RFC 6761).
#[must_use]
pub fn is_reserved(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    ["example", "test", "invalid", "localhost"].contains(&last)
}
