//! What can be said at once of a few records in a chain that is too long to be walked while somebody waits.

use super::links::{self, Link};
use super::verify::{Break, ChainState, Check, Difference, readable, verify_chain};
use super::walks::{self, PastWalk};
use super::{chain, mails, store};
use crate::keyring::Keyring;
use crate::storage::{AccountId, Conn, ConsentRecordId, StoreError};

/// Longer chains are walked by the worker, once a day ([`walks`]).
pub const LONGEST_AT_ONCE: i64 = 2_000;

/// What was checked, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What was found: now, or by the last walk.
    pub state: ChainState,
    /// The last walk along the whole chain, where only the records asked for were checked now.
    pub scope: Scope,
}

/// How far a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every record of the account.
    Chain,
    /// The records asked for, and that each hangs together with its two neighbours. The whole chain was last walked then.
    Person(Option<PastWalk>),
}

/// Checks these records of an account: with their whole chain where it is no longer than `at_once`, else by themselves.
///
/// # Errors
/// When the database cannot be read.
pub fn verify_for(
    conn: &mut Conn,
    keys: &Keyring,
    (account, records): (AccountId, &[ConsentRecordId]),
    at_once: i64,
) -> Result<Checked, StoreError> {
    if !links::is_longer(conn, account, at_once)? {
        return Ok(Checked { state: verify_chain(conn, keys, account)?, scope: Scope::Chain });
    }
    let walk = walks::last(conn, account)?;
    let found = match verify_records(conn, keys, account, records)? {
        Some(found) => Some(found),
        None => walk.as_ref().and_then(|walk| walk.broken.clone()),
    };
    let state = found.map_or(ChainState::Whole(u64::try_from(records.len()).unwrap_or(0)), ChainState::Broken);
    Ok(Checked { state, scope: Scope::Person(walk) })
}

fn verify_records(
    conn: &mut Conn,
    keys: &Keyring,
    account: AccountId,
    records: &[ConsentRecordId],
) -> Result<Option<Break>, StoreError> {
    let mut check = Check::of(keys, account);
    for id in records {
        if let Some(found) = verify_one(conn, &mut check, *id)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// One record: what it says, and that it follows the one before it and is followed by the one after it.
fn verify_one(conn: &mut Conn, check: &mut Check, id: ConsentRecordId) -> Result<Option<Break>, StoreError> {
    let before = match links::before(conn, check.account, id)? {
        Some(before) => match neighbour(conn, before)? {
            Ok(link) => Some(link.record.hash),
            Err(found) => return Ok(Some(found)),
        },
        None => None,
    };
    let Some(link) = readable(links::read(conn, &[id]))?.and_then(|mut links| links.pop()) else {
        return Ok(Some(Break::at(id, Difference::Unreadable)));
    };
    let Some(mut mails) = readable(mails::between(conn, check.account, id, id))? else {
        return Ok(Some(Break::at(id, Difference::Unreadable)));
    };
    if let Some(difference) = check.difference(conn, before.as_deref(), &link, mails.remove(&id).as_ref())? {
        return Ok(Some(Break::at(id, difference)));
    }
    followed(conn, check.account, id, &link.record.hash)
}

/// Whether what comes after a record is bound to it: the next record, or the head of the chain.
fn followed(
    conn: &mut Conn,
    account: AccountId,
    id: ConsentRecordId,
    hash: &[u8],
) -> Result<Option<Break>, StoreError> {
    // The head first: a record that is appended after this question is found by the next one.
    let is_head = store::head(conn, account)?.as_deref() == Some(hash);
    let Some(after) = links::ids_after(conn, account, id, 1)?.into_iter().next() else {
        return Ok((!is_head).then(Break::of_head));
    };
    Ok(match neighbour(conn, after)? {
        Ok(link) if link.record.previous_hash.as_deref() == Some(hash) => None,
        Ok(_) => Some(Break::at(after, Difference::Link)),
        Err(found) => Some(found),
    })
}

/// A record beside the one that is checked; its hash counts only when it is the one of what it says.
fn neighbour(conn: &mut Conn, id: ConsentRecordId) -> Result<Result<Link, Break>, StoreError> {
    let Some(link) = readable(links::read(conn, &[id]))?.and_then(|mut links| links.pop()) else {
        return Ok(Err(Break::at(id, Difference::Unreadable)));
    };
    let difference = chain::difference(&link.record, link.account_id, link.address_hash.as_deref());
    Ok(difference.map_or(Ok(link), |difference| Err(Break::at(id, difference))))
}
