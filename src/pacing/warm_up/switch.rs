//! Who is warmed up: switched on and off by the operator, and by how mail leaves.

use chrono::TimeDelta;

use super::store;
use crate::accounts;
use crate::accounts::warm_up::{self as words, Switch};
use crate::audit::{self, Actor, Entry};
use crate::clock::Timestamp;
use crate::mail::address::ascii_domain;
use crate::storage::{AccountId, Conn, StoreError};

/// So long the days of warm-ups are kept, to be looked at.
const KEPT_FOR: TimeDelta = TimeDelta::days(90);

/// Forgets the days of warm-ups that are long over; says how many.
///
/// # Errors
/// When the database refuses.
pub fn forget_old(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    store::forget_days(conn, now - KEPT_FOR)
}

/// Learns how mail leaves now; call it when sending starts. Domains that campaigns were sent from before are taken as
/// warm where that begins to matter.
///
/// # Errors
/// When the database refuses.
pub fn begin(conn: &mut Conn, delivers_directly: bool, now: Timestamp) -> Result<(), StoreError> {
    let before = words::chosen_by_installation(conn)?;
    words::note_way_out(conn, delivers_directly)?;
    if !before.is_on() && words::chosen_by_installation(conn)?.is_on() {
        store::take_as_warm(conn, None, now)?;
    }
    Ok(())
}

/// Sets the operator's word for the installation; `None` for none.
///
/// # Errors
/// When the database refuses.
pub fn switch(conn: &mut Conn, word: Option<Switch>, by: Actor, now: Timestamp) -> Result<(), StoreError> {
    let before = words::chosen_by_installation(conn)?;
    words::set(conn, word, by, now)?;
    if !before.is_on() && words::chosen_by_installation(conn)?.is_on() {
        store::take_as_warm(conn, None, now)?;
    }
    Ok(())
}

/// Sets the operator's word for an account; `None` for what holds for the installation. `false` when there is no such
/// account.
///
/// # Errors
/// When the database refuses.
pub fn switch_account(
    conn: &mut Conn,
    account: AccountId,
    word: Option<Switch>,
    by: Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let was_on = words::is_on(conn, account)?;
    if !words::set_for_account(conn, account, word, by, now)? {
        return Ok(false);
    }
    if !was_on && words::is_on(conn, account)? {
        store::take_as_warm(conn, Some(account), now)?;
    }
    Ok(true)
}

/// Takes a sending domain of an account as warm, or lets it begin anew; `false` when there is no such account,
/// or this is no domain.
///
/// # Errors
/// When the database refuses.
pub fn set_domain(
    conn: &mut Conn,
    account: AccountId,
    (domain, is_warm): (&str, bool),
    by: Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(domain) = ascii_domain(domain.trim().trim_end_matches('.')) else { return Ok(false) };
    if accounts::find(conn, account)?.is_none() {
        return Ok(false);
    }
    store::set_domain(conn, account, &domain, is_warm, now)?;
    let reason = format!("{domain} {}", if is_warm { "is warm" } else { "begins anew" });
    audit::record(conn, &Entry::of(by, "warm_up.domain").account(account).subject(&account).reason(&reason), now)?;
    Ok(true)
}
