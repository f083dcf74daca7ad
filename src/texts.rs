//! Every text that a person reads, by key, in the languages that have a folder under `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;

use chrono::Datelike as _;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{Loader, static_loader};
use unic_langid::LanguageIdentifier;

use crate::clock::Timestamp;
pub use crate::storage::Language;

static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The tags of the languages that have a catalogue, English first.
#[must_use]
pub fn languages() -> Vec<String> {
    let mut tags: Vec<String> = CATALOGUES.locales().map(ToString::to_string).collect();
    tags.sort_by_key(|tag| (tag != "en", tag.clone()));
    tags
}

/// The catalogue of one language, as pages and mails use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    /// The text of `key`. A key that no catalogue has is shown as it is; a test finds those before a reader does.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        CATALOGUES.try_lookup(&self.identifier(), key).unwrap_or_else(|| key.to_owned())
    }

    /// The text of `key` with its arguments, numbers and plurals as the language writes them.
    #[must_use]
    pub fn say_with(&self, key: &str, arguments: &[(&'static str, Argument)]) -> String {
        let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
            arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), value.fluent())).collect();
        CATALOGUES.try_lookup_with_args(&self.identifier(), key, &values).unwrap_or_else(|| key.to_owned())
    }

    /// [`Texts::say_with`] with one argument, for templates.
    #[must_use]
    pub fn say1(&self, key: &str, name: &'static str, value: impl Into<Argument>) -> String {
        self.say_with(key, &[(name, value.into())])
    }

    /// The language tag, for `lang` attributes.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.0.tag()
    }

    /// A count with the language's thousands separator.
    #[must_use]
    pub fn number(&self, count: i64) -> String {
        let separator = self.say("number-thousands-separator");
        let digits = count.unsigned_abs().to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push_str(&separator);
            }
            grouped.push(digit);
        }
        if count < 0 { format!("−{grouped}") } else { grouped }
    }

    /// A day as the language writes it, in UTC.
    #[must_use]
    pub fn day(&self, moment: Timestamp) -> String {
        let utc = moment.utc();
        let month = self.say(&format!("month-{}", utc.format("%-m")));
        self.say_with(
            "date-day",
            &[
                // A number, because the first of a month has a word of its own in some languages.
                ("day", i64::from(utc.day()).into()),
                ("month", month.into()),
                ("year", utc.format("%Y").to_string().into()),
            ],
        )
    }

    /// A day and the time of day, in UTC and saying so.
    #[must_use]
    pub fn moment(&self, moment: Timestamp) -> String {
        self.say_with(
            "date-moment",
            &[("day", self.day(moment).into()), ("time", moment.utc().format("%H:%M").to_string().into())],
        )
    }

    fn identifier(&self) -> LanguageIdentifier {
        LanguageIdentifier::from_str(self.0.tag()).unwrap_or_default()
    }
}

/// A value inside a text.
#[derive(Debug, Clone)]
pub enum Argument {
    /// Words, shown as they are.
    Text(String),
    /// A count, which chooses the plural form and is shown without separators.
    Count(i64),
}

impl Argument {
    fn fluent(&self) -> FluentValue<'static> {
        match self {
            Self::Text(text) => FluentValue::from(text.clone()),
            Self::Count(count) => FluentValue::from(*count),
        }
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Argument {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Argument {
    fn from(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_month_is_called_so_in_french_and_no_other_day_is() {
        let day = |text: &str, tag: &str| {
            let at: chrono::DateTime<chrono::Utc> = text.parse().unwrap();
            Texts(tag.parse().unwrap()).day(at.into())
        };
        for (at, french, english) in [
            ("2026-10-01T12:00:00Z", "1er octobre 2026", "1 October 2026"),
            ("2026-10-21T12:00:00Z", "21 octobre 2026", "21 October 2026"),
        ] {
            assert_eq!((day(at, "fr").as_str(), day(at, "en").as_str()), (french, english));
        }
    }
}
