//! Through a real Postfix, which writes a real report of what it could not deliver.

use estampille::clock::Clock;
use tokio::sync::Mutex;

use crate::support::{Answer, Inbox, TestApp, on_both_databases, smtp_client};

/// The one Postfix brings everything to the same two ports.
pub(super) static PORTS: Mutex<()> = Mutex::const_new(());

/// What `test.sh` says of the Postfix that it started.
pub(super) fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} names no mail server: run ./test.sh as root or with sudo"))
}

/// Gives the ports back before the next story may take them: a dropped inbox listens until its runtime ends.
pub(super) async fn free(inboxes: &[&Inbox]) {
    for inbox in inboxes {
        inbox.go_down().await;
    }
}

#[tokio::test]
async fn postfix_relays_and_reports() {
    let _ports = PORTS.lock().await;
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
    free(&[&next_hop, &returns]).await;
}

/// The whole way: our delivery, Postfix as relay, a refusal at the next hop, Postfix's own report, our listener.
#[test]
fn a_dead_address_behind_a_real_postfix_is_taken_out_by_its_report() {
    on_both_databases(|kind| async move {
        // Only one story at a time may have these ports.
        let _ports = PORTS.lock().await;
        let next_hop = Inbox::start_at(&setting("TEST_POSTFIX_NEXT_HOP")).await;
        let returns = setting("TEST_POSTFIX_RETURNS_TO");
        let changes = [("RELAY_URL", &*setting("TEST_POSTFIX_RELAY")), ("INBOUND_LISTEN", &returns)];
        let app = TestApp::start_with(kind, &changes, Clock::System).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        for address in ["dead@mailbox.example", "alive@mailbox.example"] {
            customer.sign_up(&form, address).await;
            app.confirm(&next_hop.next_to(address).await.link("/confirm/")).await;
        }
        next_hop.answer("dead@mailbox.example", Answer::Always("550 5.1.1 No such user here".into()));
        let campaign = customer.send_campaign(&list, "Through Postfix").await;
        next_hop.next_to("alive@mailbox.example").await;
        let subscription = customer.until_subscription("dead@mailbox.example", "ended").await;
        assert_eq!(subscription["end_reason"], "hard_bounce", "{subscription}");
        assert_eq!(customer.subscription("alive@mailbox.example").await["state"], "confirmed");
        let bounces = customer.get("/bounces").await;
        assert!(bounces.to_string().contains("No such user here"), "{bounces}");
        customer.until_campaign(&campaign, "finished").await;
        app.stop().await;
        free(&[&next_hop]).await;
    });
}
