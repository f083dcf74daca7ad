//! Whether a filled-in form can be taken: each refusal names its field.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Attributes, Field, FieldKind, Wording};
use crate::storage::ListId;

/// Longest answer to one field, in characters.
const LONGEST_ANSWER: usize = 500;
/// What is kept of a box that was ticked.
const YES: &str = "yes";

/// What is wrong with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFlaw {
    /// A required field is empty.
    Missing,
    /// The answer is longer than 500 characters.
    TooLong,
    /// It is none of the options.
    NoOption,
    /// It is no day.
    NoDate,
    /// It is no number.
    NoNumber,
    /// The box was not ticked.
    NoConsent,
    /// No list was chosen.
    NoList,
}

impl AnswerFlaw {
    /// The key of the sentence in the catalogues.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "form-answer-missing",
            Self::TooLong => "form-answer-too-long",
            Self::NoOption => "form-answer-no-option",
            Self::NoDate => "form-answer-no-date",
            Self::NoNumber => "form-answer-no-number",
            Self::NoConsent => "form-no-consent",
            Self::NoList => "form-no-list",
        }
    }
}

/// What was filled in, not judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The answers, by field name.
    pub attributes: Attributes,
    /// Whether the box of the consent text was ticked.
    pub is_consent_given: bool,
    /// The purposes whose boxes were ticked.
    pub purposes: BTreeSet<String>,
    /// The lists that were chosen, as they were sent.
    pub lists: Vec<String>,
}

/// What was filled in, and asked for by the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The answers, by field name; a purpose that was agreed to stands here with `yes`.
    pub attributes: Attributes,
    /// The lists that were chosen, in the order of the form; empty where there is nothing to choose.
    pub lists: Vec<ListId>,
    /// The words that the person agreed to, one box a line.
    pub agreed: String,
}

/// The answers that the form asked for, without what it did not ask; or what is wrong, by posted name
/// (`attributes[name]`, `lists`, `consent`, `consents[name]`).
///
/// # Errors
/// Every flaw at once, in the order of the form.
pub fn check_answers(wording: &Wording, given: &Given) -> Result<Answers, Vec<(String, AnswerFlaw)>> {
    let mut kept = Attributes::new();
    let mut flaws = Vec::new();
    for field in &wording.fields {
        let answer = given.attributes.get(&field.name).map_or("", |text| text.trim());
        match judged(field, answer) {
            Ok(Some(answer)) => drop(kept.insert(field.name.clone(), answer)),
            Ok(None) => {}
            Err(flaw) => flaws.push((format!("attributes[{}]", field.name), flaw)),
        }
    }
    let lists = chosen(wording, &given.lists);
    if lists.is_empty() && !wording.offers.is_empty() {
        flaws.push(("lists".to_owned(), AnswerFlaw::NoList));
    }
    let agreed = agreed(wording, given, &mut kept, &mut flaws);
    if flaws.is_empty() { Ok(Answers { attributes: kept, lists, agreed }) } else { Err(flaws) }
}

/// The answer as it is kept; nothing for an empty one that may be empty.
fn judged(field: &Field, answer: &str) -> Result<Option<String>, AnswerFlaw> {
    if answer.is_empty() {
        return if field.required { Err(AnswerFlaw::Missing) } else { Ok(None) };
    }
    if answer.chars().count() > LONGEST_ANSWER {
        return Err(AnswerFlaw::TooLong);
    }
    let kept = match field.kind {
        FieldKind::Text => answer.to_owned(),
        FieldKind::Choice if field.options.iter().any(|option| option == answer) => answer.to_owned(),
        FieldKind::Choice => return Err(AnswerFlaw::NoOption),
        FieldKind::Date => {
            let day = NaiveDate::parse_from_str(answer, "%Y-%m-%d").map_err(|_no_day| AnswerFlaw::NoDate)?;
            day.format("%Y-%m-%d").to_string()
        }
        FieldKind::Number => number(answer).ok_or(AnswerFlaw::NoNumber)?,
    };
    Ok(Some(kept))
}

/// The number with a point; people also write a comma.
fn number(answer: &str) -> Option<String> {
    let text = answer.replace(',', ".");
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    (is_plain && text.parse::<f64>().is_ok_and(f64::is_finite)).then_some(text)
}

fn chosen(wording: &Wording, given: &[String]) -> Vec<ListId> {
    let ids: BTreeSet<ListId> = given.iter().filter_map(|id| id.parse().ok()).collect();
    wording.offers.iter().map(|offer| offer.list_id).filter(|id| ids.contains(id)).collect()
}

fn agreed(wording: &Wording, given: &Given, kept: &mut Attributes, flaws: &mut Vec<(String, AnswerFlaw)>) -> String {
    let mut words = Vec::new();
    if !wording.consent_text.is_empty() {
        words.push(wording.consent_text.as_str());
        if !given.is_consent_given {
            flaws.push(("consent".to_owned(), AnswerFlaw::NoConsent));
        }
    }
    for purpose in &wording.purposes {
        if given.purposes.contains(&purpose.name) {
            words.push(purpose.text.as_str());
            kept.insert(purpose.name.clone(), YES.to_owned());
        } else if purpose.required {
            flaws.push((format!("consents[{}]", purpose.name), AnswerFlaw::NoConsent));
        }
    }
    words.join("\n")
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
