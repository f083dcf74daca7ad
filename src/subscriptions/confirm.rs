//! The stamp: the owner of the address says yes.

use super::look::{self, Looked};
use super::requests::{self, Link};
use super::{Circumstances, State, Subscription, Via, digests, greetings, store};
use crate::consent::{self, Event, NewRecord};
use crate::lists::{self, List};
use crate::storage::{Conn, Language, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::{forms, subscribers, suppressions};

/// What a stamped page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What was confirmed.
    pub subscription_id: SubscriptionId,
    /// Whose it is.
    pub subscriber_id: SubscriberId,
    /// The list.
    pub list: List,
    /// When.
    pub confirmed_at: Timestamp,
}

/// What became of a press on "confirm".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// Stamped.
    Confirmed(Stamp),
    /// It was stamped before; nothing changed.
    AlreadyConfirmed(Stamp),
    /// Too late, or ended since; nothing changed.
    Expired(look::Request),
    /// No token of this installation.
    Unknown,
}

/// Stamps the subscription that the token is for, and uses up all its tokens.
///
/// # Errors
/// When the database cannot do it.
pub fn confirm(
    conn: &mut Conn,
    token: &str,
    from: &Circumstances,
    now: Timestamp,
) -> Result<ConfirmOutcome, StoreError> {
    let Some(link) = requests::find(conn, token)? else { return Ok(ConfirmOutcome::Unknown) };
    let Some(account) = store::find(conn, link.subscription_id)?.map(|found| found.account_id) else {
        return Ok(ConfirmOutcome::Unknown);
    };
    consent::hold(conn, account)?;
    match look::look(conn, token, now)? {
        Looked::Open(_) => stamp(conn, &link, from, now),
        Looked::Confirmed(stamp) => Ok(ConfirmOutcome::AlreadyConfirmed(stamp)),
        Looked::Expired(request) => Ok(ConfirmOutcome::Expired(request)),
        Looked::Unknown => Ok(ConfirmOutcome::Unknown),
    }
}

fn stamp(conn: &mut Conn, link: &Link, from: &Circumstances, now: Timestamp) -> Result<ConfirmOutcome, StoreError> {
    let Some((subscription, list)) = stamp_one(conn, link, link.subscription_id, from, now)? else {
        return Ok(ConfirmOutcome::Unknown);
    };
    for together in &link.together {
        stamp_one(conn, link, *together, from, now)?;
    }
    take_answers(conn, link, &subscription, now)?;
    requests::welcome_again(conn, link)?;
    Ok(ConfirmOutcome::Confirmed(stamp_of(&subscription, list)))
}

/// Stamps one of the subscriptions that a mail asked for, unless it ended in the meantime or its list is closed.
fn stamp_one(
    conn: &mut Conn,
    link: &Link,
    id: SubscriptionId,
    from: &Circumstances,
    now: Timestamp,
) -> Result<Option<(Subscription, List)>, StoreError> {
    let Some(before) = store::find(conn, id)?.filter(|found| found.state == State::Pending) else { return Ok(None) };
    let Some(list) = lists::find(conn, before.account_id, before.list_id)? else { return Ok(None) };
    let subscription = confirmed(&before, now);
    store::update(conn, &subscription)?;
    requests::confirmed(conn, subscription.id, now)?;
    requests::use_up(conn, subscription.id, now)?;
    digests::go_on(conn, subscription.id, now)?;
    let language = language_of(conn, link)?.unwrap_or(list.language);
    consent::append(conn, &record(link, &subscription, language, from), now)?;
    greetings::welcome(conn, &subscription, &list, now)?;
    Ok(Some((subscription, list)))
}

/// The subscription, confirmed at this moment.
pub(super) fn confirmed(before: &Subscription, now: Timestamp) -> Subscription {
    Subscription {
        state: State::Confirmed,
        confirmed_at: Some(now),
        ended_at: None,
        end_reason: None,
        expires_at: None,
        ..*before
    }
}

/// What the stamp of a confirmed subscription shows.
pub(super) fn stamp_of(subscription: &Subscription, list: List) -> Stamp {
    let confirmed_at = subscription.confirmed_at.unwrap_or(subscription.requested_at);
    Stamp { subscription_id: subscription.id, subscriber_id: subscription.subscriber_id, list, confirmed_at }
}

fn language_of(conn: &mut Conn, link: &Link) -> Result<Option<Language>, StoreError> {
    let Some((form, version)) = link.form else { return Ok(None) };
    Ok(forms::wording_of(conn, form, version)?.map(|wording| wording.language))
}

fn record(link: &Link, subscription: &Subscription, language: Language, from: &Circumstances) -> NewRecord {
    NewRecord {
        account_id: subscription.account_id,
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        list_id: subscription.list_id,
        event: Event::Confirmed,
        via: Via::ConfirmPage.word(),
        form: link.form,
        // The request says it.
        shown_in: None,
        wording: link.wording.clone(),
        language,
        circumstances: from.clone(),
        detail: String::new(),
    }
}

/// Now that the owner of the address spoke: their answers count, and an erasure no longer stands in the way.
fn take_answers(conn: &mut Conn, link: &Link, subscription: &Subscription, now: Timestamp) -> Result<(), StoreError> {
    let account = subscription.account_id;
    let Some(subscriber) = subscribers::find(conn, account, subscription.subscriber_id)? else { return Ok(()) };
    suppressions::lift_erased(conn, account, &subscriber.address_hash, now)?;
    if !link.attributes.is_empty() {
        let mut attributes = subscriber.attributes;
        attributes.extend(link.attributes.clone());
        subscribers::change_attributes(conn, account, subscriber.id, &attributes)?;
    }
    Ok(())
}
