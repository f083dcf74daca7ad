//! Whether a campaign's numbers are bad enough to warn or to stop. Pure.

use super::{Finding, Rate};
use crate::accounts::brakes::Brakes;

/// What came of a campaign since it was started, or resumed by a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Deliveries that were accepted or failed.
    pub sent: i64,
    /// Deliveries whose address is dead.
    pub bounces: i64,
    /// Deliveries that were complained of.
    pub complaints: i64,
}

impl Seen {
    /// What came after `base`.
    #[must_use]
    pub const fn since(self, base: Self) -> Self {
        Self {
            sent: self.sent - base.sent,
            bounces: self.bounces - base.bounces,
            complaints: self.complaints - base.complaints,
        }
    }
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing.
    Fine,
    /// Its sender should know.
    Warn(Finding),
    /// It stops.
    Pause(Finding),
}

/// Dead addresses warn at two fifths of what pauses: 2 % of 5 %.
const BOUNCES_WARN: (i64, i64) = (2, 5);
/// Complaints warn at four fifteenths of what pauses: 0.08 % of 0.3 %.
const COMPLAINTS_WARN: (i64, i64) = (4, 15);
/// One reader's click is no share, however small the campaign.
const FEWEST_COMPLAINTS: (i64, i64) = (2, 3);

/// Judges what was seen of a campaign by an account's brakes.
#[must_use]
pub fn judge(seen: Seen, brakes: Brakes) -> Judgement {
    if seen.sent < brakes.sample.max(1) {
        return Judgement::Fine;
    }
    let find = |rate, hits, most| Finding { rate, hits, sent: seen.sent, most };
    let is_over = |hits: i64, most: i64, (part, whole): (i64, i64)| {
        hits > 0 && hits.saturating_mul(10_000).saturating_mul(whole) >= most.saturating_mul(seen.sent) * part
    };
    let complaints = find(Rate::Complaints, seen.complaints, brakes.complaints);
    let bounces = find(Rate::Bounces, seen.bounces, brakes.bounces);
    let (few, fewest) = FEWEST_COMPLAINTS;
    if seen.complaints >= fewest && is_over(seen.complaints, brakes.complaints, (1, 1)) {
        Judgement::Pause(complaints)
    } else if is_over(seen.bounces, brakes.bounces, (1, 1)) {
        Judgement::Pause(bounces)
    } else if seen.complaints >= few && is_over(seen.complaints, brakes.complaints, COMPLAINTS_WARN) {
        Judgement::Warn(complaints)
    } else if is_over(seen.bounces, brakes.bounces, BOUNCES_WARN) {
        Judgement::Warn(bounces)
    } else {
        Judgement::Fine
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BRAKES: Brakes = Brakes { bounces: 500, complaints: 30, sample: 200 };

    fn judged(sent: i64, bounces: i64, complaints: i64) -> &'static str {
        match judge(Seen { sent, bounces, complaints }, BRAKES) {
            Judgement::Fine => "fine",
            Judgement::Warn(Finding { rate: Rate::Bounces, .. }) => "warn: bounces",
            Judgement::Warn(Finding { rate: Rate::Complaints, .. }) => "warn: complaints",
            Judgement::Pause(Finding { rate: Rate::Bounces, .. }) => "pause: bounces",
            Judgement::Pause(Finding { rate: Rate::Complaints, .. }) => "pause: complaints",
        }
    }

    #[test]
    fn pac_07_dead_addresses_warn_at_two_percent_and_pause_at_five() {
        for (sent, bounces, wanted) in [
            (1000, 0, "fine"),
            (1000, 19, "fine"),
            (1000, 20, "warn: bounces"),
            (1000, 49, "warn: bounces"),
            (1000, 50, "pause: bounces"),
            (199, 199, "fine"),
            (200, 10, "pause: bounces"),
        ] {
            assert_eq!(judged(sent, bounces, 0), wanted, "{bounces} of {sent}");
        }
    }

    #[test]
    fn pac_07_complaints_warn_at_eight_hundredths_and_pause_at_three_tenths() {
        for (sent, complaints, wanted) in [
            (10_000, 7, "fine"),
            (10_000, 8, "warn: complaints"),
            (10_000, 29, "warn: complaints"),
            (10_000, 30, "pause: complaints"),
            (200, 1, "fine"),
            (200, 2, "warn: complaints"),
            (200, 3, "pause: complaints"),
        ] {
            assert_eq!(judged(sent, 0, complaints), wanted, "{complaints} of {sent}");
        }
    }

    #[test]
    fn a_complaint_weighs_more_than_a_dead_address() {
        assert_eq!(judged(1000, 500, 3), "pause: complaints");
        assert_eq!(judged(1000, 50, 2), "pause: bounces");
    }

    proptest! {
        #[test]
        fn more_trouble_is_never_judged_milder(sent in 0i64..1_000_000, bounces in 0i64..10_000, complaints in 0i64..10_000) {
            let weight = |bounces, complaints| match judge(Seen { sent, bounces, complaints }, BRAKES) {
                Judgement::Fine => 0,
                Judgement::Warn(_) => 1,
                Judgement::Pause(_) => 2,
            };
            prop_assert!(weight(bounces + 1, complaints) >= weight(bounces, complaints));
            prop_assert!(weight(bounces, complaints + 1) >= weight(bounces, complaints));
        }
    }
}
