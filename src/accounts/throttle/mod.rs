//! How often a sign-in may be tried for one address, and from one network.
//!
//! Counts live in the table `counters`, so that several nodes share them.

mod store;

use chrono::TimeDelta;

use crate::storage::{Conn, StoreError, Timestamp};

/// Attempts are counted in windows of this length.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Attempts for one address in one window.
const PER_ADDRESS: i64 = 10;
/// Attempts from one network in one window.
const PER_NETWORK: i64 = 50;

/// Whether one more attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// It may.
    Allowed,
    /// Not before so many seconds have passed.
    Wait {
        /// Seconds until the window ends.
        seconds: i64,
    },
}

/// Counts one attempt to sign in and says whether it may go on; counts those past the limit too.
///
/// # Errors
/// When the database refuses.
pub fn attempt(conn: &mut Conn, address: &str, network: &str, now: Timestamp) -> Result<Allowance, StoreError> {
    let window = now.window(WINDOW);
    let of_address = store::count(conn, &name("address", &address.to_lowercase()), window)?;
    let of_network = store::count(conn, &name("network", network), window)?;
    Ok(judge(of_address, of_network, window, now))
}

/// Forgets windows that have ended and says how many counters went; for every counter there is.
///
/// # Errors
/// When the database refuses.
pub fn forget_ended(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    store::delete_before(conn, now - TimeDelta::days(2))
}

fn judge(of_address: i64, of_network: i64, window: Timestamp, now: Timestamp) -> Allowance {
    if of_address <= PER_ADDRESS && of_network <= PER_NETWORK {
        return Allowance::Allowed;
    }
    Allowance::Wait { seconds: (window + WINDOW).since(now).num_seconds().max(1) }
}

/// Counters keep no address in clear.
fn name(kind: &str, value: &str) -> String {
    format!("sign_in/{kind}/{}", crate::keyring::encode(&crate::keyring::digest(value.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_either_limit_one_waits_until_the_window_ends() {
        let window = Timestamp::from_micros(0);
        let now = window + TimeDelta::minutes(5);
        assert_eq!(judge(10, 50, window, now), Allowance::Allowed);
        assert_eq!(judge(11, 1, window, now), Allowance::Wait { seconds: 600 });
        assert_eq!(judge(1, 51, window, now), Allowance::Wait { seconds: 600 });
    }
}
