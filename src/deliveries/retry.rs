//! When a delivery that got a 4xx is tried again (RFC 5321, section 4.5.4.1).

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::config::RetrySettings;

/// What follows from a 4xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Try again.
    At {
        /// Not before this.
        due_at: Timestamp,
        /// And not after this.
        expires_at: Timestamp,
    },
    /// It was tried for long enough.
    GiveUp,
}

/// Decides what follows from a 4xx now, after `attempts` earlier ones.
///
/// The wait doubles from the first to the longest; `jitter` from 0 to 1 takes up to a quarter off, so that deliveries
/// which failed together do not come back together. The time in all counts from the first attempt and never goes past
/// the delivery's own end.
#[must_use]
pub fn after_refusal(
    settings: &RetrySettings,
    attempts: i32,
    expires_at: Timestamp,
    jitter: f64,
    now: Timestamp,
) -> Retry {
    let is_first = attempts <= 0;
    let expires_at = if is_first { expires_at.min(now + settings.give_up_after) } else { expires_at };
    let doublings = u32::try_from(attempts.clamp(0, 30)).unwrap_or(0);
    let wait = settings.first.checked_mul(1 << doublings).unwrap_or(settings.longest).min(settings.longest);
    let due_at = now + shortened(wait, jitter);
    if due_at < expires_at { Retry::At { due_at, expires_at } } else { Retry::GiveUp }
}

fn shortened(wait: TimeDelta, jitter: f64) -> TimeDelta {
    let off = wait.num_milliseconds() as f64 * 0.25 * jitter.clamp(0.0, 1.0);
    TimeDelta::milliseconds(wait.num_milliseconds() - off as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: RetrySettings = RetrySettings {
        first: TimeDelta::minutes(20),
        longest: TimeDelta::hours(4),
        give_up_after: TimeDelta::days(4),
    };
    const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// BNC-09: the attempts of a delivery that is deferred every time, as a relay would see them.
    fn attempts(jitter: f64, end: Timestamp) -> Vec<TimeDelta> {
        let (mut now, mut expires, mut seen) = (START, end, vec![TimeDelta::zero()]);
        for attempt in 0.. {
            match after_refusal(&DEFAULTS, attempt, expires, jitter, now) {
                Retry::At { due_at, expires_at } => (now, expires) = (due_at, expires_at),
                Retry::GiveUp => break,
            }
            seen.push(now.since(START));
        }
        seen
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_ends_after_four_days() {
        let seen = attempts(0.0, START + TimeDelta::days(3650));
        let minutes: Vec<i64> = seen.iter().take(7).map(TimeDelta::num_minutes).collect();
        assert_eq!(minutes, [0, 20, 60, 140, 300, 540, 780]);
        assert!(seen.last().is_some_and(|last| (TimeDelta::days(3)..TimeDelta::days(4)).contains(last)));
        assert_eq!(seen.len(), 27);
    }

    #[test]
    fn jitter_only_shortens_and_never_below_half_an_hour_in_general() {
        let seen = attempts(1.0, START + TimeDelta::days(3650));
        assert_eq!(seen.get(1), Some(&TimeDelta::minutes(15)));
        assert!(seen.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= TimeDelta::minutes(30)));
    }

    #[test]
    fn a_delivery_with_an_end_of_its_own_is_not_tried_after_it() {
        let seen = attempts(0.0, START + TimeDelta::hours(1) + TimeDelta::seconds(1));
        assert_eq!(seen.last(), Some(&TimeDelta::hours(1)));
    }
}
