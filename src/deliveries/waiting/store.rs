//! The rows that still wait.

use diesel::prelude::*;

use super::super::{Kind, State};
use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::storage::schema::deliveries;
use crate::storage::{CampaignId, Conn, StoreError, SubscriberId, SubscriptionId};

/// Skips what still waits for this subscription, because it ended; says how many.
///
/// What a node already holds is caught by its late check.
///
/// # Errors
/// When the rows cannot be written.
pub fn skip_waiting(conn: &mut Conn, subscription: SubscriptionId, now: Timestamp) -> Result<usize, StoreError> {
    let skipped: Vec<Option<CampaignId>> = diesel::update(
        deliveries::table
            .filter(deliveries::subscription_id.eq(subscription))
            .filter(deliveries::state.eq_any(State::WAITING)),
    )
    .set((
        deliveries::state.eq(State::Skipped),
        deliveries::last_reply.eq("the subscription ended"),
        deliveries::finished_at.eq(now),
    ))
    .returning(deliveries::campaign_id)
    .get_results(conn)?;
    for campaign in skipped.iter().flatten() {
        super::super::queue::count_progress(conn, *campaign, super::super::queue::Progress::skipped(1), now)?;
    }
    Ok(skipped.len())
}

/// Sends what still waits for this subscription to another address, because its owner changed it; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn redirect_waiting(
    conn: &mut Conn,
    subscription: SubscriptionId,
    reader: SubscriberId,
    to: &EmailAddress,
) -> Result<usize, StoreError> {
    let waiting = deliveries::table
        .filter(deliveries::subscription_id.eq(subscription))
        .filter(deliveries::state.eq_any(State::WAITING));
    // It keeps its lane: those of a campaign were counted when it was frozen, and only these are looked into.
    let redirected = (deliveries::subscriber_id.eq(reader), deliveries::address.eq(to.as_str()));
    Ok(diesel::update(waiting).set(redirected).execute(conn)?)
}

/// Lets the tests of a draft stand alone, because the draft is deleted; those that still wait are skipped.
///
/// # Errors
/// When the rows cannot be written.
pub fn detach_tests(conn: &mut Conn, campaign: CampaignId, now: Timestamp) -> Result<(), StoreError> {
    let tests =
        || deliveries::table.filter(deliveries::campaign_id.eq(campaign)).filter(deliveries::kind.eq(Kind::Test));
    diesel::update(tests().filter(deliveries::state.eq_any(State::WAITING)))
        .set((
            deliveries::state.eq(State::Skipped),
            deliveries::last_reply.eq("the draft was deleted"),
            deliveries::finished_at.eq(now),
        ))
        .execute(conn)?;
    diesel::update(tests()).set(deliveries::campaign_id.eq(None::<CampaignId>)).execute(conn)?;
    Ok(())
}
