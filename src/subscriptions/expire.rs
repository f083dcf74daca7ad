//! Requests that nobody confirmed in time.

use super::{Circumstances, EndReason, State, Subscription, end, store};
use crate::storage::{Conn, StoreError, Timestamp};
use crate::suppressions::{self, Reason};
use crate::{consent, lists, subscribers};

/// Ends pending subscriptions whose time has come, at most `limit` of them; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn expire_pending(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let mut ended = 0;
    for candidate in store::expired(conn, now, limit)? {
        consent::hold(conn, candidate.account_id)?;
        // Its owner may have confirmed while another node held the chain.
        let still = store::find(conn, candidate.id)?
            .filter(|found| found.state == State::Pending && found.expires_at.is_some_and(|at| at <= now));
        if let Some(subscription) = still {
            ended += usize::from(expire(conn, &subscription, now)?);
        }
    }
    Ok(ended)
}

fn expire(conn: &mut Conn, subscription: &Subscription, now: Timestamp) -> Result<bool, StoreError> {
    let Some(list) = lists::find_even_closed(conn, subscription.account_id, subscription.list_id)? else {
        return Ok(false);
    };
    let ended = end::end(conn, subscription, &list, EndReason::Expired, &Circumstances::default(), now)?;
    forget_again(conn, subscription, now)?;
    Ok(ended)
}

/// Somebody typed in the address of a person who had everything erased: without a confirmation it goes away again.
fn forget_again(conn: &mut Conn, subscription: &Subscription, now: Timestamp) -> Result<(), StoreError> {
    let account = subscription.account_id;
    let Some(subscriber) = subscribers::find(conn, account, subscription.subscriber_id)? else { return Ok(()) };
    if suppressions::in_force(conn, account, &subscriber.address_hash)?.contains(&Reason::Erased) {
        super::erase::forget(conn, &subscriber, now)?;
    }
    Ok(())
}
