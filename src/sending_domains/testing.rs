//! Sending domains for unit tests, without DNS.

use super::{AddOutcome, PrivateKey, add, store};
use crate::accounts::{self, CreateOutcome, NewAccount};
use crate::audit::Actor;
use crate::storage::{AccountId, Conn, Timestamp};
use crate::texts::Language;

/// An account of this name.
pub(crate) fn account(conn: &mut Conn, name: &str) -> AccountId {
    let owner = format!("{}@example.org", name.to_lowercase()).parse().unwrap();
    let new = NewAccount {
        name: name.to_owned(),
        postal_address: String::new(),
        owner,
        language: Language::ENGLISH,
        password_hash: None,
    };
    match accounts::create(conn, &new, Actor::System, Timestamp::from_micros(0)).unwrap() {
        CreateOutcome::Created { account, .. } => account.id,
        other => panic!("{other:?}"),
    }
}

/// A domain that DNS is said to have verified; its key signs nothing.
pub(crate) fn verify(conn: &mut Conn, account: AccountId, name: &str, now: Timestamp) {
    let added = add(conn, account, name, PrivateKey(vec![1]), Actor::System, now).unwrap();
    let (AddOutcome::Added(mut domain) | AddOutcome::AlreadyThere(mut domain)) = added else { panic!("{name}") };
    domain.verified_at = Some(now);
    store::set_findings(conn, &domain).unwrap();
}
