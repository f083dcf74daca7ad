//! Whether a filled-in form can be taken: each refusal names its field.

use super::{Attributes, Wording};

/// Longest answer to one field, in characters.
const LONGEST_ANSWER: usize = 500;

/// What is wrong with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFlaw {
    /// A required field is empty.
    Missing,
    /// The answer is longer than 500 characters.
    TooLong,
    /// The box was not ticked.
    NoConsent,
}

impl AnswerFlaw {
    /// The key of the sentence in the catalogues.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "form-answer-missing",
            Self::TooLong => "form-answer-too-long",
            Self::NoConsent => "form-no-consent",
        }
    }
}

/// The answers that the form asked for, without what it did not ask; or what is wrong, by field name
/// (`attributes[name]`, `consent`).
///
/// # Errors
/// Every flaw at once, in the order of the form.
pub fn check_answers(
    wording: &Wording,
    given: &Attributes,
    is_consent_given: bool,
) -> Result<Attributes, Vec<(String, AnswerFlaw)>> {
    let mut kept = Attributes::new();
    let mut flaws = Vec::new();
    for field in &wording.fields {
        let answer = given.get(&field.name).map_or("", |text| text.trim());
        if answer.is_empty() && field.required {
            flaws.push((format!("attributes[{}]", field.name), AnswerFlaw::Missing));
        } else if answer.chars().count() > LONGEST_ANSWER {
            flaws.push((format!("attributes[{}]", field.name), AnswerFlaw::TooLong));
        } else if !answer.is_empty() {
            kept.insert(field.name.clone(), answer.to_owned());
        }
    }
    if !wording.consent_text.is_empty() && !is_consent_given {
        flaws.push(("consent".to_owned(), AnswerFlaw::NoConsent));
    }
    if flaws.is_empty() { Ok(kept) } else { Err(flaws) }
}

#[cfg(test)]
mod tests {
    use super::super::Field;
    use super::*;
    use crate::storage::Language;

    fn wording(consent_text: &str) -> Wording {
        Wording {
            title: "News".to_owned(),
            consent_text: consent_text.to_owned(),
            fields: vec![
                Field { name: "first_name".to_owned(), label: "First name".to_owned(), required: true },
                Field { name: "town".to_owned(), label: "Town".to_owned(), required: false },
            ],
            language: Language::ENGLISH,
        }
    }

    fn given(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_the_form_asks_for_is_kept_and_trimmed() {
        let answers = given(&[("first_name", " Anne "), ("town", ""), ("is_admin", "yes")]);
        assert_eq!(check_answers(&wording(""), &answers, false), Ok(given(&[("first_name", "Anne")])));
    }

    #[test]
    fn every_missing_answer_is_named_by_its_field() {
        let long = "x".repeat(501);
        assert_eq!(
            check_answers(&wording("I agree"), &given(&[("town", &long)]), false),
            Err(vec![
                ("attributes[first_name]".to_owned(), AnswerFlaw::Missing),
                ("attributes[town]".to_owned(), AnswerFlaw::TooLong),
                ("consent".to_owned(), AnswerFlaw::NoConsent),
            ])
        );
    }

    #[test]
    fn con_07_a_box_is_only_asked_for_where_there_is_something_to_agree_to() {
        let answers = given(&[("first_name", "Anne")]);
        assert!(check_answers(&wording("I agree"), &answers, true).is_ok());
        assert!(check_answers(&wording(""), &answers, false).is_ok());
    }
}
