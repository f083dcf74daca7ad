//! What follows for an address from one more refusal, seen with those before it. Pure.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Class, Severity, Verdict};
use crate::storage::Timestamp;

/// How many refusals on different days, over how long, end a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// At most one a day counts.
    pub days: usize,
    /// From the first to the last of them.
    pub over: TimeDelta,
}

impl Threshold {
    /// A full or failing mailbox: people come back from a holiday.
    pub const SOFT: Self = Self { days: 5, over: TimeDelta::days(15) };
    /// A mailbox that its provider calls closed or unused.
    pub const INACTIVE: Self = Self { days: 2, over: TimeDelta::days(7) };

    fn is_reached(self, moments: impl Iterator<Item = Timestamp>) -> bool {
        let days: BTreeSet<i64> = moments.map(|at| at.seconds().div_euclid(86_400)).collect();
        match (days.first(), days.last()) {
            (Some(first), Some(last)) => days.len() >= self.days && last - first >= self.over.num_days(),
            _ => false,
        }
    }
}

/// One earlier refusal of mail to the same address, since it last accepted mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Why it was refused.
    pub class: Class,
    /// When.
    pub at: Timestamp,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The address stays; the refusal is on record.
    Record,
    /// The address is dead: out, and suppressed.
    EndForHardBounce,
    /// Refused for weeks: out, and suppressed.
    EndForSoftBounces,
}

/// Judges a refusal at `now`; `before` holds the refusals since mail to the address was last accepted.
#[must_use]
pub fn judge(verdict: &Verdict, before: &[Event], now: Timestamp) -> Decision {
    match verdict.severity {
        Some(Severity::Hard) => return Decision::EndForHardBounce,
        None => return Decision::Record,
        Some(Severity::Soft) => {}
    }
    let all = || before.iter().copied().chain([Event { class: verdict.class, at: now }]);
    let soft = all().filter(|event| event.class.severity().is_some()).map(|event| event.at);
    let inactive = all().filter(|event| event.class == Class::Inactive).map(|event| event.at);
    if Threshold::SOFT.is_reached(soft) || Threshold::INACTIVE.is_reached(inactive) {
        Decision::EndForSoftBounces
    } else {
        Decision::Record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(class: Class, before: &[Event], now: Timestamp) -> Decision {
        super::judge(&Verdict { class, severity: class.severity(), status: String::new() }, before, now)
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_micros((number * 86_400 + 3600) * 1_000_000)
    }

    fn events(class: Class, days: &[i64]) -> Vec<Event> {
        days.iter().map(|number| Event { class, at: day(*number) }).collect()
    }

    #[test]
    fn bnc_01_one_refusal_for_an_unknown_user_takes_the_address_out() {
        assert_eq!(judge(Class::UnknownUser, &[], day(0)), Decision::EndForHardBounce);
        assert_eq!(judge(Class::BadDomain, &[], day(0)), Decision::EndForHardBounce);
    }

    #[test]
    fn bnc_02_what_is_about_us_never_takes_an_address_out() {
        for class in [Class::Throttled, Class::Policy, Class::Authentication, Class::Content, Class::Protocol] {
            let before = events(class, &[0, 5, 10, 15, 20, 25, 30, 35]);
            assert_eq!(judge(class, &before, day(40)), Decision::Record, "{class}");
            assert_eq!(judge(Class::MailboxFull, &before, day(40)), Decision::Record, "{class} counted");
        }
    }

    #[test]
    fn bnc_05_a_full_mailbox_leaves_after_five_days_spread_over_fifteen() {
        let full = |days: &[i64], last| judge(Class::MailboxFull, &events(Class::MailboxFull, days), day(last));
        assert_eq!(full(&[0, 4, 8, 12], 15), Decision::EndForSoftBounces);
        assert_eq!(full(&[0, 4, 8, 12], 14), Decision::Record, "too short a time");
        assert_eq!(full(&[0, 4, 8], 30), Decision::Record, "too few");
        assert_eq!(full(&[0, 0, 0, 0, 0, 15, 15, 15], 15), Decision::Record, "at most one a day counts");
    }

    #[test]
    fn a_closed_mailbox_leaves_after_two_refusals_a_week_apart() {
        assert_eq!(judge(Class::Inactive, &events(Class::Inactive, &[0]), day(7)), Decision::EndForSoftBounces);
        assert_eq!(judge(Class::Inactive, &events(Class::Inactive, &[1]), day(7)), Decision::Record);
        assert_eq!(judge(Class::MailboxFull, &events(Class::Inactive, &[0]), day(7)), Decision::Record);
    }
}
