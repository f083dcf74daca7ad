//! The people in a file of whom nothing is known: asked about all together, because a file has many of them.

mod store;

use std::collections::BTreeSet;

use super::judge::LIST_SPAN;
use super::signup::{self, Signup, mails_to};
use super::{State, Subscription, store as subscriptions};
use crate::consent::{self, Event, NewRecord};
use crate::keyring::Keyring;
use crate::lists::List;
use crate::storage::{AccountId, Conn, StoreError, SubscriberId, SubscriptionId, Timestamp};
use crate::subscribers;

/// Takes in those of these people who are strangers, as pending or as confirmed elsewhere: everything that can be asked
/// of the database or written once for all of them is. `None` for the others, who are taken one by one.
pub(super) fn take_in(
    conn: &mut Conn,
    keys: &Keyring,
    (list, state): (&List, State),
    asked: &[Signup],
    now: Timestamp,
) -> Result<Vec<Option<Subscription>>, StoreError> {
    let mut chain = consent::Chain::hold(conn, list.account_id)?;
    let hashes = subscribers::hashes_for(conn, list.account_id, asked.iter().map(|one| &one.address))?;
    let are_strangers = among(conn, keys, list.account_id, (asked, &hashes), now)?;
    let chosen: Vec<(&Signup, Vec<u8>)> = asked
        .iter()
        .zip(hashes)
        .zip(&are_strangers)
        .filter(|(_, is_stranger)| **is_stranger)
        .map(|(person, _)| person)
        .collect();
    let people = chosen.iter().map(|(one, hash)| (&one.address, hash.clone(), &one.attributes));
    let people = subscribers::create_all(conn, list.account_id, people, now)?;
    let taken: Vec<Subscription> = people.iter().map(|person| fresh(list, person.id, state, now)).collect();
    subscriptions::insert_all(conn, &taken)?;
    let records: Vec<(NewRecord, Vec<u8>)> =
        chosen.into_iter().zip(&taken).map(|((one, hash), new)| (record(one, list, new), hash)).collect();
    chain.append_all(conn, &records, now)?;
    chain.end(conn)?;
    let mut taken = taken.into_iter();
    Ok(are_strangers.into_iter().map(|is_stranger| if is_stranger { taken.next() } else { None }).collect())
}

/// The subscription of somebody who had none.
pub(super) fn fresh(list: &List, subscriber: SubscriberId, state: State, now: Timestamp) -> Subscription {
    Subscription {
        id: SubscriptionId::new(),
        account_id: list.account_id,
        subscriber_id: subscriber,
        list_id: list.id,
        state,
        requested_at: now,
        confirmed_at: (state == State::Confirmed).then_some(now),
        ended_at: None,
        end_reason: None,
        expires_at: None,
    }
}

/// What is recorded of them: that they were asked for, or the stamp.
pub(super) fn record(asked: &Signup, list: &List, subscription: &Subscription) -> NewRecord {
    let requested = signup::record(asked, list, subscription);
    let event = if subscription.state == State::Confirmed { Event::Confirmed } else { Event::Requested };
    NewRecord { event, ..requested }
}

/// Which of these people are strangers: the account knows nobody with that address and has no suppression of it, nobody
/// asked it lately, for whichever account, its owner never said "I did not ask for this", and nobody with the same address
/// stands further up among them. `hashes` are the keyed hashes of their addresses, in the same order.
fn among(
    conn: &mut Conn,
    keys: &Keyring,
    account: AccountId,
    (asked, hashes): (&[Signup], &[Vec<u8>]),
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let names: Vec<String> = asked.iter().map(|one| mails_to(keys, &one.address)).collect();
    let mut met: BTreeSet<Vec<u8>> = store::known(conn, account, hashes)?.into_iter().collect();
    let noted: BTreeSet<String> = store::noted(conn, &names, now - LIST_SPAN)?.into_iter().collect();
    let people = hashes.iter().zip(&names);
    Ok(people.map(|(hash, name)| met.insert(hash.clone()) && !noted.contains(name)).collect())
}
