//! The table `receiving_domains`.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::clock::Timestamp;
use crate::pacing::providers;
use crate::storage::schema::receiving_domains as domains;
use crate::storage::{Conn, StoreError};

/// Writes the domains that the table of providers knows, so that one statement finds the lane of any domain.
///
/// # Errors
/// When the rows cannot be written.
pub fn prepare(conn: &mut Conn) -> Result<(), StoreError> {
    for provider in providers::all() {
        for domain in &provider.domains {
            learn(conn, domain, Some(&provider.name), Timestamp::from_micros(i64::MAX))?;
        }
    }
    Ok(())
}

/// The lane of a domain and until when it is believed.
pub(super) fn row(conn: &mut Conn, domain: &str) -> Result<Option<(String, Option<Timestamp>)>, StoreError> {
    Ok(domains::table.find(domain).select((domains::lane, domains::expires_at)).first(conn).optional()?)
}

/// Notes that somebody wants to know the lane of a domain.
pub(super) fn want(conn: &mut Conn, domain: &str, lane: &str, now: Timestamp) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO receiving_domains (name, lane, wanted_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET wanted_at = COALESCE(receiving_domains.wanted_at, $3)",
    )
    .bind::<Text, _>(domain)
    .bind::<Text, _>(lane)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(())
}

/// Writes the lane of a domain, or keeps the one that it has.
pub(super) fn learn(
    conn: &mut Conn,
    domain: &str,
    lane: Option<&str>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let Some(lane) = lane else {
        let row = domains::table.find(domain);
        let known = (domains::wanted_at.eq(None::<Timestamp>), domains::expires_at.eq(expires_at));
        diesel::update(row).set(known).execute(conn)?;
        return Ok(());
    };
    diesel::sql_query(
        "INSERT INTO receiving_domains (name, lane, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET lane = $2, expires_at = $3, wanted_at = NULL",
    )
    .bind::<Text, _>(domain)
    .bind::<Text, _>(lane)
    .bind::<BigInt, _>(expires_at)
    .execute(conn)?;
    Ok(())
}

/// The domains about which somebody has to be asked, the longest wanted first.
///
/// # Errors
/// When the rows cannot be read.
pub fn wanted(conn: &mut Conn, limit: i64) -> Result<Vec<String>, StoreError> {
    Ok(domains::table
        .filter(domains::wanted_at.is_not_null())
        .order(domains::wanted_at)
        .limit(limit)
        .select(domains::name)
        .load(conn)?)
}

/// Whether there are domains about which nobody was ever asked.
///
/// # Errors
/// When the rows cannot be read.
pub fn are_unknown(conn: &mut Conn) -> Result<bool, StoreError> {
    let unknown = domains::table.filter(domains::wanted_at.is_not_null()).filter(domains::expires_at.is_null());
    let found: Option<String> = unknown.select(domains::name).first(conn).optional()?;
    Ok(found.is_some())
}

/// Wants to know again what was found too long ago; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn want_expired(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    let expired = domains::table.filter(domains::wanted_at.is_null()).filter(domains::expires_at.lt(now));
    Ok(diesel::update(expired).set(domains::wanted_at.eq(now)).execute(conn)?)
}

/// Forgets domains whose answers expired before; says how many.
///
/// # Errors
/// When the rows cannot be written.
pub fn forget_old(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(diesel::delete(domains::table.filter(domains::expires_at.lt(before))).execute(conn)?)
}
