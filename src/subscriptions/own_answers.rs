//! What a reader told about themselves, changed by the reader: the questions of the forms of their lists.

use super::{State, store};
use crate::forms::{self, AnswerFlaw, Attributes, Field, Given, Wording};
use crate::storage::{Conn, Language, StoreError, SubscriberId};
use crate::subscribers;

/// What became of a reader's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswersOutcome {
    /// They are kept.
    Kept,
    /// Nothing changed; what is wrong, by field name (`attributes[name]`).
    Wrong(Vec<(String, AnswerFlaw)>),
    /// No such person, or erased.
    NotThere,
}

/// The questions that the open forms of a person's lists ask, each once.
///
/// # Errors
/// When the database cannot be read.
pub fn own_questions(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<(Field, Language)>, StoreError> {
    let mut questions: Vec<(Field, Language)> = Vec::new();
    for subscription in store::of_subscriber(conn, subscriber)? {
        if subscription.state == State::Ended {
            continue;
        }
        for form in forms::of_list(conn, subscription.account_id, subscription.list_id)? {
            for field in form.wording.fields {
                if !questions.iter().any(|(known, _)| known.name == field.name) {
                    questions.push((field, form.wording.language));
                }
            }
        }
    }
    Ok(questions)
}

/// Keeps a reader's answers to these questions; what no form asks stays as it is.
///
/// # Errors
/// When the database cannot do it.
pub fn answer_again(
    conn: &mut Conn,
    subscriber: SubscriberId,
    given: &Attributes,
) -> Result<AnswersOutcome, StoreError> {
    let Some(person) = subscribers::find_any(conn, subscriber)? else { return Ok(AnswersOutcome::NotThere) };
    let fields: Vec<Field> = own_questions(conn, subscriber)?.into_iter().map(|(field, _)| field).collect();
    let questions = Wording { fields, ..Wording::default() };
    let given = Given { attributes: given.clone(), ..Given::default() };
    let kept = match forms::check_answers(&questions, &given) {
        Ok(kept) => kept.attributes,
        Err(flaws) => return Ok(AnswersOutcome::Wrong(flaws)),
    };
    let mut attributes = person.attributes;
    attributes.retain(|name, _| !questions.fields.iter().any(|field| field.name == *name));
    attributes.extend(kept);
    let changed = subscribers::change_attributes(conn, person.account_id, subscriber, &attributes)?;
    Ok(if changed.is_some() { AnswersOutcome::Kept } else { AnswersOutcome::NotThere })
}
