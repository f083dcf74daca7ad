//! What a form demands, by what was counted: values in, verdict out.
//!
//! A flood makes it demand more, step by step. What is only *tried* makes it ask for work, so that machines that do none
//! bring nobody a mail. What is really *mailed* although work was done slows the mail, then holds it. Each bound grows
//! with what is usual there, so that a large sender's ordinary day is no flood.

use super::{Rate, Tally};
use crate::forms::pass::{FIRST_BITS, MOST_BITS, Proof};
use crate::storage::words;

words! {
    /// What a form demands.
    pub enum Step {
        /// Nothing: mail goes out at once.
        Calm = "calm",
        /// Work by the reader's machine, or a wait.
        Work = "work",
        /// More work, and the mail goes out slowly.
        Slow = "slow",
        /// More work, and the mail is held until somebody looks.
        Held = "held",
    }
}

impl Step {
    const fn next(self) -> Self {
        match self {
            Self::Calm => Self::Work,
            Self::Work => Self::Slow,
            Self::Slow | Self::Held => Self::Held,
        }
    }
}

/// How much in an hour brings a step.
struct Bounds {
    tried: i64,
    slow: i64,
    held: i64,
}

const FORM: Bounds = Bounds { tried: 60, slow: 600, held: 3_000 };
const LIST: Bounds = Bounds { tried: i64::MAX, slow: 1_200, held: 6_000 };
const ACCOUNT: Bounds = Bounds { tried: 200, slow: 2_000, held: 10_000 };
const INSTALLATION: Bounds = Bounds { tried: 1_000, slow: 20_000, held: 100_000 };
/// How many times the usual is no flood yet.
const ROOM: i64 = 5;

/// So many of one network in an hour are asked for work.
const NETWORK_WORK: i64 = 60;
/// Past so many signups of one network in an hour, or mails, it has to come back later.
const NETWORK_TRIED: i64 = 1_000;
const NETWORK_MAILED: i64 = 300;
/// A whole IPv6 site may do so many times more.
const SITE: i64 = 3;

/// So many people of a form say in a week "I did not ask for this", and they are at least one in so many of those who
/// were mailed: then the form is a step further than its numbers alone say.
const UNWANTED: i64 = 3;
const UNWANTED_SHARE: i64 = 20;

fn of_rate(rate: &Rate, bounds: &Bounds) -> Step {
    let reached = |count: i64, bound: i64, first: i64| {
        // The slow and the held bound keep their distance to the first one.
        let usual = rate.usual.saturating_mul(ROOM).saturating_mul(bound / first.max(1));
        count >= bound.max(usual)
    };
    let first = if bounds.tried == i64::MAX { bounds.slow } else { bounds.tried };
    if reached(rate.mailed, bounds.held, first) {
        Step::Held
    } else if reached(rate.mailed, bounds.slow, first) {
        Step::Slow
    } else if bounds.tried != i64::MAX && reached(rate.tried, bounds.tried, first) {
        Step::Work
    } else {
        Step::Calm
    }
}

impl Tally {
    /// What the form demands by its own numbers.
    pub(in crate::subscriptions) fn of_form(&self) -> Step {
        let Some(form) = &self.form else { return Step::Calm };
        let step = of_rate(form, &FORM);
        let is_unwanted =
            self.unwanted >= UNWANTED && self.unwanted.saturating_mul(UNWANTED_SHARE) >= self.mailed_a_week;
        if is_unwanted { step.next() } else { step }
    }

    /// What is demanded, by everything that was counted.
    pub(in crate::subscriptions) fn step(&self) -> Step {
        let is_busy = self.networks.iter().any(|network| network.tried >= NETWORK_WORK * site(network.is_site));
        let of_network = if is_busy { Step::Work } else { Step::Calm };
        let each = [
            self.of_form(),
            of_rate(&self.list, &LIST),
            of_rate(&self.account, &ACCOUNT),
            of_rate(&self.installation, &INSTALLATION),
            of_network,
        ];
        each.into_iter().max().unwrap_or(Step::Calm)
    }

    /// Whether the network has to come back later, whatever it proves.
    pub(in crate::subscriptions) fn is_network_too_busy(&self) -> bool {
        self.networks.iter().any(|network| {
            let room = site(network.is_site);
            network.tried >= NETWORK_TRIED * room || network.mailed >= NETWORK_MAILED * room
        })
    }
}

const fn site(is_site: bool) -> i64 {
    if is_site { SITE } else { 1 }
}

/// What is demanded of somebody who proved nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The zero bits to work for (`forms::pass`).
    pub bits: u8,
    /// Or the seconds to wait since the form was shown.
    pub wait_seconds: i64,
}

/// What each step demands; nothing in calm times.
pub(in crate::subscriptions) const fn demand(step: Step) -> Option<Demand> {
    match step {
        Step::Calm => None,
        Step::Work => Some(Demand { bits: FIRST_BITS, wait_seconds: 20 }),
        Step::Slow => Some(Demand { bits: MOST_BITS, wait_seconds: 60 }),
        Step::Held => Some(Demand { bits: MOST_BITS, wait_seconds: 120 }),
    }
}

/// Nobody reads a form and fills it in within this time; who does is asked for work even in calm times.
const SHORTEST_SECONDS: i64 = 2;

/// What happens with a signup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::subscriptions) enum Treatment {
    /// Its mail goes out at once.
    Now,
    /// Its mail goes out in its turn.
    Slowly,
    /// Its mail is held.
    Held,
    /// Nothing is taken before this is shown.
    Demanded(Demand),
}

/// What happens with a signup that proves this at this step.
pub(in crate::subscriptions) fn treat(step: Step, proof: &Proof) -> Treatment {
    let is_hasty = matches!(proof, Proof::Shown { seconds, bits: 0, .. } if *seconds < SHORTEST_SECONDS);
    let demanded = match demand(step) {
        None if is_hasty => demand(Step::Work),
        demanded => demanded,
    };
    let is_shown = |demand: Demand| match proof {
        Proof::Nothing => false,
        Proof::Shown { seconds, bits, .. } => *bits >= demand.bits || *seconds >= demand.wait_seconds,
    };
    match (demanded, step) {
        (Some(demand), _) if !is_shown(demand) => Treatment::Demanded(demand),
        (_, Step::Calm | Step::Work) => Treatment::Now,
        (_, Step::Slow) => Treatment::Slowly,
        (_, Step::Held) => Treatment::Held,
    }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
