//! Addresses that were confirmed elsewhere: the operator's word, at the machine, with evidence that is kept (CON-08).

use super::confirm::confirmed;
use super::judge::{self, Silence, Standing};
use super::signup::{self, Signup};
use super::{State, Subscription, Via, requests, store};
use crate::consent::{self, Event, NewRecord};
use crate::keyring::Keyring;
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::{deliveries, lists, subscribers};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StampOutcome {
    /// Stamped, with the evidence in its consent record.
    Stamped(SubscriptionId),
    /// Nothing changed: confirmed already, suppressed, or left by the person's own wish (CON-13).
    Left(Silence),
    /// The account has no such open list.
    NoList,
}

/// Stamps an address that was confirmed elsewhere. No program and no page can do this: only a command at the machine.
///
/// `asked.detail` is the evidence. No mail goes out.
///
/// # Errors
/// When the database cannot do it.
pub fn stamp_by_operator(
    conn: &mut Conn,
    keys: &Keyring,
    asked: &Signup,
    now: Timestamp,
) -> Result<StampOutcome, StoreError> {
    let Some(list) = lists::find(conn, asked.account_id, asked.list_id)? else { return Ok(StampOutcome::NoList) };
    consent::hold(conn, asked.account_id)?;
    let known = subscribers::find_by_address(conn, asked.account_id, &asked.address)?;
    let before = signup::on_list(conn, known.as_ref(), list.id)?;
    let standing = signup::standing(conn, keys, asked, known.as_ref(), before.as_ref(), now)?;
    // No mail goes out, so the ceilings of mails do not count.
    let standing = Standing { list_mails: Vec::new(), address_mails: 0, unconfirmed: 0, ..standing };
    if let Some(why) = judge::silence(&standing, Via::Operator, now) {
        return Ok(StampOutcome::Left(why));
    }
    let subscriber = match known {
        Some(known) => known,
        None => subscribers::create(conn, asked.account_id, &asked.address, &asked.attributes, now)?,
    };
    let is_new = before.is_none();
    let subscription = confirmed(&before.unwrap_or_else(|| fresh(&list, subscriber.id, now)), now);
    if is_new {
        store::insert(conn, &subscription)?;
    } else {
        store::update(conn, &subscription)?;
        requests::use_up(conn, subscription.id, now)?;
        deliveries::skip_waiting(conn, subscription.id, now)?;
    }
    let requested = signup::record(asked, &list, &subscription);
    let stamp = NewRecord { event: Event::Confirmed, via: Via::Operator.word(), ..requested };
    consent::append(conn, &stamp, now)?;
    Ok(StampOutcome::Stamped(subscription.id))
}

fn fresh(list: &lists::List, subscriber: crate::storage::SubscriberId, now: Timestamp) -> Subscription {
    Subscription {
        id: SubscriptionId::new(),
        account_id: list.account_id,
        subscriber_id: subscriber,
        list_id: list.id,
        state: State::Confirmed,
        requested_at: now,
        confirmed_at: Some(now),
        ended_at: None,
        end_reason: None,
        expires_at: None,
    }
}
