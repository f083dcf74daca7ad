//! The brakes' columns of `installation` and `accounts`.

use diesel::prelude::*;

use super::{Bounds, BrakesChange, SOFT_BOUNCE_DAYS, SOFT_BOUNCES};
use crate::storage::schema::{accounts, installation};
use crate::storage::{AccountId, Conn, StoreError};

/// Bounces, complaints and sample, where an account chose them.
pub(super) type Chosen = (Option<i64>, Option<i64>, Option<i64>);

pub(super) fn bounds(conn: &mut Conn) -> Result<Bounds, StoreError> {
    let (bounces, complaints, soft_bounces, soft_bounce_days): (i64, i64, i64, i64) = installation::table
        .find(1)
        .select((
            installation::brake_bounces,
            installation::brake_complaints,
            installation::soft_bounces,
            installation::soft_bounce_days,
        ))
        .first(conn)?;
    // An earlier version let fewer be chosen; what is read is what acts.
    let (soft_bounces, soft_bounce_days) = (soft_bounces.max(SOFT_BOUNCES.0), soft_bounce_days.max(SOFT_BOUNCE_DAYS.0));
    Ok(Bounds { bounces, complaints, soft_bounces, soft_bounce_days })
}

pub(super) fn set_bounds(conn: &mut Conn, bounds: Bounds) -> Result<(), StoreError> {
    diesel::update(installation::table.find(1))
        .set((
            installation::brake_bounces.eq(bounds.bounces),
            installation::brake_complaints.eq(bounds.complaints),
            installation::soft_bounces.eq(bounds.soft_bounces),
            installation::soft_bounce_days.eq(bounds.soft_bounce_days),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn chosen(conn: &mut Conn, account: AccountId) -> Result<Chosen, StoreError> {
    let row = accounts::table
        .find(account)
        .select((accounts::brake_bounces, accounts::brake_complaints, accounts::brake_sample))
        .first(conn)
        .optional()?;
    Ok(row.unwrap_or_default())
}

/// Writes what an account chose; `false` when there is no such account.
pub(super) fn choose(conn: &mut Conn, account: AccountId, change: BrakesChange) -> Result<bool, StoreError> {
    let (bounces, complaints, sample) = chosen(conn, account)?;
    let changed = diesel::update(accounts::table.find(account))
        .set((
            accounts::brake_bounces.eq(change.bounces.or(bounces)),
            accounts::brake_complaints.eq(change.complaints.or(complaints)),
            accounts::brake_sample.eq(change.sample.or(sample)),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}
