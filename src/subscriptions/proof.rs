//! Everything that shows what one person agreed to, in one place: for the person, for a judge, for an authority
//! (CON-04, LAW-02).

use super::{Subscription, store};
use crate::accounts::{self, Account};
use crate::consent::{self, ChainState, Record, seals};
use crate::forms::{self, Drawn};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{AccountId, Conn, StoreError, SubscriberId};
use crate::subscribers::{self, Subscriber};

/// What is on record about one person.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Who writes to the person.
    pub account: Account,
    /// The person; without an address after an erasure.
    pub subscriber: Subscriber,
    /// Every list that was ever asked for, oldest first.
    pub lists: Vec<ProvedList>,
    /// Whether the account's records are all as they were written, checked now.
    pub chain: ChainState,
    /// The first seal that covers the person's last record; none before the next night.
    pub seal: Option<seals::Seal>,
}

/// One list, and what happened on it.
#[derive(Debug, Clone)]
pub struct ProvedList {
    /// The list, closed or not.
    pub list: List,
    /// Where it stands.
    pub subscription: Subscription,
    /// What happened, oldest first.
    pub steps: Vec<ProvedStep>,
}

/// One record, with what it speaks of.
#[derive(Debug, Clone)]
pub struct ProvedStep {
    /// The record.
    pub record: Record,
    /// The form as it was shown.
    pub shown: Option<Drawn>,
    /// The mail as it was sent, byte for byte; gone after an erasure.
    pub mail: Option<Vec<u8>>,
}

/// The proof of one person of an account; `None` when there is no such person.
///
/// # Errors
/// When the database cannot be read.
pub fn proof(
    conn: &mut Conn,
    keys: &Keyring,
    account: AccountId,
    id: SubscriberId,
) -> Result<Option<Proof>, StoreError> {
    let (Some(account), Some(subscriber)) = (accounts::find(conn, account)?, subscribers::find(conn, account, id)?)
    else {
        return Ok(None);
    };
    let records = consent::of_subscriber(conn, account.id, id)?;
    let seal = match records.last() {
        Some(last) => seals::covering(conn, last.at)?,
        None => None,
    };
    let mut lists = Vec::new();
    for subscription in store::of_subscriber(conn, id)? {
        let Some(list) = lists::find_even_closed(conn, account.id, subscription.list_id)? else { continue };
        let own = records.iter().filter(|record| record.subscription_id == subscription.id);
        let steps = own.map(|record| step(conn, keys, account.id, record)).collect::<Result<_, _>>()?;
        lists.push(ProvedList { list, subscription, steps });
    }
    let chain = consent::verify_chain(conn, keys, account.id)?;
    Ok(Some(Proof { account, subscriber, lists, chain, seal }))
}

fn step(conn: &mut Conn, keys: &Keyring, account: AccountId, record: &Record) -> Result<ProvedStep, StoreError> {
    let shown = match (record.form_id, record.form_version) {
        (Some(form), Some(version)) => forms::draw_again(conn, account, form, version)?,
        _ => None,
    };
    let mail = match record.mail_hash {
        Some(_) => consent::mail_of(conn, keys, account, record.id)?,
        None => None,
    };
    Ok(ProvedStep { record: record.clone(), shown, mail })
}
