//! Under whose name a confirmation asks.

use super::*;
use crate::accounts::{self, CreateOutcome, NewAccount};
use crate::audit::Actor;
use crate::lists::NewList;
use crate::storage::testing::empty_database;
use crate::texts::Language;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

fn settings(unverified_domains: &str) -> Settings {
    let values =
        [("ESTAMPILLE_UNVERIFIED_DOMAINS", unverified_domains), ("ESTAMPILLE_MAIL_DOMAIN", "bounces.house.example")];
    Settings::from_values(&values.map(|(key, value)| (key.to_owned(), value.to_owned())).into()).unwrap()
}

fn a_list(conn: &mut Conn) -> List {
    let new = NewAccount {
        name: "Le Jardin".to_owned(),
        postal_address: String::new(),
        owner: "owner@jardin.example".parse().unwrap(),
        language: Language::ENGLISH,
        password_hash: None,
    };
    let CreateOutcome::Created { account, .. } = accounts::create(conn, &new, Actor::System, NOW).unwrap() else {
        panic!("refused")
    };
    let new = NewList {
        name: "Letters".to_owned(),
        from_name: "The garden".to_owned(),
        from_address: "news@bank.example".parse().unwrap(),
        reply_to: None,
        language: Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    lists::create(conn, account.id, &new, NOW).unwrap()
}

#[test]
fn aut_01_a_confirmation_forges_no_domain_and_answers_go_to_the_list() {
    let mut conn = empty_database();
    let list = a_list(&mut conn);
    let (from, answers_to) = sender(&mut conn, &settings("refuse"), &list).unwrap();
    assert_eq!((from.name.as_str(), from.address.as_str()), ("The garden", "confirm@bounces.house.example"));
    assert_eq!(answers_to, Some(list.from_address.clone()));
    let with_reply = List { reply_to: "desk@jardin.example".parse().ok(), ..list.clone() };
    assert_eq!(sender(&mut conn, &settings("refuse"), &with_reply).unwrap().1, with_reply.reply_to);
}

#[test]
fn a_confirmation_comes_from_the_list_where_its_domain_is_verified_or_any_is_allowed() {
    let mut conn = empty_database();
    let list = a_list(&mut conn);
    let own = (Mailbox { name: "The garden".to_owned(), address: list.from_address.clone() }, None);
    assert_eq!(sender(&mut conn, &settings("allow"), &list).unwrap(), own);
    sending_domains::testing::verify(&mut conn, list.account_id, "bank.example", NOW);
    assert_eq!(sender(&mut conn, &settings("refuse"), &list).unwrap(), own);
}
