//! How often a sign-in may be tried for one address, and from one network.
//!
//! [`ceilings`] counts, so that several nodes share the counts and no address stands in them.

use chrono::TimeDelta;

use crate::ceilings;
use crate::keyring::Keyring;
use crate::storage::{Conn, StoreError, Timestamp};

/// Attempts are counted over this time, give or take a quarter of an hour.
pub const SPAN: TimeDelta = TimeDelta::minutes(15);
/// Attempts for one address in that time.
const PER_ADDRESS: i64 = 10;
/// Attempts from one network in that time.
const PER_NETWORK: i64 = 50;

/// Whether one more attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// It may.
    Allowed,
    /// Not before so many seconds have passed.
    Wait {
        /// For `Retry-After`.
        seconds: i64,
    },
}

/// Counts one attempt to sign in and says whether it may go on; counts those past the limit too.
///
/// # Errors
/// When the database refuses.
pub fn attempt(
    conn: &mut Conn,
    keys: &Keyring,
    address: &str,
    network: &str,
    now: Timestamp,
) -> Result<Allowance, StoreError> {
    let of_address = count(conn, &ceilings::name(keys, "sign-in-address", &address.to_lowercase()), now)?;
    let of_network = count(conn, &ceilings::name(keys, "sign-in-network", network), now)?;
    Ok(judge(of_address, of_network))
}

fn count(conn: &mut Conn, name: &str, now: Timestamp) -> Result<i64, StoreError> {
    ceilings::hit(conn, name, now)?;
    ceilings::hits(conn, name, SPAN, now)
}

fn judge(of_address: i64, of_network: i64) -> Allowance {
    if of_address <= PER_ADDRESS && of_network <= PER_NETWORK {
        return Allowance::Allowed;
    }
    Allowance::Wait { seconds: SPAN.num_seconds() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_either_limit_one_waits() {
        let wait = Allowance::Wait { seconds: 900 };
        for (of_address, of_network, allowance) in [(10, 50, Allowance::Allowed), (11, 1, wait), (1, 51, wait)] {
            assert_eq!(judge(of_address, of_network), allowance);
        }
    }
}
