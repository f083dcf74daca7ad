//! Sending domains for unit tests, without DNS.

use super::{AddOutcome, PrivateKey, add, store};
use crate::audit::Actor;
use crate::storage::{AccountId, Conn, Timestamp};

/// A domain that DNS is said to have verified; its key signs nothing.
pub(crate) fn verify(conn: &mut Conn, account: AccountId, name: &str, now: Timestamp) {
    let added = add(conn, account, name, PrivateKey(vec![1]), Actor::System, now).unwrap();
    let (AddOutcome::Added(mut domain) | AddOutcome::AlreadyThere(mut domain)) = added else { panic!("{name}") };
    domain.verified_at = Some(now);
    store::set_findings(conn, &domain).unwrap();
}
