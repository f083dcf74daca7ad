//! What follows for an address from one more refusal, seen with those before it. Pure.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{Class, Lasting, Severity, Verdict};
use crate::accounts::brakes::{Bounds, SOFT_BOUNCE_DAYS, SOFT_BOUNCES};
use crate::storage::Timestamp;

/// How many refusals on different days, over how long, end a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// At most one a day counts.
    pub days: usize,
    /// From the first to the last of them.
    pub over: TimeDelta,
}

/// How often a refusal must have been older than the threshold's own time to be forgotten.
const FORGOTTEN_AFTER: i32 = 6;

impl Threshold {
    /// A full or failing mailbox, where the operator chose nothing else: people come back from a holiday.
    pub const SOFT: Self = Self { days: 5, over: TimeDelta::days(15) };
    /// A mailbox that its provider calls closed or unused: accounts are opened again, and providers err.
    pub const INACTIVE: Self = Self { days: 3, over: TimeDelta::days(15) };
    /// A mailbox that a report calls unknown without a second witness: the second report is the witness.
    pub const DOUBTED: Self = Self { days: 2, over: TimeDelta::days(7) };

    /// What the operator chose for full and failing mailboxes.
    #[must_use]
    pub fn soft(bounds: &Bounds) -> Self {
        // An earlier version let fewer be chosen.
        let (days, over) = (bounds.soft_bounces.max(SOFT_BOUNCES.0), bounds.soft_bounce_days.max(SOFT_BOUNCE_DAYS.0));
        Self { days: usize::try_from(days).unwrap_or(Self::SOFT.days), over: TimeDelta::days(over) }
    }

    fn is_reached(self, moments: impl Iterator<Item = Timestamp>, now: Timestamp) -> bool {
        let since = now - self.over * FORGOTTEN_AFTER;
        let moments: BTreeSet<Timestamp> = moments.filter(|at| *at >= since).collect();
        let days: BTreeSet<i64> = moments.iter().map(|at| at.seconds().div_euclid(86_400)).collect();
        match (moments.first(), moments.last()) {
            (Some(first), Some(last)) => days.len() >= self.days && last.since(*first) >= self.over,
            _ => false,
        }
    }
}

/// One earlier refusal of mail to the same address, since it last accepted mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Why it was refused.
    pub class: Class,
    /// For how long, as it was said.
    pub lasting: Lasting,
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

/// Judges a refusal at `now`; `before` holds the refusals since mail to the address was last accepted and stayed so, and
/// `soft` says how many of them are too many. Old ones are forgotten.
#[must_use]
pub fn judge(verdict: &Verdict, before: &[Event], soft: Threshold, now: Timestamp) -> Decision {
    match verdict.severity {
        Some(Severity::Hard) => return Decision::EndForHardBounce,
        None => return Decision::Record,
        Some(Severity::Soft) => {}
    }
    let all = || before.iter().copied().chain([Event { class: verdict.class, lasting: verdict.lasting, at: now }]);
    let of_the_address = all().filter(|event| event.class.severity().is_some()).map(|event| event.at);
    // What was said to hold for now is no witness that a mailbox is gone, whatever its words: soft, and nothing else.
    let for_good = || all().filter(|event| event.lasting != Lasting::ForNow);
    let closed =
        for_good().filter(|event| event.class == Class::Inactive || is_gone(event.class)).map(|event| event.at);
    let doubted = for_good().filter(|event| is_gone(event.class)).map(|event| event.at);
    if soft.is_reached(of_the_address, now)
        || Threshold::INACTIVE.is_reached(closed, now)
        || Threshold::DOUBTED.is_reached(doubted, now)
    {
        Decision::EndForSoftBounces
    } else {
        Decision::Record
    }
}

/// Whether a refusal says that there is no such mailbox.
const fn is_gone(class: Class) -> bool {
    matches!(class, Class::UnknownUser | Class::BadDomain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(class: Class, before: &[Event], now: Timestamp) -> Decision {
        let verdict = Verdict { class, severity: class.severity(), status: String::new(), lasting: Lasting::ForGood };
        super::judge(&verdict, before, Threshold::SOFT, now)
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_micros((number * 86_400 + 3600) * 1_000_000)
    }

    fn events(class: Class, days: &[i64]) -> Vec<Event> {
        days.iter().map(|number| Event { class, lasting: Lasting::ForGood, at: day(*number) }).collect()
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
        let before = events(Class::MailboxFull, &[0, 4, 8, 12]);
        let short = judge(Class::MailboxFull, &before, day(15) - TimeDelta::minutes(1));
        assert_eq!(short, Decision::Record, "the sixteenth day of the calendar, and not fifteen days");
        assert_eq!(full(&[0, 0, 0, 0, 0, 15, 15, 15], 15), Decision::Record, "at most one a day counts");
    }

    #[test]
    fn bnc_05_old_refusals_are_forgotten() {
        let full = |days: &[i64], last| judge(Class::MailboxFull, &events(Class::MailboxFull, days), day(last));
        assert_eq!(full(&[0, 100, 104, 108], 110), Decision::Record, "the first is too long ago to count");
        assert_eq!(full(&[0, 20, 40, 60], 80), Decision::EndForSoftBounces);
    }

    #[test]
    fn bnc_05_the_operator_chooses_how_many_and_over_how_long() {
        let bounds = Bounds { bounces: 500, complaints: 30, soft_bounces: 3, soft_bounce_days: 30 };
        let verdict = Verdict {
            class: Class::MailboxFull,
            severity: Some(Severity::Soft),
            status: String::new(),
            lasting: Lasting::ForGood,
        };
        let at = |last| {
            let before = events(Class::MailboxFull, &[0, 10, 20]);
            super::judge(&verdict, &before, Threshold::soft(&bounds), day(last))
        };
        assert_eq!((at(29), at(30)), (Decision::Record, Decision::EndForSoftBounces));
    }

    #[test]
    fn an_unknown_user_without_a_second_witness_leaves_at_the_second_report_a_week_later() {
        let doubtful = Verdict {
            class: Class::UnknownUser,
            severity: Some(Severity::Soft),
            status: String::new(),
            lasting: Lasting::ForGood,
        };
        let at = |before: &[i64], last| {
            super::judge(&doubtful, &events(Class::UnknownUser, before), Threshold::SOFT, day(last))
        };
        assert_eq!(at(&[], 0), Decision::Record);
        assert_eq!(at(&[0], 6), Decision::Record);
        assert_eq!(at(&[0], 7), Decision::EndForSoftBounces);
    }

    /// "User unknown" in a 4xx: a directory that is away, a mailbox that is being made, a sender that is being verified.
    #[test]
    fn bnc_05_what_holds_for_now_is_no_witness_that_a_mailbox_is_gone() {
        let of = |class, lasting| move |number: &i64| Event { class, lasting, at: day(*number) };
        for class in [Class::UnknownUser, Class::Inactive] {
            let for_now =
                Verdict { class, severity: Some(Severity::Soft), status: String::new(), lasting: Lasting::ForNow };
            let at = |before: &[i64], last| {
                let before: Vec<Event> = before.iter().map(of(class, Lasting::ForNow)).collect();
                super::judge(&for_now, &before, Threshold::SOFT, day(last))
            };
            assert_eq!(at(&[0, 7, 8], 30), Decision::Record, "{class}");
            assert_eq!(
                at(&[0, 4, 8, 12], 15),
                Decision::EndForSoftBounces,
                "{class}: it is scored like every soft one"
            );
            let for_good = Verdict { lasting: Lasting::ForGood, ..for_now.clone() };
            let before: Vec<Event> = [0, 8].iter().map(of(class, Lasting::ForNow)).collect();
            let judged = super::judge(&for_good, &before, Threshold::SOFT, day(30));
            assert_eq!(judged, Decision::Record, "{class}: one witness stands alone");
        }
    }

    #[test]
    fn bnc_05_a_closed_mailbox_leaves_after_three_days_spread_over_fifteen() {
        let closed = |days: &[i64], last| judge(Class::Inactive, &events(Class::Inactive, days), day(last));
        assert_eq!(closed(&[0, 7], 15), Decision::EndForSoftBounces);
        assert_eq!(closed(&[0, 7], 14), Decision::Record, "too short a time");
        assert_eq!(closed(&[0], 30), Decision::Record, "two are not several");
        assert_eq!(closed(&[0, 0, 15], 15), Decision::Record, "at most one a day counts");
        let full = judge(Class::MailboxFull, &events(Class::Inactive, &[0, 5]), day(15));
        assert_eq!(full, Decision::Record, "a full mailbox is not closed");
    }

    #[test]
    fn bnc_05_no_choice_lets_a_full_mailbox_leave_within_fifteen_days() {
        let hasty = Bounds { bounces: 500, complaints: 30, soft_bounces: 2, soft_bounce_days: 7 };
        assert_eq!(Threshold::soft(&hasty), Threshold { days: 3, over: TimeDelta::days(15) });
    }
}
