//! The table is whole, and the answers of providers mean what is known of them.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::*;

#[test]
fn every_row_says_where_and_when_it_was_learnt_and_no_domain_belongs_to_two() {
    let (mut names, mut domains, mut exchangers) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    assert!(all().len() > 15);
    for provider in all() {
        assert!(provider.source.len() > 10 && provider.as_of.len() == 10, "{}", provider.name);
        assert!(names.insert(&provider.name), "{} stands twice", provider.name);
        assert!(provider.connections > 0 && provider.messages > 0);
        let (new, known) = (provider.ceilings(true).hourly, provider.ceilings(false).hourly);
        assert!(new <= known && new.is_some() == known.is_some(), "{}", provider.name);
        assert!(provider.domains.iter().all(|domain| domains.insert(domain)), "{} has a domain twice", provider.name);
        assert!(provider.mx.iter().all(|host| exchangers.insert(host)), "{} has an exchanger twice", provider.name);
        assert!(provider.replies.iter().all(ReplyRule::is_sound), "{}: {:?}", provider.name, provider.replies);
    }
    assert_eq!(all().last().map(|provider| provider.name.as_str()), Some(OTHER));
    assert_eq!(Provider::by_name(OTHER).map(|other| other.ceilings(true).hourly), Some(None));
}

/// PAC-01, PAC-03: the ceilings that STANDARDS.md gives.
#[test]
fn the_known_ceilings_are_in_the_table() {
    for (lane, connections, messages) in [
        ("google", 5, 50),
        ("microsoft", 5, 50),
        ("microsoft-365", 5, 50),
        ("yahoo", 5, 20),
        ("apple", 10, 5),
        ("orange", 2, 100),
        ("gmx", 4, 20),
        ("comcast", 25, 1000),
        ("other", 10, 100),
    ] {
        let ceilings = Provider::by_name(lane).unwrap().ceilings(false);
        assert_eq!((ceilings.connections, ceilings.messages), (connections, messages), "{lane}");
    }
    assert_eq!(Provider::by_name("free").unwrap().ceilings(false).connections, 2);
}

/// PAC-01: receiving domains meet at their mail exchanger.
#[test]
fn a_provider_is_found_by_its_domain_and_by_its_exchanger() {
    let name = |found: Option<&Provider>| found.map(|provider| provider.name.clone());
    for (domain, lane) in
        [("gmail.com", "google"), ("wanadoo.fr", "orange"), ("hotmail.fr", "microsoft"), ("me.com", "apple")]
    {
        assert_eq!(name(Provider::of_domain(domain)).as_deref(), Some(lane), "{domain}");
    }
    assert!(Provider::of_domain("mygmail.com").is_none());
    for (host, lane) in [
        ("aspmx.l.google.com", Some("google")),
        ("alt1.gmail-smtp-in.l.google.com", Some("google")),
        ("smtp.google.com", Some("google")),
        ("outlook-com.olc.protection.outlook.com", Some("microsoft")),
        ("vanity-example.mail.protection.outlook.com", Some("microsoft-365")),
        ("mta5.am0.yahoodns.net", Some("yahoo")),
        ("mx01.mail.icloud.com", Some("apple")),
        ("smtp-in.orange.fr", Some("orange")),
        ("orange.fr", Some("orange")),
        ("notorange.fr", None),
        ("mx.reader.example", None),
        ("", None),
    ] {
        assert_eq!(name(Provider::of_mx(host)).as_deref(), lane, "{host}");
    }
}

const ALL: Concerns = Concerns::Everybody;

const fn stop(minutes: i64) -> Step {
    Step::Stop(TimeDelta::minutes(minutes))
}

/// Lane, reply, how it was heard; what follows, and for whom.
const ANSWERS: &[(&str, &str, Heard, (Step, Concerns))] = &[
    (
        "google",
        "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail",
        Heard::Throttled,
        (Step::Halve, ALL),
    ),
    (
        "google",
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
        Heard::Throttled,
        (Step::Nothing, ALL),
    ),
    ("google", "550-5.7.1 this message is likely unsolicited mail", Heard::Blocked, (stop(60), Concerns::Account)),
    (
        "google",
        "550 5.1.1 The email account that you tried to reach does not exist",
        Heard::Nothing,
        (Step::Nothing, ALL),
    ),
    (
        "microsoft",
        "421 RP-001 (SNT004-MC1F10) Unfortunately, some messages weren't sent",
        Heard::Throttled,
        (Step::Halve, ALL),
    ),
    (
        "microsoft",
        "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation",
        Heard::Throttled,
        (stop(60), ALL),
    ),
    (
        "microsoft",
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. … block list (S3150)",
        Heard::Blocked,
        (stop(240), ALL),
    ),
    (
        "microsoft-365",
        "451 4.7.500 Server busy. Please try again later (AS77713)",
        Heard::Throttled,
        (Step::Halve, ALL),
    ),
    (
        "yahoo",
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume",
        Heard::Throttled,
        (stop(120), ALL),
    ),
    ("yahoo", "421 4.7.0 [TSS05] Messages temporarily deferred", Heard::Throttled, (stop(240), ALL)),
    ("yahoo", "421 4.7.0 [TS01] Messages from 192.0.2.1 temporarily deferred", Heard::Throttled, (Step::Halve, ALL)),
    ("apple", "421 4.7.1 Messages to x deferred due to excessive volume", Heard::Throttled, (stop(15), ALL)),
    (
        "orange",
        "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104",
        Heard::Throttled,
        (Step::Halve, ALL),
    ),
    ("orange", "450 4.7.1 OFR_105", Heard::Nothing, (Step::Halve, ALL)),
    ("orange", "550 5.7.1 Service refusé. Veuillez essayer plus tard", Heard::Blocked, (stop(60), ALL)),
    ("laposte", "421 Too many connections LPN007_104", Heard::Throttled, (Step::Halve, ALL)),
    ("free", "451 too many connections from your host", Heard::Throttled, (Step::Halve, ALL)),
    ("gmx", "550 5.7.1 Something nobody ever wrote", Heard::Blocked, (stop(60), Concerns::Account)),
    ("gmx", "450 4.7.0 Something nobody ever wrote", Heard::Throttled, (Step::Halve, ALL)),
    ("other", "421 4.7.28 unusual rate", Heard::Throttled, (Step::Nothing, ALL)),
    ("other", "550 5.7.1 blocked", Heard::Blocked, (Step::Nothing, ALL)),
];

/// PAC-02: what throttles, what stops and for how long, and what says nothing of how we send.
#[test]
fn the_answers_of_providers_mean_what_is_known_of_them() {
    for (lane, reply, heard, wanted) in ANSWERS {
        assert_eq!(Provider::by_name(lane).unwrap().step(reply, *heard), *wanted, "{lane}: {reply}");
    }
}

/// With 421 the text decides whether the provider is full or whether the relay goes away.
#[test]
fn a_relay_that_shuts_down_speaks_of_no_lane() {
    for provider in all() {
        assert!(!provider.knows("421 4.3.2 Service shutting down"), "{}", provider.name);
        assert!(!provider.knows("421 4.3.0 relay.example.org closing connection"), "{}", provider.name);
    }
    assert!(Provider::by_name("microsoft").unwrap().knows("421 RP-001 The mail server IP has exceeded the rate limit"));
}
