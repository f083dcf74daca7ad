//! The order in which a judgement of several messages takes its rows.
//!
//! One message takes the chain of its account, its delivery, what follows from these, and last the counts of campaigns
//! and lanes. Several in one write would come back from the last to the first, while the engine, which records what it
//! sent, goes the same way: each would wait for the other. So the first two are taken for all of them at the start.

use std::collections::BTreeSet;

use super::Opened;
use super::marks::Ours;
use crate::keyring::Keyring;
use crate::storage::{Conn, StoreError, dialect};
use crate::{consent, deliveries, subscriptions};

/// Takes the chains and the deliveries that these messages are about. Nothing to do where writes are alone.
///
/// # Errors
/// When the database cannot do it.
pub fn hold_all(conn: &mut Conn, keys: &Keyring, batch: &[Opened]) -> Result<(), StoreError> {
    if dialect::writes_alone(conn) || batch.len() < 2 {
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
