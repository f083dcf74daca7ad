//! Brakes: a campaign whose mail comes back from dead addresses, or is complained of, stops by itself.
//!
//! The worker looks ([`look`]) at every campaign that is being sent, judges its numbers ([`judge()`], pure) by the
//! account's brakes, and applies them ([`brake`]): a warning or a pause, told to the account's users by mail, with the
//! numbers and what to do. Resuming is an act of a person, and counts anew from the numbers of that moment.

mod apply;
mod judge;
mod notice;
mod store;

pub(super) use apply::release;
pub use apply::{BrakeOutcome, LookBack, LookedBack, brake, look, look_back, shares};
pub use judge::{Judgement, Seen, judge};
pub use notice::mail;

use crate::accounts::brakes::Brakes;
use crate::storage::{CampaignId, Conn, StoreError, words};
use crate::texts::Texts;

words! {
    /// Which share is too high.
    pub enum Rate {
        /// Addresses that are dead.
        Bounces = "bounces",
        /// Readers who called the message unwanted.
        Complaints = "complaints",
    }
}

/// What a brake found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Which share is too high.
    pub rate: Rate,
    /// How many came back, or were complained of.
    pub hits: i64,
    /// Of how many that were sent.
    pub sent: i64,
    /// The share at which a campaign is paused, in hundredths of a percent.
    pub most: i64,
}

impl Finding {
    /// The finding in numbers, in the reader's language.
    #[must_use]
    pub fn say(&self, texts: &Texts) -> String {
        let share = self.hits.saturating_mul(10_000) / self.sent.max(1);
        let key = match self.rate {
            Rate::Bounces => "brake-bounces",
            Rate::Complaints => "brake-complaints",
        };
        texts.say_with(
            key,
            &[
                ("hits", texts.number(self.hits).into()),
                ("sent", texts.number(self.sent).into()),
                ("share", percent(share, *texts).into()),
                ("most", percent(self.most, *texts).into()),
            ],
        )
    }

    /// What to do about it; after the campaign has finished there is nothing to resume.
    #[must_use]
    pub fn advice(&self, texts: &Texts, is_finished: bool) -> String {
        let advice = texts.say(match self.rate {
            Rate::Bounces => "brake-bounces-advice",
            Rate::Complaints => "brake-complaints-advice",
        });
        if is_finished { advice } else { format!("{advice} {}", texts.say("brake-resume-line")) }
    }
}

/// What came of a campaign beside the shares that stop one, in the reader's language; `None` before anything was sent.
#[must_use]
pub fn say_shares(seen: &Seen, brakes: &Brakes, texts: &Texts) -> Option<String> {
    let share = |hits: i64| percent(hits.saturating_mul(10_000) / seen.sent.max(1), *texts);
    let arguments = [
        ("bounces", share(seen.bounces).into()),
        ("complaints", share(seen.complaints).into()),
        ("mostbounces", percent(brakes.bounces, *texts).into()),
        ("mostcomplaints", percent(brakes.complaints, *texts).into()),
    ];
    (seen.sent > 0).then(|| texts.say_with("brake-shares", &arguments))
}

/// Hundredths of a percent as the language writes them: `0.08`, `5`.
#[must_use]
pub fn percent(hundredths: i64, texts: Texts) -> String {
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    if rest == 0 {
        return texts.number(whole);
    }
    let rest = format!("{rest:02}");
    format!("{}{}{}", texts.number(whole), texts.say("number-decimal-separator"), rest.trim_end_matches('0'))
}

/// What stands against a campaign: the finding for which it was paused or warned since it was last resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What was found.
    pub finding: Finding,
    /// Whether it was paused for it, and not only warned.
    pub is_paused: bool,
}

/// What a brake has to say of a campaign; `None` when nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn standing(conn: &mut Conn, id: CampaignId) -> Result<Option<Standing>, StoreError> {
    Ok(store::row(conn, id)?.and_then(|row| row.standing()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn a_finding_is_told_in_numbers_in_either_language() {
        let finding = Finding { rate: Rate::Complaints, hits: 4, sent: 1250, most: 30 };
        let english = finding.say(&Texts(Language::ENGLISH));
        assert!(english.contains("4 of 1,250") && english.contains("0.32") && english.contains("0.3 %"), "{english}");
        let french = finding.say(&Texts("fr".parse().unwrap()));
        assert!(french.contains("0,32") && french.contains("0,3"), "{french}");
        assert_ne!(finding.advice(&Texts(Language::ENGLISH), true), "brake-complaints-advice");
    }
}
