//! The people in a file of whom nothing is known: asked about all together, because a file has many of them.

mod store;

use std::collections::BTreeSet;

use super::judge::LIST_SPAN;
use super::signup::{Signup, mails_to};
use crate::keyring::Keyring;
use crate::storage::{AccountId, Conn, StoreError, Timestamp};

/// Which of these people are strangers: the account knows nobody with that address and has no suppression of it, nobody
/// asked it lately, for whichever account, its owner never said "I did not ask for this", and nobody with the same address
/// stands further up among them. `hashes` are the keyed hashes of their addresses, in the same order.
pub(super) fn among(
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
