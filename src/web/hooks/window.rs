//! How old a proof may be.

use chrono::TimeDelta;

use crate::clock::Timestamp;

use super::Refused;

/// Clocks of others go wrong by so much.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Whether a request was made within `longest` before now.
pub(super) fn check(made_at: Timestamp, longest: TimeDelta, now: Timestamp) -> Result<(), Refused> {
    if made_at <= now + AHEAD && now.since(made_at) <= longest { Ok(()) } else { Err(Refused::OutOfTime) }
}

/// A moment in seconds since 1970, as texts carry it; with a fraction or without.
pub(super) fn of_seconds(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.split('.').next()?.parse().ok()?;
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_for_its_time_and_not_before() {
        let now = Timestamp::from_micros(1_795_320_000_000_000);
        let at = |delta| check(now + delta, TimeDelta::hours(1), now).is_ok();
        assert!(at(TimeDelta::zero()) && at(-TimeDelta::hours(1)) && at(TimeDelta::minutes(9)));
        assert!(!at(-TimeDelta::minutes(61)) && !at(TimeDelta::minutes(11)));
        assert_eq!(of_seconds("1795320000"), Some(now));
        assert_eq!(of_seconds("1795320000.5"), Some(now));
        for text in ["", "now", "99999999999999999999", "9223372036854775807"] {
            assert_eq!(of_seconds(text), None, "{text}");
        }
        assert!(check(Timestamp::from_micros(i64::MIN), TimeDelta::hours(1), now).is_err());
    }
}
