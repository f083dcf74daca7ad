//! When an import stops asking by itself: too many mailboxes that are not there, or people who never asked. Pure.

use crate::storage::words;

words! {
    /// Why an import stands still.
    pub enum PauseReason {
        /// A person of the account said so.
        User = "user",
        /// Too many of the last mails came back: the addresses are old, or were never checked.
        Bounces = "bounces",
        /// Too many said that they did not ask, or complained: the addresses are not the account's to write to.
        NotMe = "not_me",
    }
}

/// What came of the mails since the pace was last changed, the latest five hundred at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fate {
    /// Mails that a server took or refused.
    pub answered: i64,
    /// Of those, refused for good or come back.
    pub bounced: i64,
    /// People who said “not me”, or complained.
    pub unwanted: i64,
}

/// How many of the latest mails are looked at.
pub(super) const SAMPLE: i64 = 500;
/// Fewer answers say nothing yet.
const FEWEST: i64 = 100;
/// Fewer than this may be chance.
const FEWEST_BOUNCES: i64 = 10;
const FEWEST_UNWANTED: i64 = 3;

/// Why to stop; `None` to go on.
#[must_use]
pub const fn brake(fate: Fate) -> Option<PauseReason> {
    // More than one in two hundred; three are looked at from the start, since each is a stranger who was written to.
    if fate.unwanted >= FEWEST_UNWANTED && fate.unwanted * 200 > fate.answered {
        return Some(PauseReason::NotMe);
    }
    // More than one in twenty.
    if fate.answered >= FEWEST && fate.bounced >= FEWEST_BOUNCES && fate.bounced * 20 > fate.answered {
        return Some(PauseReason::Bounces);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b14_an_import_stops_when_too_many_bounce_or_did_not_ask() {
        for (answered, bounced, unwanted, expected) in [
            (0, 0, 0, None),
            (99, 99, 0, None),
            (200, 10, 0, None),
            (199, 10, 0, Some(PauseReason::Bounces)),
            (500, 30, 0, Some(PauseReason::Bounces)),
            (500, 25, 2, None),
            (20, 0, 3, Some(PauseReason::NotMe)),
            (500, 0, 3, Some(PauseReason::NotMe)),
            (700, 0, 3, None),
        ] {
            assert_eq!(brake(Fate { answered, bounced, unwanted }), expected, "{answered} {bounced} {unwanted}");
        }
    }
}
