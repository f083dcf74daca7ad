//! Addresses that were confirmed elsewhere: the operator's word, at the machine, with evidence that is kept (CON-08).

use super::confirm::confirmed;
use super::judge::{self, Silence, Standing};
use super::signup::{self, Signup};
use super::{State, Via, digests, requests, store, strangers};
use crate::consent;
use crate::keyring::Keyring;
use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriptionId, Timestamp};
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
    let subscription =
        confirmed(&before.unwrap_or_else(|| strangers::fresh(&list, subscriber.id, State::Confirmed, now)), now);
    if is_new {
        store::insert(conn, &subscription)?;
    } else {
        store::update(conn, &subscription)?;
        requests::use_up(conn, subscription.id, now)?;
        deliveries::skip_waiting(conn, subscription.id, now)?;
        digests::go_on(conn, subscription.id, now)?;
    }
    consent::append(conn, &strangers::record(asked, &list, &subscription), now)?;
    Ok(StampOutcome::Stamped(subscription.id))
}

/// [`stamp_by_operator`] of many people for one list, those of whom nothing is known, all together. `None` for the others,
/// who are taken one by one.
///
/// # Errors
/// When the database cannot do it.
pub fn stamp_strangers(
    conn: &mut Conn,
    keys: &Keyring,
    (account, list): (AccountId, ListId),
    asked: &[Signup],
    now: Timestamp,
) -> Result<Vec<Option<StampOutcome>>, StoreError> {
    let Some(list) = lists::find(conn, account, list)? else { return Ok(vec![None; asked.len()]) };
    let taken = strangers::take_in(conn, keys, (&list, State::Confirmed), asked, now)?;
    Ok(taken.into_iter().map(|new| new.map(|new| StampOutcome::Stamped(new.id))).collect())
}
