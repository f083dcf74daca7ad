//! The mail that invites a new user: here, because accounts know nothing of mail that waits.

use super::{Kind, NewDelivery, enqueue};
use crate::accounts::{self, CreateOutcome, NewAccount, User, invitations};
use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::keyring::Keyring;
use crate::storage::{Conn, StoreError};

/// Makes an account, and with it an invitation and its mail where the owner has no password yet.
///
/// # Errors
/// When the database cannot do it; then nothing was made.
pub fn create_and_invite(
    conn: &mut Conn,
    keys: &Keyring,
    new: &NewAccount,
    by: Actor,
    now: Timestamp,
) -> Result<CreateOutcome, StoreError> {
    let outcome = accounts::create(conn, new, by, now)?;
    if let (CreateOutcome::Created { owner, .. }, None) = (&outcome, &new.password_hash) {
        invite(conn, keys, owner, now)?;
    }
    Ok(outcome)
}

/// Makes an invitation and queues its mail.
fn invite(conn: &mut Conn, keys: &Keyring, user: &User, now: Timestamp) -> Result<(), StoreError> {
    let invited = invitations::invite(conn, keys, user, now)?;
    let mail = NewDelivery {
        kind: Kind::Invitation,
        // Not the account's own mail: it leaves even while the account is paused.
        account_id: None,
        campaign_id: None,
        list_id: None,
        subscriber_id: None,
        subscription_id: None,
        cause: Some(invited.token_hash),
        address: invited.address,
        expires_at: invited.expires_at,
    };
    enqueue(conn, &mail, now).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::find;
    use crate::storage::DeliveryId;
    use crate::storage::testing::empty_database;
    use crate::texts::Language;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn an_owner_without_a_password_is_invited_by_a_mail_and_one_with_a_password_is_not() {
        let (mut conn, keys) = (empty_database(), Keyring::new(vec![[7; 32]]).unwrap());
        let mut create = |name: &str, password: Option<&str>| {
            let new = NewAccount {
                name: name.to_owned(),
                postal_address: String::new(),
                owner: format!("{name}@owner.example").parse().unwrap(),
                language: Language::ENGLISH,
                password_hash: password.map(ToOwned::to_owned),
            };
            let made = create_and_invite(&mut conn, &keys, &new, Actor::System, NOW).unwrap();
            assert!(matches!(made, CreateOutcome::Created { .. }), "{made:?}");
            let (first, second) = (find(&mut conn, DeliveryId(1)).unwrap(), find(&mut conn, DeliveryId(2)).unwrap());
            (first.map(|mail| (mail.kind, mail.address.unwrap().to_string())), second)
        };
        assert_eq!(create("anne", Some("a hash")), (None, None));
        let invitation = (Kind::Invitation, "bob@owner.example".to_owned());
        assert_eq!(create("bob", None), (Some(invitation), None));
    }
}
