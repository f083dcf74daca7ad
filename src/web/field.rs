//! What the fields of a form need: the options of a choice, and what is wrong with what was typed.

use std::collections::BTreeMap;

use crate::texts::{Language, Texts};

/// What is wrong with a form, by field; a page shows each beside its field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(BTreeMap<String, String>);

impl Problems {
    /// Notes that a field is wrong; the first reason stays.
    pub fn add(&mut self, field: &str, text: impl Into<String>) {
        self.0.entry(field.to_owned()).or_insert_with(|| text.into());
    }

    /// What is wrong with `field`; empty when nothing is.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form carries.
    pub value: String,
    /// What the reader sees.
    pub text: String,
}

impl Choice {
    /// An option.
    pub fn new(value: &impl ToString, text: impl Into<String>) -> Self {
        Self { value: value.to_string(), text: text.into() }
    }
}

/// The languages that have a catalogue, each in its own words.
#[must_use]
pub fn language_choices() -> Vec<Choice> {
    Language::all().iter().map(|language| Choice::new(language, Texts(*language).say("language-name"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_problem_of_a_field_is_the_one_shown() {
        let mut problems = Problems::default();
        assert!(problems.is_empty());
        problems.add("name", "empty");
        problems.add("name", "too long");
        assert_eq!((problems.of("name"), problems.of("other")), ("empty", ""));
    }
}
