//! What the answers of a provider mean for its lane.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::mail::inbound::fold::fold;

/// What a reply was taken for by its class, where the provider's own texts say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// We send too fast.
    Throttled,
    /// We are refused for our reputation or by a policy.
    Blocked,
    /// It says nothing of how we send.
    Nothing,
}

/// What a reply does to a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Half of the rate; then it climbs again.
    Halve,
    /// It stands still for so long; then it climbs from a tenth.
    Stop(TimeDelta),
}

/// Whom a reply speaks of.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Concerns {
    /// Our source address, and so everybody who sends over it.
    #[default]
    Everybody,
    /// The account that sent this mail.
    Account,
}

/// Refused by a policy of which the table knows nothing more.
const BLOCKED_FOR: TimeDelta = TimeDelta::minutes(60);

impl Heard {
    /// What follows where nothing more is known. A refusal by policy may be about one sender's content, so it stops no
    /// other account.
    pub(super) const fn step(self) -> (Step, Concerns) {
        match self {
            Self::Throttled => (Step::Halve, Concerns::Everybody),
            Self::Blocked => (Step::Stop(BLOCKED_FOR), Concerns::Account),
            Self::Nothing => (Step::Nothing, Concerns::Everybody),
        }
    }
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Then {
    Nothing,
    Halve,
    Stop,
}

/// A row of the table: these texts, and what follows.
#[derive(Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyRule {
    texts: Vec<String>,
    then: Then,
    minutes: Option<i64>,
    #[serde(default)]
    concerns: Concerns,
}

/// Longest reply that is looked at, in characters.
const LONGEST: usize = 1000;

/// What the first rule says one of whose texts is in the reply.
pub(super) fn find(rules: &[ReplyRule], reply: &str) -> Option<(Step, Concerns)> {
    if rules.is_empty() {
        return None;
    }
    let text = fold(&reply.chars().take(LONGEST).collect::<String>());
    rules
        .iter()
        .find(|rule| rule.texts.iter().any(|wanted| fits(wanted, &text)))
        .map(|rule| (rule.step(), rule.concerns))
}

impl ReplyRule {
    fn step(&self) -> Step {
        match self.then {
            Then::Nothing => Step::Nothing,
            Then::Halve => Step::Halve,
            Then::Stop => Step::Stop(self.minutes.map_or(BLOCKED_FOR, TimeDelta::minutes)),
        }
    }

    #[cfg(test)]
    pub(super) fn is_sound(&self) -> bool {
        let is_timed = self.minutes.is_some_and(|minutes| (1..=1440).contains(&minutes));
        is_timed == (self.then == Then::Stop)
            && !self.texts.is_empty()
            && self.texts.iter().all(|text| fold(text) == text.trim() && text.trim().len() >= 3)
    }
}

/// Whether the pieces of a text stand in the reply, one after the other.
fn fits(wanted: &str, text: &str) -> bool {
    let mut rest = text;
    wanted.split('*').all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}
