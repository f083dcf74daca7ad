//! To whom a test may go, and under whose name.

use super::*;
use crate::accounts::{self, CreateOutcome, NewAccount};
use crate::campaigns::{self, BodyFormat, Content, Draft};
use crate::lists::{self, NewList};
use crate::storage::testing::empty_database;
use crate::suppressions::NewSuppression;
use crate::texts::Language;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

fn an_account(conn: &mut Conn) -> AccountId {
    let new = NewAccount {
        name: "Le Jardin".to_owned(),
        postal_address: "1 rue de la Paix, 44000 Nantes".to_owned(),
        owner: "owner@jardin.example".parse().unwrap(),
        language: Language::ENGLISH,
        password_hash: None,
    };
    match accounts::create(conn, &new, Actor::System, NOW).unwrap() {
        CreateOutcome::Created { account, .. } => account.id,
        other => panic!("{other:?}"),
    }
}

fn a_campaign(conn: &mut Conn, account: AccountId) -> CampaignId {
    let list = NewList {
        name: "Letters".to_owned(),
        from_name: "The garden".to_owned(),
        from_address: "news@jardin.example".parse().unwrap(),
        reply_to: None,
        language: Language::ENGLISH,
        description: String::new(),
        has_archive: false,
        sends_welcome: false,
        sends_goodbye: false,
    };
    let list_id = lists::create(conn, account, &list, NOW).unwrap().id;
    let content = Content {
        subject: "Seeds".to_owned(),
        preheader: String::new(),
        body_format: BodyFormat::Markdown,
        body: "Hello".to_owned(),
        body_text: None,
    };
    match campaigns::create(conn, account, &Draft { list_id, content }, NOW).unwrap() {
        campaigns::CreateOutcome::Created(campaign) => campaign.id,
        other => panic!("{other:?}"),
    }
}

fn trial(addresses: &[&str], allows_unverified_domains: bool) -> Trial {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    Trial { addresses, by: Actor::System, allows_unverified_domains }
}

fn suppress(conn: &mut Conn, account_id: AccountId, address: &str, reason: suppressions::Reason) {
    let (address, evidence) = (address.parse().unwrap(), String::new());
    let new = NewSuppression { account_id, address, reason, evidence, delivery_id: None };
    suppressions::suppress(conn, &new, NOW).unwrap();
}

#[test]
fn aut_01_a_test_leaves_only_under_a_domain_of_the_sender() {
    let mut conn = empty_database();
    let account = an_account(&mut conn);
    let campaign = a_campaign(&mut conn, account);
    let send =
        |conn: &mut Conn, allows| send_test(conn, account, campaign, &trial(&["anne@reader.example"], allows), NOW);
    let refused = TestOutcome::Refused(vec![Reason::DomainUnverified("jardin.example".to_owned())]);
    assert_eq!(send(&mut conn, false).unwrap(), refused);
    assert_eq!(send(&mut conn, true).unwrap(), TestOutcome::Queued(1));
    sending_domains::testing::verify(&mut conn, account, "jardin.example", NOW);
    assert_eq!(send(&mut conn, false).unwrap(), TestOutcome::Queued(1));
}

#[test]
fn a_test_goes_to_nobody_who_complained_left_or_cannot_be_reached_and_says_to_whom() {
    let mut conn = empty_database();
    let account = an_account(&mut conn);
    let campaign = a_campaign(&mut conn, account);
    for reason in suppressions::Reason::ALL.iter().copied() {
        let who = format!("{reason}@reader.example");
        suppress(&mut conn, account, &who, reason);
        let asked = trial(&["anne@reader.example", &who.to_uppercase()], true);
        let outcome = send_test(&mut conn, account, campaign, &asked, NOW).unwrap();
        let against = Reason::AddressSuppressed(asked.addresses[1].clone(), reason);
        assert_eq!(against.field(), "addresses");
        assert_eq!(outcome, TestOutcome::Refused(vec![against]), "{reason}");
    }
    assert_eq!(ceilings::hits(&mut conn, &format!("test/{account}"), TimeDelta::days(1), NOW).unwrap(), 0);
}
