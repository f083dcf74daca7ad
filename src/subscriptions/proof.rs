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
        let own: Vec<_> = records.iter().filter(|record| record.subscription_id == subscription.id).collect();
        let steps = own.iter().map(|record| step(conn, keys, (account.id, record), &own)).collect::<Result<_, _>>()?;
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

fn step(
    conn: &mut Conn,
    keys: &Keyring,
    (account, record): (AccountId, &Record),
    own: &[&Record],
) -> Result<ProvedStep, StoreError> {
    let shown = match record.form_id.zip(record.form_version) {
        Some(named) => forms::draw_again(conn, account, named, shown_in(record, own))?,
        None => None,
    };
    let mail = match record.mail_hash {
        Some(_) => consent::mail_of(conn, keys, account, record.id)?,
        None => None,
    };
    Ok(ProvedStep { record: record.clone(), shown, mail })
}

/// In which language of ours the form that a record names was shown. A request says it itself. The others do not say which
/// request they follow: it is on record where all requests by that version agree.
fn shown_in(record: &Record, own: &[&Record]) -> Option<Language> {
    if record.event == Event::Requested {
        return record.shown_in;
    }
    let named = |other: &Record| other.form_id.zip(other.form_version);
    let asked = own.iter().filter(|other| other.event == Event::Requested && named(other) == named(record));
    let mut languages = asked.map(|other| other.shown_in);
    let first = languages.next().flatten()?;
    languages.all(|other| other == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Circumstances;
    use crate::storage::{ConsentRecordId, ListId, SubscriptionId, Timestamp};

    fn record(event: Event, form_version: i32, shown_in: Option<Language>) -> Record {
        let id = uuid::Uuid::nil();
        Record {
            id: ConsentRecordId(1),
            subscription_id: SubscriptionId(id),
            subscriber_id: SubscriberId(id),
            list_id: ListId(id),
            at: Timestamp::from_micros(5),
            event,
            via: String::new(),
            form_id: Some(FormId(id)),
            form_version: Some(form_version),
            wording: String::new(),
            language: Language::ENGLISH,
            circumstances: Circumstances::default(),
            detail: String::new(),
            personal_salt: None,
            personal_hash: Vec::new(),
            previous_hash: None,
            hash: Vec::new(),
            scheme: 4,
            mail_hash: None,
            form_hash: None,
            shown_in,
        }
    }

    #[test]
    fn con_04_a_form_was_shown_in_a_language_where_all_requests_by_it_agree() {
        let (english, french) = (Some(Language::ENGLISH), "fr".parse().ok());
        let stamp = record(Event::Confirmed, 1, None);
        for (asked, expected) in [
            (vec![(1, french)], french),
            (vec![(1, french), (1, french), (2, english)], french),
            (vec![(1, french), (1, english)], None),
            (vec![(1, english), (1, french)], None),
            (vec![(1, french), (1, None)], None),
            (vec![(1, None), (1, french)], None),
            (vec![(2, french)], None),
        ] {
            let asked: Vec<_> =
                asked.into_iter().map(|(version, language)| record(Event::Requested, version, language)).collect();
            let own: Vec<_> = asked.iter().chain([&stamp]).collect();
            assert_eq!(shown_in(&stamp, &own), expected, "{asked:?}");
            assert!(asked.iter().all(|asked| shown_in(asked, &own) == asked.shown_in));
        }
    }
}
