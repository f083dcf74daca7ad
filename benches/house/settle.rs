//! The account and the list that every bench begins with.

use estampille::accounts::{self, CreateOutcome, NewAccount};
use estampille::audit::Actor;
use estampille::lists::{self, List, NewList};
use estampille::storage::{AccountId, Conn, Timestamp};
use estampille::texts::Language;

/// An account of this name.
pub(crate) fn account(conn: &mut Conn, name: &str, now: Timestamp) -> AccountId {
    let new = NewAccount {
        name: name.to_owned(),
        postal_address: "12 rue du Tampon, 75002 Paris".to_owned(),
        owner: format!("owner@{}.example", name.to_lowercase().replace(' ', "")).parse().unwrap(),
        language: Language::ENGLISH,
        password_hash: None,
    };
    let made = conn.in_write(|conn| accounts::create(conn, &new, Actor::System, now)).unwrap();
    let CreateOutcome::Created { account, .. } = made else { panic!("the account was refused") };
    account.id
}

/// A list of it, sent from this address.
pub(crate) fn list(conn: &mut Conn, account: AccountId, from: &str, now: Timestamp) -> List {
    let new = NewList {
        name: "Letters".to_owned(),
        from_name: "Rose".to_owned(),
        from_address: from.parse().unwrap(),
        reply_to: None,
        language: Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    conn.in_write(|conn| lists::create(conn, account, &new, now)).unwrap()
}
