//! Everything that shows what one person agreed to, in one place: for the person, for a judge, for an authority
//! (CON-04, LAW-02).

use std::collections::BTreeMap;

use super::{Subscription, store};
use crate::accounts::{self, Account};
use crate::consent::{self, Checked, Event, Record, seals};
use crate::forms::{self, Drawn};
use crate::keyring::Keyring;
use crate::lists::{self, List};
use crate::storage::{AccountId, Conn, FormId, Language, StoreError, SubscriberId};
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
    /// Whether the records are as they were written, and how far that was checked.
    pub checked: Checked,
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
    /// The form that it names, as it was shown or handed out.
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
        let mut shown = Shown::new();
        let steps = own.map(|record| step(conn, keys, (account.id, record), &mut shown)).collect::<Result<_, _>>()?;
        lists.push(ProvedList { list, subscription, steps });
    }
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let checked = consent::verify_for(conn, keys, (account.id, &ids), consent::LONGEST_AT_ONCE)?;
    Ok(Some(Proof { account, subscriber, lists, checked, seal }))
}

/// The forms that a person's records name, each version once.
///
/// # Errors
/// When the database cannot be read.
pub fn forms_shown(
    conn: &mut Conn,
    account: AccountId,
    id: SubscriberId,
) -> Result<BTreeMap<(FormId, i32), Drawn>, StoreError> {
    let mut shown = BTreeMap::new();
    for record in consent::of_subscriber(conn, account, id)? {
        let Some((form, version)) = record.form_id.zip(record.form_version) else { continue };
        if let Some(drawn) = forms::draw_again(conn, account, (form, version), None)? {
            shown.insert((form, version), drawn);
        }
    }
    Ok(shown)
}

/// In which language of ours each version was shown when it was last asked by it.
type Shown = BTreeMap<(FormId, i32), Option<Language>>;

fn step(
    conn: &mut Conn,
    keys: &Keyring,
    (account, record): (AccountId, &Record),
    asked_by: &mut Shown,
) -> Result<ProvedStep, StoreError> {
    let named = record.form_id.zip(record.form_version);
    if let (Some(named), Event::Requested) = (named, record.event) {
        asked_by.insert(named, record.shown_in);
    }
    let shown = match named {
        Some(named) => forms::draw_again(conn, account, named, asked_by.get(&named).copied().flatten())?,
        None => None,
    };
    let mail = match record.mail_hash {
        Some(_) => consent::mail_of(conn, keys, account, record.id)?,
        None => None,
    };
    Ok(ProvedStep { record: record.clone(), shown, mail })
}
