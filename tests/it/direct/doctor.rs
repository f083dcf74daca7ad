//! What the doctor says of the addresses that mail leaves from.

use std::net::IpAddr;

use crate::support::app::settings;
use crate::support::{DatabaseKind, TestDatabase, World, binary};

/// The report of the doctor for these sources, and whether it was content.
async fn report(world: &World, sources: &str) -> String {
    let database = TestDatabase::new(DatabaseKind::Sqlite);
    let folder = tempfile::TempDir::new().unwrap();
    let mut settings = settings("http://127.0.0.1:9", &world.url(sources), &database.setting(), folder.path());
    settings.insert("ESTAMPILLE_DNS_SERVER".into(), world.dns_server());
    let output = tokio::task::spawn_blocking(move || binary::run(&["doctor"], &settings)).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn line<'a>(report: &'a str, subject: &str) -> &'a str {
    report.lines().find(|line| line.contains(subject)).unwrap_or_else(|| panic!("no line on {subject} in\n{report}"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn aut_01_a_source_and_its_name_must_confirm_each_other() {
    let world = World::start().await;
    world.names.name_of(ip("192.0.2.1"), "mta1.sender.example");
    world.names.address_of("mta1.sender.example", ip("192.0.2.1"));
    world.names.name_of(ip("192.0.2.2"), "elsewhere.example");
    world.names.address_of("elsewhere.example", ip("198.51.100.9"));
    let sources =
        "&source=192.0.2.1&helo=mta1.sender.example&source=192.0.2.2&helo=mta2.sender.example&source=192.0.2.3";
    let report = report(&world, sources).await;
    assert!(line(&report, "192.0.2.1 ptr").starts_with("ok"), "{report}");
    assert!(line(&report, "mta1.sender.example helo").starts_with("ok"), "{report}");
    assert!(line(&report, "192.0.2.2 ptr").starts_with("BAD"), "it does not lead back\n{report}");
    assert!(line(&report, "mta2.sender.example helo").starts_with("BAD"), "it leads nowhere\n{report}");
    assert!(line(&report, "192.0.2.3 ptr").starts_with("BAD"), "it has no name\n{report}");
}

#[tokio::test]
async fn a02_a_listing_is_bad_and_a_list_that_refuses_to_answer_is_no_listing() {
    let world = World::start().await;
    world.names.address_of("1.2.0.192.zen.spamhaus.org", ip("127.0.0.2"));
    world.names.address_of("2.2.0.192.zen.spamhaus.org", ip("127.255.255.254"));
    world.names.address_of("bounces.estampille.example.dbl.spamhaus.org", ip("127.0.1.2"));
    let report = report(&world, "&source=192.0.2.1&source=192.0.2.2").await;
    assert!(line(&report, "192.0.2.1 Spamhaus ZEN").contains("listed (127.0.0.2)"), "{report}");
    assert!(line(&report, "192.0.2.1 Spamhaus ZEN").starts_with("BAD"), "{report}");
    let refused = line(&report, "192.0.2.2 Spamhaus ZEN");
    assert!(refused.starts_with("weak") && !refused.contains("listed"), "{report}");
    assert!(line(&report, "192.0.2.2 block lists").contains("on none of 4 asked"), "{report}");
    assert!(line(&report, "bounces.estampille.example Spamhaus DBL").starts_with("BAD"), "{report}");
}
