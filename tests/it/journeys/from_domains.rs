//! Nobody's mail leaves under a domain that the account did not prove to be its own (AUT-01).

use diesel::RunQueryDsl;
use estampille::accounts::installation;
use estampille::audit::Actor;
use estampille::clock::Clock;
use estampille::sending_domains;
use estampille::storage::Conn;
use serde_json::{Value, json};

use crate::support::{Customer, DatabaseKind, TestApp, on_both_databases};

const REFUSING: &[(&str, &str)] = &[("UNVERIFIED_DOMAINS", "refuse")];

/// DNS, for once, said yes.
async fn verify(app: &TestApp, customer: &Customer<'_>, name: &str) {
    let (account, name, now) = (customer.id, name.to_owned(), app.app.clock.now());
    let key = sending_domains::make_key().unwrap();
    let work = move |conn: &mut Conn| {
        sending_domains::add(conn, account, &name, key, Actor::System, now)?;
        diesel::sql_query("UPDATE sending_domains SET verified_at = created_at").execute(conn)?;
        Ok(())
    };
    app.app.db.write(work).await.unwrap();
}

async fn stop_all(app: &TestApp, is_stopped: bool) {
    let now = app.app.clock.now();
    let work = move |conn: &mut Conn| match is_stopped {
        true => installation::pause_sending(conn, "the story turns", Actor::System, now),
        false => installation::resume_sending(conn, "", Actor::System, now),
    };
    app.app.db.write(work).await.unwrap();
}

async fn write_from(customer: &Customer<'_>, list: &str, address: &str) {
    let (status, answer) =
        customer.call("PATCH", &format!("/lists/{list}"), Some(&json!({ "from_address": address }))).await;
    assert!(status.is_success(), "{answer}");
}

#[test]
fn aut_01_confirmations_come_from_the_installation_until_the_domain_is_verified() {
    on_both_databases(|kind| async move {
        let app = TestApp::start_with(kind, REFUSING, Clock::System).await;
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        customer.sign_up(&form, "early@reader.example").await;
        let mail = app.inbox.next_to("early@reader.example").await;
        assert_eq!(mail.header("From"), "\"Letters\" <confirm@bounces.estampille.example>");
        assert_eq!(mail.header("Reply-To"), "<news@sender.example>");
        app.confirm(&mail.link("/confirm/")).await;
        verify(&app, &customer, "sender.example").await;
        customer.sign_up(&form, "late@reader.example").await;
        let mail = app.inbox.next_to("late@reader.example").await;
        assert_eq!(mail.header("From"), "\"Letters\" <news@sender.example>");
        assert!(mail.header("DKIM-Signature").contains("d=sender.example"));
        app.stop().await;
    });
}

#[test]
fn aut_01_a_list_that_changes_its_from_address_after_the_schedule_pauses_the_campaign() {
    on_both_databases(|kind| async move {
        let app = TestApp::start_with(kind, REFUSING, Clock::System).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        verify(&app, &customer, "sender.example").await;
        for reader in ["anne@reader.example", "bob@reader.example", "cleo@reader.example"] {
            customer.stamp(&form, reader).await;
        }
        stop_all(&app, true).await;
        let campaign = customer.send_campaign(&list, "Your account").await;
        write_from(&customer, &list, "security@bank.example").await;
        stop_all(&app, false).await;
        customer.until_campaign(&campaign, "paused").await;
        let paused = customer.get(&format!("/campaigns/{campaign}")).await;
        assert!(paused["paused_reason"].as_str().unwrap().contains("bank.example"), "{paused}");
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'claimed'", 0).await;
        assert_eq!(app.inbox.count(), 3, "only the confirmations");
        write_from(&customer, &list, "news@sender.example").await;
        customer.post(&format!("/campaigns/{campaign}/resume"), &Value::Null).await;
        assert_eq!(customer.until_campaign(&campaign, "finished").await["accepted"], 3);
        for mail in app.inbox.take_all().split_off(3) {
            assert_eq!(mail.header("From"), "\"Letters\" <news@sender.example>");
        }
        app.stop().await;
    });
}

/// A test that waits, so that something can change before it leaves.
async fn waiting_test(app: &TestApp, customer: &Customer<'_>, list: &str) {
    stop_all(app, true).await;
    let campaign = customer.campaign(list, "Hello").await;
    customer.post(&format!("/campaigns/{campaign}/test"), &json!({ "addresses": ["anne@reader.example"] })).await;
}

async fn skipped_because(kind: DatabaseKind, cause: &str, change: impl AsyncFn(&Customer<'_>, &str)) {
    let app = TestApp::start_with(kind, REFUSING, Clock::System).await;
    let customer = app.create_account("Papeterie").await;
    let list = customer.list("Letters", "en").await;
    verify(&app, &customer, "sender.example").await;
    waiting_test(&app, &customer, &list).await;
    change(&customer, &list).await;
    stop_all(&app, false).await;
    let skipped = format!(
        "SELECT count(*) AS number FROM deliveries WHERE kind = 'test' AND state = 'skipped' AND last_reply LIKE '%{cause}%'"
    );
    app.until_number(&skipped, 1).await;
    assert_eq!(app.inbox.count(), 0);
    app.stop().await;
}

#[test]
fn a_test_that_waits_is_skipped_when_its_address_is_suppressed_meanwhile() {
    on_both_databases(|kind| {
        skipped_because(kind, "suppressed: manual", async |customer: &Customer<'_>, _list: &str| {
            customer.post("/suppressions", &json!({ "address": "anne@reader.example" })).await;
        })
    });
}

#[test]
fn aut_01_a_test_that_waits_is_skipped_when_its_from_domain_changes_meanwhile() {
    on_both_databases(|kind| {
        skipped_because(kind, "bank.example", async |customer: &Customer<'_>, list: &str| {
            write_from(customer, list, "security@bank.example").await;
        })
    });
}
