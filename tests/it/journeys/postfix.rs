//! Through a real Postfix, which writes a real report of what it could not deliver.

use crate::support::{Answer, Inbox, smtp_client};

/// What `test.sh` says of the Postfix that it started.
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} names no Postfix: run ./test.sh as root or with sudo"))
}

#[tokio::test]
async fn postfix_relays_and_reports() {
    let next_hop = Inbox::start_at(&setting("TEST_POSTFIX_NEXT_HOP")).await;
    let returns = Inbox::start_at(&setting("TEST_POSTFIX_RETURNS_TO")).await;
    next_hop.answer("dead@mailbox.example", Answer::Always("550 5.1.1 No such user here".into()));
    let relay = setting("TEST_POSTFIX_RELAY").trim_start_matches("smtp://").parse().unwrap();
    let from = "b-x@bounces.estampille.example";
    let message = b"Subject: hello\r\n\r\nhello\r\n";
    smtp_client::deliver(relay, from, "alive@mailbox.example", message).await.unwrap();
    assert_eq!(next_hop.next_to("alive@mailbox.example").await.from, from);
    smtp_client::deliver(relay, from, "dead@mailbox.example", message).await.unwrap();
    let report = returns.next_to(from).await;
    assert_eq!(report.from, "");
    assert!(report.raw().contains("Status: 5.1.1"), "{}", report.raw());
}
