//! Accounts, users, sessions, tokens and invitations on an embedded database.

use chrono::TimeDelta;

use super::throttle::Allowance;
use super::tokens::NewToken;
use super::users::OperatorOutcome;
use super::*;
use crate::audit::{self, Actor};
use crate::clock::Timestamp;
use crate::keyring::{Keyring, Purpose};
use crate::mail::EmailAddress;
use crate::storage::Conn;
use crate::storage::testing::empty_database;
use crate::texts::Language;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

fn new_account(name: &str, owner: &str) -> NewAccount {
    NewAccount {
        name: name.to_owned(),
        postal_address: "1 rue de la Paix, 44000 Nantes".to_owned(),
        owner: owner.parse().unwrap(),
        language: Language::ENGLISH,
        password_hash: Some("a hash".to_owned()),
    }
}

fn made(conn: &mut Conn) -> (Account, User) {
    match create(conn, &new_account("Le Jardin", "Anne@Example.org"), Actor::System, NOW).unwrap() {
        CreateOutcome::Created { account, owner } => (*account, owner),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_account_comes_with_its_owner_and_reads_back() {
    let mut conn = empty_database();
    let (account, owner) = made(&mut conn);
    assert_eq!(find(&mut conn, account.id).unwrap(), Some(account.clone()));
    assert_eq!(by_name(&mut conn, "Le Jardin").unwrap().map(|found| found.id), Some(account.id));
    assert_eq!(owner.account_id, Some(account.id));
    let same_mailbox: EmailAddress = "anne@EXAMPLE.org".parse().unwrap();
    assert_eq!(users::find_by_address(&mut conn, &same_mailbox).unwrap(), Some(owner));
    assert_eq!(audit::of_account(&mut conn, account.id, 10).unwrap()[0].action, "account.create");
}

#[test]
fn names_and_addresses_are_taken_once() {
    let mut conn = empty_database();
    made(&mut conn);
    for (name, owner, outcome) in [
        ("Le Jardin", "zoe@example.org", CreateOutcome::NameTaken),
        ("Other", "anne@example.org", CreateOutcome::AddressTaken),
        ("  ", "zoe@example.org", CreateOutcome::BadName),
        ("a\nb", "zoe@example.org", CreateOutcome::BadName),
    ] {
        assert_eq!(create(&mut conn, &new_account(name, owner), Actor::System, NOW).unwrap(), outcome, "{name}");
    }
    let anne = "anne@example.org".parse().unwrap();
    let operator = users::create_operator(&mut conn, &anne, None, Language::ENGLISH, NOW).unwrap();
    assert_eq!(operator, OperatorOutcome::AddressTaken);
}

#[test]
fn a_pause_keeps_its_reason_and_is_audited_both_ways() {
    let mut conn = empty_database();
    let (account, _) = made(&mut conn);
    assert!(pause(&mut conn, account.id, "spam run", Actor::System, NOW).unwrap());
    let paused = find(&mut conn, account.id).unwrap().unwrap();
    assert_eq!((paused.is_paused(), paused.pause_reason.as_deref()), (true, Some("spam run")));
    assert!(resume(&mut conn, account.id, "cleaned up", Actor::System, NOW).unwrap());
    assert!(!find(&mut conn, account.id).unwrap().unwrap().is_paused());
    let acts: Vec<_> = audit::of_account(&mut conn, account.id, 2).unwrap().into_iter().map(|e| e.action).collect();
    assert_eq!(acts, ["account.resume", "account.pause"]);
    assert!(!pause(&mut conn, crate::storage::AccountId::new(), "none", Actor::System, NOW).unwrap());
}

#[test]
fn the_pause_of_all_sending_is_one_row() {
    let mut conn = empty_database();
    assert_eq!(installation::sending_pause(&mut conn).unwrap(), None);
    installation::pause_sending(&mut conn, "listed at a block list", Actor::System, NOW).unwrap();
    assert_eq!(installation::sending_pause(&mut conn).unwrap().as_deref(), Some("listed at a block list"));
    installation::resume_sending(&mut conn, "delisted", Actor::System, NOW).unwrap();
    assert_eq!(installation::sending_pause(&mut conn).unwrap(), None);
}

#[test]
fn web_09_a_session_ends_when_idle_when_old_when_closed_and_with_the_password() {
    let mut conn = empty_database();
    let (_, owner) = made(&mut conn);
    let token = sessions::open(&mut conn, owner.id, "192.0.2.1", NOW).unwrap();
    let other = sessions::open(&mut conn, owner.id, "192.0.2.1", NOW).unwrap();
    assert_ne!(token, other);
    let found = sessions::find(&mut conn, &token, NOW).unwrap().unwrap();
    assert_eq!((found.user_id, found.role), (owner.id, Role::Owner));
    assert_eq!(sessions::find(&mut conn, "no such token", NOW).unwrap(), None);
    assert_eq!(sessions::find(&mut conn, &token, NOW + sessions::IDLE).unwrap(), None);
    let mut later = NOW;
    while later.since(NOW) < sessions::LONGEST {
        assert!(sessions::find(&mut conn, &token, later).unwrap().is_some(), "{later}");
        sessions::seen(&mut conn, &token, later).unwrap();
        later = later + TimeDelta::hours(11);
    }
    assert_eq!(sessions::find(&mut conn, &token, later).unwrap(), None, "however often it is used");
    sessions::close(&mut conn, &token).unwrap();
    users::set_password(&mut conn, owner.id, "another hash", NOW).unwrap();
    assert_eq!(sessions::find(&mut conn, &other, NOW).unwrap(), None);
}

#[test]
fn a_disabled_user_is_out_at_once_and_cannot_come_back() {
    let mut conn = empty_database();
    let (_, owner) = made(&mut conn);
    let token = sessions::open(&mut conn, owner.id, "192.0.2.1", NOW).unwrap();
    assert!(users::password_hash(&mut conn, &owner.address).unwrap().is_some());
    assert!(users::disable(&mut conn, owner.id, Actor::System, NOW).unwrap());
    assert_eq!(sessions::find(&mut conn, &token, NOW).unwrap(), None);
    assert_eq!(users::password_hash(&mut conn, &owner.address).unwrap(), None);
}

#[test]
fn abu_07_a_token_works_until_it_is_revoked_and_only_its_account_can_revoke_it() {
    let mut conn = empty_database();
    let (account, _) = made(&mut conn);
    let new = NewToken { account_id: Some(account.id), label: "shop".to_owned(), scope: Scope::Subscribe };
    let (id, token) = tokens::create(&mut conn, &new, Actor::System, NOW).unwrap();
    let holder = tokens::authenticate(&mut conn, &token, NOW).unwrap().unwrap();
    assert_eq!((holder.account_id, holder.scope), (Some(account.id), Scope::Subscribe));
    assert_eq!(tokens::authenticate(&mut conn, "est_wrong", NOW).unwrap(), None);
    assert!(!tokens::revoke(&mut conn, None, id, Actor::System, NOW).unwrap());
    assert!(tokens::revoke(&mut conn, Some(account.id), id, Actor::System, NOW).unwrap());
    assert_eq!(tokens::authenticate(&mut conn, &token, NOW).unwrap(), None);
    let listed = tokens::list(&mut conn, Some(account.id)).unwrap();
    assert_eq!((listed.len(), listed[0].revoked_at), (1, Some(NOW)));
    assert_eq!(tokens::list(&mut conn, None).unwrap(), []);
}

#[test]
fn an_invitation_is_used_once_and_its_mail_carries_the_same_link() {
    let mut conn = empty_database();
    let keys = Keyring::new(vec![[7; 32]]).unwrap();
    let settings = crate::config::Settings::from_values(&std::collections::BTreeMap::new()).unwrap();
    let (_, owner) = made(&mut conn);
    let first = invitations::invite(&mut conn, &keys, &owner, NOW).unwrap();
    let second = invitations::invite(&mut conn, &keys, &owner, NOW).unwrap();
    let mail = |conn: &mut Conn, cause: &[u8], now| invitation_mail(conn, &keys, &settings, cause, now).unwrap();
    assert_eq!(mail(&mut conn, &first.token_hash, NOW), None, "the second one ends the first");
    let notice = mail(&mut conn, &second.token_hash, NOW).unwrap();
    assert!(notice.html.contains("http://localhost:8080/invitation/"));
    let token = notice.text.split("/invitation/").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert!(!keys.derive(Purpose::Confirm, b"x").contains(&token));
    assert_eq!(invitations::find(&mut conn, &token, NOW).unwrap(), Some(owner.clone()));
    let late = NOW + invitations::LIFETIME;
    assert_eq!(invitations::accept(&mut conn, &token, "h", late).unwrap(), invitations::AcceptOutcome::Gone);
    let accepted = invitations::AcceptOutcome::Accepted(owner.id);
    assert_eq!(invitations::accept(&mut conn, &token, "chosen", NOW).unwrap(), accepted);
    assert_eq!(invitations::accept(&mut conn, &token, "again", NOW).unwrap(), invitations::AcceptOutcome::Gone);
    assert_eq!(users::password_hash(&mut conn, &owner.address).unwrap(), Some((owner.id, "chosen".to_owned())));
}

#[test]
fn web_09_too_many_attempts_for_one_address_wait_wherever_they_come_from() {
    let mut conn = empty_database();
    let keys = Keyring::new(vec![[7; 32]]).unwrap();
    let mut attempt =
        |address: &str, network: &str, now| throttle::attempt(&mut conn, &keys, address, network, now).unwrap();
    for number in 0..10 {
        let network = format!("192.0.{number}.0/24");
        assert_eq!(attempt("Anne@example.org", &network, NOW), Allowance::Allowed);
    }
    let eleventh = attempt("anne@EXAMPLE.org", "198.51.100.0/24", NOW);
    assert!(matches!(eleventh, Allowance::Wait { seconds } if seconds > 0));
    assert_eq!(attempt("zoe@example.org", "198.51.100.0/24", NOW), Allowance::Allowed);
    assert_eq!(attempt("anne@example.org", "198.51.100.0/24", NOW + throttle::SPAN * 2), Allowance::Allowed);
}
