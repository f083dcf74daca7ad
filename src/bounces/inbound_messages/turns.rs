//! The order in which a judgement of several messages takes its rows.
//!
//! One message takes the chain of its account, its delivery, what follows from these, and last the counts of its sender's
//! warm-up. Several in one write would come back from the last to the first, while the engine, which records what it
//! sent, goes the same way: each would wait for the other. So the first two are taken for all of them at the start, and
//! the last for all of them at the end.

use std::collections::BTreeSet;

use super::judge::judge_stored;
use super::marks::Ours;
use super::{JudgeOutcome, Opened};
use crate::keyring::Keyring;
use crate::pacing::warm_up::{self, Met};
use crate::storage::{Conn, StoreError, Timestamp, dialect};
use crate::{consent, deliveries, subscriptions};

/// Judges stored messages that were read, in one transaction. Nothing is ever sent in answer to them.
///
/// # Errors
/// When the database could not be read or written; the messages then wait on.
pub fn judge_all(
    conn: &mut Conn,
    keys: &Keyring,
    batch: &[Opened],
    now: Timestamp,
) -> Result<Vec<JudgeOutcome>, StoreError> {
    hold_all(conn, keys, batch)?;
    let judged = batch.iter().map(|one| judge_stored(conn, keys, one, now)).collect::<Result<Vec<_>, _>>()?;
    let met = judged.iter().filter_map(|outcome| outcome.judged()?.trouble.as_ref());
    let met: Vec<Met<'_>> =
        met.map(|(account, list, lane, trouble)| (*account, *list, lane.as_str(), *trouble)).collect();
    warm_up::note(conn, &met, now)?;
    Ok(judged)
}

/// Takes the chains and the deliveries that these messages are about. Nothing to do where writes are alone.
fn hold_all(conn: &mut Conn, keys: &Keyring, batch: &[Opened]) -> Result<(), StoreError> {
    if dialect::writes_alone(conn) {
        return Ok(());
    }
    let (mut accounts, mut named) = (BTreeSet::new(), Vec::new());
    for opened in batch {
        match opened.names(keys) {
            Some(Ours::Delivery(delivery)) => named.push(delivery),
            Some(Ours::Subscription(id)) => {
                accounts.extend(subscriptions::find(conn, id)?.map(|subscription| subscription.account_id));
            }
            None => {}
        }
    }
    accounts.extend(deliveries::owners(conn, &named)?);
    for account in accounts {
        consent::hold(conn, account)?;
    }
    deliveries::hold(conn, &named)
}
