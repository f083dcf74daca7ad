//! What an account says of itself, and the limits that the operator sets.

use super::{Account, store};
use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// What shall change; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The name, unique in the installation.
    pub name: Option<String>,
    /// The postal address of its campaigns.
    pub postal_address: Option<String>,
    /// Its web site.
    pub website: Option<String>,
    /// Where the operator reaches it.
    pub contact: Option<String>,
}

/// What came of [`change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// The account as it is now.
    Changed(Box<Account>),
    /// The name is empty, longer than 200 characters or holds a line break.
    BadName,
    /// Another account has this name.
    NameTaken,
    /// There is no such account.
    NoSuch,
}

/// Changes what an account says of itself.
///
/// # Errors
/// When the database refuses.
pub fn change(
    conn: &mut Conn,
    id: AccountId,
    change: &AccountChange,
    by: Actor,
    now: Timestamp,
) -> Result<ChangeOutcome, StoreError> {
    let Some(account) = store::account(conn, id)? else { return Ok(ChangeOutcome::NoSuch) };
    let wanted = |text: &Option<String>, old: &str| text.as_deref().map_or(old, str::trim).to_owned();
    let changed = Account {
        name: wanted(&change.name, &account.name),
        postal_address: wanted(&change.postal_address, &account.postal_address),
        website: wanted(&change.website, &account.website),
        contact: wanted(&change.contact, &account.contact),
        ..account
    };
    if !super::create::is_name(&changed.name) {
        return Ok(ChangeOutcome::BadName);
    }
    if store::account_by_name(conn, &changed.name)?.is_some_and(|other| other.id != id) {
        return Ok(ChangeOutcome::NameTaken);
    }
    store::set_contact(conn, &changed)?;
    audit::record(conn, &Entry::of(by, "account.change").account(id).subject(&id), now)?;
    Ok(ChangeOutcome::Changed(Box::new(changed)))
}

/// Sets how many campaign deliveries an account may have an hour and a day; `None` for no limit. `None` when there is
/// no such account.
///
/// # Errors
/// When the database refuses.
pub fn set_limits(
    conn: &mut Conn,
    id: AccountId,
    limits: (Option<i64>, Option<i64>),
    by: Actor,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let (hourly, daily) = limits;
    if !store::set_limits(conn, id, hourly, daily)? {
        return Ok(None);
    }
    let said = |limit: Option<i64>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    let reason = format!("hourly {}, daily {}", said(hourly), said(daily));
    audit::record(conn, &Entry::of(by, "account.limits").account(id).subject(&id).reason(&reason), now)?;
    store::account(conn, id)
}

/// Puts an account into a pool of source addresses, or back into the common one. `None` when there is no such account.
///
/// # Errors
/// When the database refuses.
pub fn set_pool(
    conn: &mut Conn,
    id: AccountId,
    pool: Option<&str>,
    by: Actor,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    if !store::set_pool(conn, id, pool)? {
        return Ok(None);
    }
    let reason = pool.unwrap_or("the common pool");
    audit::record(conn, &Entry::of(by, "account.pool").account(id).subject(&id).reason(reason), now)?;
    store::account(conn, id)
}
