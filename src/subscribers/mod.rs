//! The people whom an account knows: one row for one address in one account.
//!
//! The row is found by a keyed hash of the address, which stays when the address goes at an erasure: so that an erased
//! person who is imported again is recognised, and nobody without the account's key can tell who it was (UNS-12).

mod store;

use crate::forms::Attributes;
use crate::keyring::keyed_hash;
use crate::mail::EmailAddress;
use crate::storage::{AccountId, Conn, ListId, StoreError, SubscriberId, Timestamp};

/// How many changes of address are followed.
const MOST_MOVES: usize = 50;

/// A person known to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its public id.
    pub id: SubscriberId,
    /// Who knows this person.
    pub account_id: AccountId,
    /// The address; gone after an erasure.
    pub address: Option<EmailAddress>,
    /// The keyed hash of the address, which stays.
    pub address_hash: Vec<u8>,
    /// What the person told about themselves.
    pub attributes: Attributes,
    /// When the account first heard of this person.
    pub created_at: Timestamp,
    /// When the person had everything erased.
    pub erased_at: Option<Timestamp>,
    /// The row with which the person goes on since they changed their address.
    pub moved_to: Option<SubscriberId>,
}

/// Which subscribers of an account are looked for; every given thing must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Has, or had, a subscription of this list.
    pub list_id: Option<ListId>,
    /// Has a subscription in this state (`pending`, `confirmed`, `ended`), on that list if one is given.
    pub state: Option<&'static str>,
    /// The address contains this text, in any case.
    pub address_part: Option<String>,
}

/// The hash under which an account knows an address: HMAC-SHA-256 with the account's own key over the folded address.
#[must_use]
pub fn address_hash(account_key: &[u8], address: &EmailAddress) -> Vec<u8> {
    keyed_hash(account_key, address.folded().as_bytes()).to_vec()
}

/// [`address_hash`] with the key of this account; `None` when there is no such account.
///
/// # Errors
/// When the database cannot be read.
pub fn hash_for(conn: &mut Conn, account: AccountId, address: &EmailAddress) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store::account_key(conn, account)?.map(|key| address_hash(&key, address)))
}

/// [`address_hash`] of many addresses.
///
/// # Errors
/// When the database cannot be read, or there is no such account.
pub(crate) fn hashes_for<'a>(
    conn: &mut Conn,
    account: AccountId,
    addresses: impl Iterator<Item = &'a EmailAddress>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let key = store::account_key(conn, account)?.ok_or_else(no_account)?;
    Ok(addresses.map(|address| address_hash(&key, address)).collect())
}

fn no_account() -> StoreError {
    StoreError::Refused("a subscriber of an account that is not there".to_owned())
}

/// The subscriber of this account with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    Ok(find_any(conn, id)?.filter(|subscriber| subscriber.account_id == account))
}

/// The subscriber with this id, whosesoever: for links that a reader follows, which are signed.
///
/// # Errors
/// When the database cannot be read.
pub fn find_any(conn: &mut Conn, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    store::find(conn, id)
}

/// [`find_any`], or the row with which that person goes on after changes of address.
///
/// # Errors
/// When the database cannot be read.
pub fn find_moved(conn: &mut Conn, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    let mut found = find_any(conn, id)?;
    for _ in 0..MOST_MOVES {
        let next = found.as_ref().filter(|person| person.address.is_none()).and_then(|person| person.moved_to);
        match next {
            Some(next) => found = find_any(conn, next)?,
            None => break,
        }
    }
    Ok(found)
}

/// The rows that this person left by changing their address, the latest first.
///
/// # Errors
/// When the database cannot be read.
pub fn former(conn: &mut Conn, id: SubscriberId) -> Result<Vec<SubscriberId>, StoreError> {
    let mut found: Vec<SubscriberId> = Vec::new();
    let mut next = vec![id];
    while let Some(of) = next.pop() {
        for before in store::moved_to(conn, of)? {
            if before != id && !found.contains(&before) && found.len() < MOST_MOVES {
                found.push(before);
                next.push(before);
            }
        }
    }
    Ok(found)
}

/// Leaves a row because its person goes on as another one: no address and no answers, but the keyed hash and the history.
pub(crate) fn move_to(conn: &mut Conn, old: SubscriberId, new: SubscriberId) -> Result<(), StoreError> {
    store::move_to(conn, old, new)
}

/// The subscriber of this account with this address, in whatever case it is written.
///
/// # Errors
/// When the database cannot be read.
pub fn find_by_address(
    conn: &mut Conn,
    account: AccountId,
    address: &EmailAddress,
) -> Result<Option<Subscriber>, StoreError> {
    match hash_for(conn, account, address)? {
        Some(hash) => store::find_by_hash(conn, account, &hash),
        None => Ok(None),
    }
}

/// Makes a subscriber who is not known yet.
///
/// # Errors
/// [`StoreError::AlreadyThere`] when the account knows the address already; or when the database cannot do it.
pub fn create(
    conn: &mut Conn,
    account: AccountId,
    address: &EmailAddress,
    attributes: &Attributes,
    now: Timestamp,
) -> Result<Subscriber, StoreError> {
    let address_hash = hash_for(conn, account, address)?.ok_or_else(no_account)?;
    let subscriber = fresh(account, (address, address_hash), attributes, now);
    store::insert_all(conn, std::slice::from_ref(&subscriber))?;
    Ok(subscriber)
}

/// [`create`] of many people whose keyed hashes are at hand, in their order.
pub(crate) fn create_all<'a>(
    conn: &mut Conn,
    account: AccountId,
    people: impl Iterator<Item = (&'a EmailAddress, Vec<u8>, &'a Attributes)>,
    now: Timestamp,
) -> Result<Vec<Subscriber>, StoreError> {
    let new: Vec<Subscriber> =
        people.map(|(address, hash, attributes)| fresh(account, (address, hash), attributes, now)).collect();
    store::insert_all(conn, &new)?;
    Ok(new)
}

fn fresh(
    account: AccountId,
    (address, address_hash): (&EmailAddress, Vec<u8>),
    attributes: &Attributes,
    now: Timestamp,
) -> Subscriber {
    Subscriber {
        id: SubscriberId::new(),
        account_id: account,
        address: Some(address.clone()),
        address_hash,
        attributes: attributes.clone(),
        created_at: now,
        erased_at: None,
        moved_to: None,
    }
}

/// Replaces what is known of a person; `None` when the account has no such subscriber or everything was erased.
///
/// # Errors
/// When the database cannot do it.
pub fn change_attributes(
    conn: &mut Conn,
    account: AccountId,
    id: SubscriberId,
    attributes: &Attributes,
) -> Result<Option<Subscriber>, StoreError> {
    let Some(subscriber) = find(conn, account, id)?.filter(|subscriber| subscriber.erased_at.is_none()) else {
        return Ok(None);
    };
    store::set_attributes(conn, id, attributes)?;
    Ok(Some(Subscriber { attributes: attributes.clone(), ..subscriber }))
}

/// Puts an address back that an erasure, or a change of address, took away: the person asked again, or came back.
pub(crate) fn restore_address(conn: &mut Conn, id: SubscriberId, address: &EmailAddress) -> Result<(), StoreError> {
    store::set_address(conn, id, address)
}

/// Takes the address and what is known away from the row; the keyed hash stays.
///
/// This is one step of `subscriptions::erase`, which also ends, suppresses and forgets: callers want that one.
pub(crate) fn blank(conn: &mut Conn, id: SubscriberId, now: Timestamp) -> Result<(), StoreError> {
    store::blank(conn, id, now)
}

/// A page of an account's subscribers, newest first, from the one before `cursor` on.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    cursor: Option<SubscriberId>,
    limit: i64,
) -> Result<Vec<Subscriber>, StoreError> {
    store::page(conn, account, filter, cursor, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_hash_in_an_account_and_another_in_the_next() {
        let typed = EmailAddress::parse("Anne@Example.org").expect("an address");
        let again = EmailAddress::parse("anne@example.ORG").expect("an address");
        assert_eq!(address_hash(b"one", &typed), address_hash(b"one", &again));
        assert_ne!(address_hash(b"one", &typed), address_hash(b"two", &typed));
    }
}
