//! The receiving side of a simulated campaign: how each provider answers, as data.

use serde::Deserialize;

/// Who receives.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// The providers, each in one lane.
    pub provider: Vec<Manners>,
}

/// How one provider behaves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manners {
    /// The lane its mail goes in.
    pub lane: String,
    /// Its part of the audience, relative to the others'.
    pub share: u32,
    /// Of a thousand addresses, how many it refuses for good.
    #[serde(default)]
    pub unknown: u32,
    /// Of a thousand first attempts, how many it puts off.
    #[serde(default)]
    pub greylists: u32,
    /// Mails in an hour after which it throttles.
    #[serde(default)]
    pub tolerates: Option<i64>,
    /// What it says then.
    #[serde(default)]
    pub throttle_reply: String,
    /// Hours after the start at which it takes nothing …
    #[serde(default)]
    pub closed_at: Option<i64>,
    /// … for so many minutes.
    #[serde(default)]
    pub closed_for: i64,
    /// What it says then.
    #[serde(default)]
    pub closed_reply: String,
}

/// What a provider says to one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It takes it.
    Accepted,
    /// Not now, with these words.
    Deferred(&'a str),
    /// Never, with these words.
    Refused(&'a str),
}

const UNKNOWN: &str = "550 5.1.1 The email account that you tried to reach does not exist";
const GREYLISTED: &str = "450 4.7.1 Greylisted, please try again in 10 minutes";
const BUILT_IN: &str = include_str!("world.toml");

impl World {
    /// The world that comes with the program.
    ///
    /// # Errors
    /// What is wrong with it: nothing, as a test shows.
    pub fn built_in() -> Result<Self, String> {
        Self::read(BUILT_IN)
    }

    /// Reads a world from TOML.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let world: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let shares: u64 = world.provider.iter().map(|manners| u64::from(manners.share)).sum();
        if shares == 0 {
            return Err("no provider has a share of the audience".to_owned());
        }
        match world.provider.iter().find(|manners| manners.unknown + manners.greylists > 1000) {
            Some(manners) => Err(format!("`{}` refuses and puts off more than a thousand of a thousand", manners.lane)),
            None => Ok(world),
        }
    }

    /// How many of an audience each provider has, in their order; together all of it.
    #[must_use]
    pub fn parts(&self, audience: i64) -> Vec<i64> {
        let shares: i128 = self.provider.iter().map(|manners| i128::from(manners.share)).sum::<i128>().max(1);
        let (mut given, mut upto) = (0_i128, 0_i128);
        let mut parts = Vec::with_capacity(self.provider.len());
        for manners in &self.provider {
            upto += i128::from(manners.share);
            let end = i128::from(audience) * upto / shares;
            parts.push(i64::try_from(end - given).unwrap_or(0));
            given = end;
        }
        parts
    }
}

impl Manners {
    /// What it says to a mail.
    ///
    /// `draw` is a number from 0 to 999 that belongs to the recipient, `attempt` counts from 0, `in_the_hour` is what it
    /// took in the hour before, `minute` counts from the start of the campaign.
    #[must_use]
    pub fn answer(&self, draw: u32, attempt: u32, in_the_hour: i64, minute: i64) -> Answer<'_> {
        let is_closed = self.closed_at.is_some_and(|hour| (hour * 60..hour * 60 + self.closed_for).contains(&minute));
        if is_closed {
            Answer::Deferred(&self.closed_reply)
        } else if self.tolerates.is_some_and(|most| in_the_hour >= most) {
            Answer::Deferred(&self.throttle_reply)
        } else if draw < self.unknown {
            Answer::Refused(UNKNOWN)
        } else if attempt == 0 && draw < self.unknown + self.greylists {
            Answer::Deferred(GREYLISTED)
        } else {
            Answer::Accepted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_that_comes_with_the_program_can_be_read_and_its_parts_make_the_whole() {
        let world = World::built_in().expect("a world");
        for audience in [0, 1, 7, 999, 1_000_000] {
            assert_eq!(world.parts(audience).iter().sum::<i64>(), audience);
        }
    }

    #[test]
    fn a_provider_answers_by_its_manners() {
        let world = World::built_in().expect("a world");
        let of = |lane: &str| world.provider.iter().find(|manners| manners.lane == lane).expect("a provider");
        assert_eq!(of("google").answer(500, 0, 0, 0), Answer::Accepted);
        assert!(matches!(of("google").answer(0, 0, 0, 0), Answer::Refused(_)));
        assert!(matches!(of("google").answer(500, 0, 60_000, 0), Answer::Deferred(said) if said.contains("4.7.28")));
        assert!(matches!(of("free").answer(20, 0, 0, 0), Answer::Deferred(said) if said.contains("Greylisted")));
        assert_eq!(of("free").answer(20, 1, 0, 0), Answer::Accepted);
        assert!(matches!(of("orange").answer(500, 0, 0, 310), Answer::Deferred(said) if said.contains("4.3.2")));
        assert_eq!(of("orange").answer(500, 0, 0, 330), Answer::Accepted);
    }

    #[test]
    fn a_world_that_cannot_be_is_refused_with_a_sentence() {
        for (text, wanted) in [
            ("provider = []", "no provider"),
            ("[[provider]]\nlane = 'x'\nshare = 1\nunknown = 900\ngreylists = 200", "more than a thousand"),
            ("[[provider]]\nlane = 'x'\nshare = 1\ncolour = 'red'", "colour"),
        ] {
            assert!(World::read(text).expect_err("no world").contains(wanted), "{text}");
        }
    }
}
