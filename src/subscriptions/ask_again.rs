//! A fresh request by the reader's own hand: after a mistaken click, after a link that expired, or for another list.
//!
//! It is a signup like any other: pending, a confirmation mail under the same ceilings, and nothing comes back by itself
//! (CON-13).

use super::requests;
use super::signup::{self, Signup, SignupOutcome};
use super::{Circumstances, State, Subscription, Via, store};
use crate::forms::{self, Attributes, Form};
use crate::keyring::Keyring;
use crate::lists;
use crate::storage::{Conn, FormId, Language, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::subscribers;

/// What became of the wish. The page says the same of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgainOutcome {
    /// Taken; a mail goes out where the ceilings allow one.
    Taken,
    /// There is nothing to ask for any more: the list is closed, the person erased, or the link none of ours.
    NotThere,
}

/// Asks again for a subscription that ended, with the words that were agreed to the last time.
///
/// # Errors
/// When the database cannot do it.
pub fn ask_again(
    conn: &mut Conn,
    keys: &Keyring,
    id: SubscriptionId,
    from: &Circumstances,
    now: Timestamp,
) -> Result<AgainOutcome, StoreError> {
    let Some(subscription) = store::find(conn, id)?.filter(|found| found.state != State::Confirmed) else {
        return Ok(AgainOutcome::NotThere);
    };
    let last = requests::latest(conn, id)?;
    let (form, wording, attributes) = match last {
        Some(link) => (link.form, link.wording, link.attributes),
        None => (None, String::new(), Attributes::new()),
    };
    let language = match form {
        Some((form, version)) => forms::wording_of(conn, form, version)?.map(|shown| shown.language),
        None => None,
    };
    take(conn, keys, &subscription, Words { form, wording, attributes, language }, from, now)
}

/// [`ask_again`] by the link of a confirmation mail, expired or used.
///
/// # Errors
/// When the database cannot do it.
pub fn ask_again_by_link(
    conn: &mut Conn,
    keys: &Keyring,
    token: &str,
    from: &Circumstances,
    now: Timestamp,
) -> Result<AgainOutcome, StoreError> {
    match requests::find(conn, token)? {
        Some(link) => ask_again(conn, keys, link.subscription_id, from, now),
        None => Ok(AgainOutcome::NotThere),
    }
}

/// What is agreed to.
struct Words {
    form: Option<(FormId, i32)>,
    wording: String,
    attributes: Attributes,
    language: Option<Language>,
}

fn take(
    conn: &mut Conn,
    keys: &Keyring,
    subscription: &Subscription,
    words: Words,
    from: &Circumstances,
    now: Timestamp,
) -> Result<AgainOutcome, StoreError> {
    let person = subscribers::find(conn, subscription.account_id, subscription.subscriber_id)?;
    let Some(address) = person.and_then(|person| person.address) else { return Ok(AgainOutcome::NotThere) };
    let asked = Signup {
        account_id: subscription.account_id,
        list_id: subscription.list_id,
        address,
        attributes: words.attributes,
        form: words.form,
        shown_in: None,
        wording: words.wording,
        language: words.language,
        via: Via::ReaderPage,
        circumstances: from.clone(),
        detail: String::new(),
    };
    signup::signup(conn, keys, &asked, now).map(|outcome| told(&outcome))
}

/// Asks for a list of the same sender that has an open form, in the words of that form.
///
/// # Errors
/// When the database cannot do it.
pub fn join(
    conn: &mut Conn,
    keys: &Keyring,
    subscriber: SubscriberId,
    form: FormId,
    from: &Circumstances,
    now: Timestamp,
) -> Result<AgainOutcome, StoreError> {
    let Some(person) = subscribers::find_any(conn, subscriber)? else { return Ok(AgainOutcome::NotThere) };
    let form = forms::find(conn, person.account_id, form)?;
    let (Some(form), Some(address)) = (form, person.address) else { return Ok(AgainOutcome::NotThere) };
    let asked = Signup {
        account_id: person.account_id,
        list_id: form.list_id,
        address,
        attributes: Attributes::new(),
        form: Some((form.id, form.version)),
        shown_in: None,
        wording: form.wording.consent_text.clone(),
        language: Some(form.wording.language),
        via: Via::ReaderPage,
        circumstances: from.clone(),
        detail: String::new(),
    };
    signup::signup(conn, keys, &asked, now).map(|outcome| told(&outcome))
}

/// The wish of one network too many is treated like one ceiling too many: the page says the same.
const fn told(outcome: &SignupOutcome) -> AgainOutcome {
    match outcome {
        SignupOutcome::Asked(_) | SignupOutcome::Silent(_) | SignupOutcome::TooMany { .. } => AgainOutcome::Taken,
        SignupOutcome::NoList => AgainOutcome::NotThere,
    }
}

/// The lists of the sender that this person is not on and everybody may ask for, each by its oldest open form.
///
/// # Errors
/// When the database cannot be read.
pub fn joinable(conn: &mut Conn, subscriber: SubscriberId) -> Result<Vec<(lists::List, Form)>, StoreError> {
    let Some(person) = subscribers::find_any(conn, subscriber)? else { return Ok(Vec::new()) };
    let going: Vec<_> = store::of_subscriber(conn, subscriber)?
        .into_iter()
        .filter(|found| found.state != State::Ended)
        .map(|found| found.list_id)
        .collect();
    let mut found = Vec::new();
    for list in lists::of_account(conn, person.account_id)? {
        if going.contains(&list.id) {
            continue;
        }
        if let Some(form) = forms::of_list(conn, person.account_id, list.id)?.into_iter().next() {
            found.push((list, form));
        }
    }
    Ok(found)
}
