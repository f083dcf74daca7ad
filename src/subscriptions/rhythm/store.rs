//! The columns of `subscriptions` that the reader sets.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Frequency, Rhythm};
use crate::deliveries::{Kind, State};
use crate::storage::schema::{deliveries, subscriptions};
use crate::storage::{Conn, DeliveryId, StoreError, SubscriberId, SubscriptionId, Timestamp};

type Chosen = (Option<Frequency>, Option<Timestamp>);

pub(super) fn find(conn: &mut Conn, id: SubscriptionId) -> Result<Option<Rhythm>, StoreError> {
    let found: Option<Chosen> = subscriptions::table
        .find(id)
        .select((subscriptions::frequency, subscriptions::paused_until))
        .first(conn)
        .optional()?;
    Ok(found.map(|(frequency, paused_until)| Rhythm { frequency, paused_until }))
}

pub(super) fn of_subscriber(
    conn: &mut Conn,
    subscriber: SubscriberId,
) -> Result<BTreeMap<SubscriptionId, Rhythm>, StoreError> {
    let found: Vec<(SubscriptionId, Option<Frequency>, Option<Timestamp>)> = subscriptions::table
        .filter(subscriptions::subscriber_id.eq(subscriber))
        .filter(subscriptions::frequency.is_not_null().or(subscriptions::paused_until.is_not_null()))
        .select((subscriptions::id, subscriptions::frequency, subscriptions::paused_until))
        .load(conn)?;
    Ok(found.into_iter().map(|(id, frequency, paused_until)| (id, Rhythm { frequency, paused_until })).collect())
}

/// What was chosen before, and when the next digest is made.
pub(super) struct Before {
    pub(super) frequency: Option<Frequency>,
    pub(super) digest_at: Option<Timestamp>,
}

/// What a person chose for one of their own subscriptions; nobody changes it before this transaction ends.
pub(super) fn held(
    conn: &mut Conn,
    subscriber: SubscriberId,
    id: SubscriptionId,
) -> Result<Option<Before>, StoreError> {
    let own = subscriptions::table.find(id).filter(subscriptions::subscriber_id.eq(subscriber));
    let found: Option<Chosen> = diesel::update(own)
        .set(subscriptions::frequency.eq(subscriptions::frequency))
        .returning((subscriptions::frequency, subscriptions::digest_at))
        .get_result(conn)
        .optional()?;
    Ok(found.map(|(frequency, digest_at)| Before { frequency, digest_at }))
}

pub(super) fn set(
    conn: &mut Conn,
    id: SubscriptionId,
    chosen: Rhythm,
    digest_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    diesel::update(subscriptions::table.find(id))
        .set((
            subscriptions::frequency.eq(chosen.frequency),
            subscriptions::paused_until.eq(chosen.paused_until),
            subscriptions::digest_at.eq(digest_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// When the latest other campaign's message of this subscription was accepted; now, when an earlier one is on its way.
pub(super) fn latest(
    conn: &mut Conn,
    id: SubscriptionId,
    but: DeliveryId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let of_list =
        || deliveries::table.filter(deliveries::subscription_id.eq(id)).filter(deliveries::kind.eq(Kind::Campaign));
    let under_way = of_list().filter(deliveries::state.eq(State::Claimed)).filter(deliveries::id.lt(but));
    if diesel::select(diesel::dsl::exists(under_way)).get_result(conn)? {
        return Ok(Some(now));
    }
    let accepted: Option<Option<Timestamp>> = of_list()
        .filter(deliveries::state.eq(State::Accepted))
        .filter(deliveries::id.ne(but))
        .order(deliveries::finished_at.desc())
        .select(deliveries::finished_at)
        .first(conn)
        .optional()?;
    Ok(accepted.flatten())
}
