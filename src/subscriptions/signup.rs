//! Somebody asks for a list: one write, and the same answer whatever is known of the address.

use chrono::TimeDelta;

use super::ask::{Pace, ask};
use super::judge::{ADDRESS_SPAN, LIST_SPAN, Silence, Standing};
use super::tally::{self, Place};
use super::{Circumstances, Subscription, Via, floods, requests, store};
use crate::consent::{self, Event, NewRecord};
use crate::forms::Attributes;
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, FormId, Language, ListId, StoreError, SubscriptionId, Timestamp};
use crate::subscribers::{self, Subscriber};
use crate::{ceilings, suppressions};

/// After how long a network that signed up too often may try again.
pub(super) const NETWORK_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Signup {
    /// Whose list.
    pub account_id: AccountId,
    /// Which list.
    pub list_id: ListId,
    /// Which address.
    pub address: EmailAddress,
    /// What was answered beside it.
    pub attributes: Attributes,
    /// The form, and which version of it, that was filled in.
    pub form: Option<(FormId, i32)>,
    /// In which language our own words stood on it; none where we did not draw it for the person ourselves.
    pub shown_in: Option<Language>,
    /// The words that were agreed to; may be empty.
    pub wording: String,
    /// The language of those words; the list's when absent.
    pub language: Option<Language>,
    /// Through which door.
    pub via: Via,
    /// From where.
    pub circumstances: Circumstances,
    /// What else is known of its origin, such as the `source` of the API; may be empty.
    pub detail: String,
}

/// What became of a signup. Whoever fills in a form sees no difference between the first two (CON-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignupOutcome {
    /// The subscription is pending, and a confirmation mail is on its way.
    Asked(SubscriptionId),
    /// Nothing changed and nothing is mailed.
    Silent(Silence),
    /// The account has no such open list.
    NoList,
    /// This network signed up too often; it may try again after so many seconds.
    TooMany {
        /// For `Retry-After`.
        retry_after_seconds: i64,
    },
}

/// Takes a signup of one list: by a program, a file, or a reader's own page. A form's is taken by
/// [`signup_by_form`](super::signup_by_form).
///
/// # Errors
/// When the database cannot do it.
pub fn signup(conn: &mut Conn, keys: &Keyring, asked: &Signup, now: Timestamp) -> Result<SignupOutcome, StoreError> {
    let place = place(asked);
    let Some(list) = lists::find(conn, asked.account_id, asked.list_id)? else { return Ok(SignupOutcome::NoList) };
    let tally = tally::read(conn, keys, &place, now)?;
    if asked.via.is_the_person() && tally.is_network_too_busy() {
        return Ok(SignupOutcome::TooMany { retry_after_seconds: NETWORK_PAUSE.num_seconds() });
    }
    consent::hold(conn, asked.account_id)?;
    let pace = match asked.via {
        // A file has brakes of its own, and its mails say nothing of a flood.
        Via::Import | Via::Operator => Pace::Now,
        _ => floods::pace_of(conn, &place, &tally, now)?,
    };
    let answer = ask(conn, keys, asked, &[list], pace, now)?;
    if asked.via != Via::Import {
        tally::record(conn, keys, &place, answer.is_ok(), now)?;
    }
    Ok(match answer {
        Ok(subscription) => SignupOutcome::Asked(subscription),
        Err(why) => SignupOutcome::Silent(why),
    })
}

/// Where a signup is counted.
pub(super) fn place(asked: &Signup) -> Place {
    Place {
        form: asked.form.map(|(form, _)| form),
        list: asked.list_id,
        account: asked.account_id,
        network: if asked.via.is_the_person() { asked.circumstances.network.clone() } else { String::new() },
    }
}

pub(super) fn on_list(
    conn: &mut Conn,
    subscriber: Option<&Subscriber>,
    list: ListId,
) -> Result<Option<Subscription>, StoreError> {
    subscriber.map_or(Ok(None), |subscriber| store::find_on_list(conn, subscriber.id, list))
}

/// What is known of an address and a list.
pub(super) fn standing(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    subscriber: Option<&Subscriber>,
    subscription: Option<&Subscription>,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let suppressed = match subscribers::hash_for(conn, asked.account_id, &asked.address)? {
        Some(hash) => suppressions::in_force(conn, asked.account_id, &hash)?,
        None => Vec::new(),
    };
    let (has_left, list_mails) = match subscription {
        Some(found) => (consent::has_left(conn, found.id)?, requests::made_since(conn, found.id, now - LIST_SPAN)?),
        None => (false, Vec::new()),
    };
    let is_erased = subscriber.is_some_and(|subscriber| subscriber.erased_at.is_some());
    let name = mails_to(keys, &asked.address);
    Ok(Standing {
        is_unwanted: requests::is_unwanted(conn, &name)?,
        unconfirmed: requests::unconfirmed(conn, &name, now - LIST_SPAN)?,
        state: subscription.map(|subscription| subscription.state),
        has_left: has_left || is_erased,
        suppressed,
        list_mails,
        address_mails: ceilings::hits(conn, &name, ADDRESS_SPAN, now)?,
    })
}

pub(super) fn mails_to(keys: &Keyring, address: &EmailAddress) -> String {
    ceilings::name(keys, "confirmation", &address.folded())
}

pub(super) fn record(asked: &Signup, list: &List, subscription: &Subscription) -> NewRecord {
    NewRecord {
        account_id: list.account_id,
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        list_id: list.id,
        event: Event::Requested,
        via: asked.via.word(),
        form: asked.form,
        shown_in: asked.shown_in,
        wording: asked.wording.clone(),
        language: asked.language.unwrap_or(list.language),
        circumstances: asked.circumstances.clone(),
        detail: asked.detail.clone(),
    }
}
