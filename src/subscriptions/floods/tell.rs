//! Telling of a flood, once: the account's users by mail, the operators by mail at most once a day, and everybody who
//! reads the audit or the log.

use chrono::TimeDelta;

use super::Flood;
use crate::accounts::{User, users};
use crate::audit::{self, Actor, Entry};
use crate::ceilings;
use crate::deliveries::{self, Kind, NewDelivery};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// After this the notice is not worth sending.
const WORTH: TimeDelta = TimeDelta::days(1);
/// The operators are told once in this time, however many forms are flooded; their page shows all of them.
const OPERATORS_EVERY: TimeDelta = TimeDelta::days(1);
/// The name under which that is counted.
const OPERATORS_TOLD: &str = "told/operators/flood";

pub(super) fn tell(conn: &mut Conn, flood: &Flood, now: Timestamp) -> Result<(), StoreError> {
    tracing::warn!(form = %flood.form_id, account = %flood.account_id, "a form is flooded");
    let entry = Entry::of(Actor::System, "form.flooded").account(flood.account_id).subject(&flood.form_id);
    audit::record(conn, &entry, now)?;
    for user in users::of_account(conn, flood.account_id)? {
        write_to(conn, flood, Some(flood.account_id), &user, now)?;
    }
    if ceilings::hits(conn, OPERATORS_TOLD, OPERATORS_EVERY, now)? > 0 {
        return Ok(());
    }
    for user in users::operators(conn)? {
        write_to(conn, flood, None, &user, now)?;
    }
    ceilings::hit(conn, OPERATORS_TOLD, now)
}

fn write_to(
    conn: &mut Conn,
    flood: &Flood,
    account: Option<AccountId>,
    user: &User,
    now: Timestamp,
) -> Result<(), StoreError> {
    if user.disabled_at.is_some() {
        return Ok(());
    }
    let delivery = NewDelivery {
        kind: Kind::Flood,
        account_id: account,
        campaign_id: None,
        list_id: None,
        subscriber_id: None,
        subscription_id: None,
        cause: Some(flood.id.bytes().to_vec()),
        address: user.address.clone(),
        expires_at: now + WORTH,
    };
    deliveries::enqueue(conn, &delivery, now).map(drop)
}
