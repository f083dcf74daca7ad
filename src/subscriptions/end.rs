//! Leaving: one function for every door.

use super::{Circumstances, EndReason, State, Subscription, digests, greetings, judge, requests, store};
use crate::consent::{self, Event, NewRecord};
use crate::lists::{self, List};
use crate::storage::{Conn, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::{deliveries, subscribers};

/// What became of the wish to leave. The person is out after each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnsubscribeOutcome {
    /// The subscription ended now.
    Ended(Box<List>),
    /// It had ended before; nothing changed.
    AlreadyEnded(Box<List>),
    /// The subscription is not there any more.
    Gone,
}

/// Ends a subscription: its state, the consent record, its open links and its waiting mail in one write (UNS-05, UNS-07).
///
/// # Errors
/// When the database cannot do it.
pub fn unsubscribe(
    conn: &mut Conn,
    id: SubscriptionId,
    reason: EndReason,
    from: &Circumstances,
    now: Timestamp,
) -> Result<UnsubscribeOutcome, StoreError> {
    let Some(account) = store::find(conn, id)?.map(|found| found.account_id) else {
        return Ok(UnsubscribeOutcome::Gone);
    };
    consent::hold(conn, account)?;
    let Some(subscription) = store::find(conn, id)? else { return Ok(UnsubscribeOutcome::Gone) };
    let Some(list) = lists::find_even_closed(conn, account, subscription.list_id)? else {
        return Ok(UnsubscribeOutcome::Gone);
    };
    let has_ended = end(conn, &subscription, &list, reason, from, now)?;
    let list = Box::new(list);
    Ok(if has_ended { UnsubscribeOutcome::Ended(list) } else { UnsubscribeOutcome::AlreadyEnded(list) })
}

/// Ends every subscription of a person in their account; says how many it changed.
///
/// # Errors
/// When the database cannot do it.
pub fn end_all(
    conn: &mut Conn,
    subscriber: SubscriberId,
    reason: EndReason,
    from: &Circumstances,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let Some(person) = subscribers::find_any(conn, subscriber)? else { return Ok(0) };
    consent::hold(conn, person.account_id)?;
    let subscriptions = store::of_subscriber(conn, subscriber)?;
    end_each(conn, &subscriptions, reason, from, now)
}

pub(super) fn end_each(
    conn: &mut Conn,
    subscriptions: &[Subscription],
    reason: EndReason,
    from: &Circumstances,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut ended = 0;
    for subscription in subscriptions {
        let list = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)?;
        if let Some(list) = list {
            ended += usize::from(end(conn, subscription, &list, reason, from, now)?);
        }
    }
    Ok(ended)
}

/// Ends one subscription if the reason changes anything; the chain of the account is held.
pub(super) fn end(
    conn: &mut Conn,
    subscription: &Subscription,
    list: &List,
    reason: EndReason,
    from: &Circumstances,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !judge::ends(subscription.state, subscription.end_reason, reason) {
        return Ok(false);
    }
    let ended = Subscription {
        state: State::Ended,
        // A wish that replaces a lesser reason does not move the end.
        ended_at: subscription.ended_at.or(Some(now)),
        end_reason: Some(reason),
        expires_at: None,
        ..subscription.clone()
    };
    store::update(conn, &ended)?;
    requests::use_up(conn, subscription.id, now)?;
    deliveries::skip_waiting(conn, subscription.id, now)?;
    digests::stop(conn, subscription.id)?;
    consent::append(conn, &record(&ended, list, reason, from), now)?;
    greetings::goodbye(conn, subscription, reason, list, now)?;
    Ok(true)
}

fn record(subscription: &Subscription, list: &List, reason: EndReason, from: &Circumstances) -> NewRecord {
    NewRecord {
        account_id: subscription.account_id,
        subscription_id: subscription.id,
        subscriber_id: subscription.subscriber_id,
        list_id: subscription.list_id,
        event: Event::Withdrawn,
        via: reason.word(),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: list.language,
        circumstances: from.clone(),
        detail: String::new(),
    }
}
