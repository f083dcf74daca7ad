//! What real mail servers bring back to the listener: unknown user, unknown host, full mailbox, delay.

use estampille::clock::Clock;
use tokio::sync::Mutex;

use super::postfix::{PORTS as POSTFIX_PORTS, free, setting};
use crate::support::{Answer, Customer, DatabaseKind, Inbox, TestApp, on_both_databases, until};

/// The one Exim brings everything to the same two ports.
static EXIM_PORTS: Mutex<()> = Mutex::const_new(());

const DELAYED: &str = "SELECT count(*) AS number FROM inbound_messages WHERE kind = 'delayed' AND state = 'judged'";

/// Four readers whose mail the next hop takes so far; their list and its form.
async fn readers_of(app: &TestApp, customer: &Customer<'_>, next_hop: &Inbox) -> (String, String) {
    let list = customer.list("Letters", "en").await;
    let form = customer.form(&list).await;
    for name in ["dead", "full", "late", "alive"] {
        let address = format!("{name}@mailbox.example");
        customer.sign_up(&form, &address).await;
        app.confirm(&next_hop.next_to(&address).await.link("/confirm/")).await;
    }
    (list, form)
}

/// From now on one of them is unknown, one is full, and one has to be tried again.
fn turn_away(next_hop: &Inbox) {
    let refuse =
        |name: &str, reply: &str| next_hop.answer(&format!("{name}@mailbox.example"), Answer::Always(reply.into()));
    refuse("dead", "550 5.1.1 <dead@mailbox.example>: No such user here");
    refuse("full", "552 5.2.2 <full@mailbox.example>: Mailbox is full, quota exceeded");
    for _ in 0..5 {
        next_hop.answer("late@mailbox.example", Answer::Once("451 4.3.0 Try again later".into()));
    }
}

/// What came back is on record, in the words of the next hop.
async fn until_on_record(customer: &Customer<'_>) {
    for address in ["dead@mailbox.example", "anne@nowhere.example"] {
        let subscription = customer.until_subscription(address, "ended").await;
        assert_eq!(subscription["end_reason"], "hard_bounce", "{address}: {subscription}");
    }
    let bounces = until("the full mailbox is on record", || async {
        let bounces = customer.get("/bounces").await;
        bounces.to_string().contains("mailbox_full").then_some(bounces)
    })
    .await;
    assert_eq!(bounces["items"].as_array().unwrap().len(), 3, "{bounces}");
    assert!(bounces.to_string().contains("No such user here"), "in the words of the next hop: {bounces}");
}

/// Our mail, this server as relay, refusals at the next hop, the server's own reports, our listener.
async fn every_kind_of_return(kind: DatabaseKind, server: &str) {
    let next_hop = Inbox::start_at(&setting(&format!("TEST_{server}_NEXT_HOP"))).await;
    let returns = setting(&format!("TEST_{server}_RETURNS_TO"));
    let changes = [("RELAY_URL", &*setting(&format!("TEST_{server}_RELAY"))), ("INBOUND_LISTEN", &returns)];
    let app = TestApp::start_with(kind, &changes, Clock::System).await;
    let customer = app.create_account("Papeterie").await;
    let (list, form) = readers_of(&app, &customer, &next_hop).await;
    turn_away(&next_hop);
    // Nobody is there to confirm: already the confirmation comes back.
    customer.sign_up(&form, "anne@nowhere.example").await;
    let campaign = customer.send_campaign(&list, "Through a real server").await;
    next_hop.next_to("alive@mailbox.example").await;
    until_on_record(&customer).await;
    app.until_number(DELAYED, 1).await;
    // The server went on trying, as it said.
    next_hop.next_to("late@mailbox.example").await;
    for name in ["full", "late", "alive"] {
        let address = format!("{name}@mailbox.example");
        assert_eq!(customer.subscription(&address).await["state"], "confirmed", "{address}");
    }
    customer.until_campaign(&campaign, "finished").await;
    app.stop().await;
    free(&[&next_hop]).await;
}

#[test]
fn a_real_postfix_returns_what_it_cannot_deliver() {
    on_both_databases(|kind| async move {
        let _ports = POSTFIX_PORTS.lock().await;
        every_kind_of_return(kind, "POSTFIX").await;
    });
}

#[test]
fn a_real_exim_returns_what_it_cannot_deliver() {
    on_both_databases(|kind| async move {
        let _ports = EXIM_PORTS.lock().await;
        every_kind_of_return(kind, "EXIM").await;
    });
}
