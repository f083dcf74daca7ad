//! The change itself: the person goes on as another row, with the same subscriptions.

use super::super::{Circumstances, EndReason, State, Subscription, Via, end, store as subscriptions};
use super::{AddressChange, ask};
use crate::consent::{self, Event, NewRecord, Record};
use crate::deliveries;
use crate::lists::{self, List};
use crate::mail::EmailAddress;
use crate::storage::{Conn, StoreError, SubscriberId, Timestamp};
use crate::subscribers::{self, Subscriber};

/// Carries a change out to which both mailboxes agreed; `false` when the new address may not be used any more.
pub(super) fn carry_out(
    conn: &mut Conn,
    change: &AddressChange,
    from: &Circumstances,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(old) = subscribers::find_any(conn, change.subscriber_id)? else { return Ok(false) };
    let (Some(address), true) = (&change.new_address, old.address.is_some()) else { return Ok(false) };
    // Weeks of suppressions and signups may lie between the mails and the second yes.
    if !ask::is_free(conn, &old, address)? || ask::known(conn, &old, address)?.is_some() {
        return Ok(false);
    }
    let new = successor(conn, &old, address, now)?;
    for subscription in subscriptions::of_subscriber(conn, old.id)? {
        take_along(conn, &subscription, new.id, address, from, now)?;
    }
    subscribers::move_to(conn, old.id, new.id)?;
    Ok(true)
}

/// The row of the new address: a new one, or the one that the same person left before.
fn successor(
    conn: &mut Conn,
    old: &Subscriber,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<Subscriber, StoreError> {
    match subscribers::find_by_address(conn, old.account_id, address)? {
        Some(before) => {
            subscribers::restore_address(conn, before.id, address)?;
            subscribers::change_attributes(conn, old.account_id, before.id, &old.attributes)?;
            Ok(before)
        }
        None => subscribers::create(conn, old.account_id, address, &old.attributes, now),
    }
}

/// One subscription: what was asked for but not confirmed ends, since its link lies in the old mailbox; what is confirmed
/// is withdrawn for the old address and stamped for the new one; what ended stays ended.
fn take_along(
    conn: &mut Conn,
    before: &Subscription,
    new: SubscriberId,
    address: &EmailAddress,
    from: &Circumstances,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(list) = lists::find_even_closed(conn, before.account_id, before.list_id)? else { return Ok(()) };
    if before.state == State::Pending {
        end::end(conn, before, &list, EndReason::Page, from, now)?;
    }
    if before.state == State::Confirmed {
        // What was agreed to stays the same; the new record says it again for whoever reads only that one.
        let stamp = consent::stamp_of(conn, before.id)?;
        let withdrawn = record(before, &list, stamp.as_ref(), from);
        consent::append(conn, &NewRecord { event: Event::Withdrawn, ..withdrawn.clone() }, now)?;
        subscriptions::hand_over(conn, before.id, new)?;
        consent::append(conn, &NewRecord { subscriber_id: new, event: Event::Confirmed, ..withdrawn }, now)?;
        return deliveries::redirect_waiting(conn, before.id, new, address).map(drop);
    }
    subscriptions::hand_over(conn, before.id, new)
}

fn record(of: &Subscription, list: &List, stamp: Option<&Record>, from: &Circumstances) -> NewRecord {
    NewRecord {
        account_id: of.account_id,
        subscription_id: of.id,
        subscriber_id: of.subscriber_id,
        list_id: of.list_id,
        event: Event::Confirmed,
        via: Via::AddressChange.word(),
        form: stamp.and_then(|stamp| stamp.form_id.zip(stamp.form_version)),
        shown_in: None,
        wording: stamp.map(|stamp| stamp.wording.clone()).unwrap_or_default(),
        language: stamp.map_or(list.language, |stamp| stamp.language),
        circumstances: from.clone(),
        detail: String::new(),
    }
}
