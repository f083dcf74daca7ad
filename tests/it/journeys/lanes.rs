//! What receiving sides answer, from the reply on the wire to the page: one provider slows down, nobody else does.

use std::net::SocketAddr;

use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use estampille::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use super::campaigns::list_of;
use crate::support::{Answer, Customer, TestApp, on_both_databases, until};

/// Calls the API as the operator's programs do.
async fn operator(app: &TestApp, token: &str, method: Method, path: &str, body: Option<Value>) -> Value {
    let mut request = app.web.request(method, format!("{}/api/v1/operator{path}", app.url)).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    answer.json().await.unwrap()
}

async fn operator_token(app: &TestApp) -> String {
    let now = app.app.clock.now();
    let new = tokens::NewToken { account_id: None, label: "operations".into(), scope: Scope::Full };
    let made = app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await;
    made.unwrap().1
}

async fn lane(app: &TestApp, token: &str, name: &str) -> Value {
    let all = operator(app, token, Method::GET, "/lanes", None).await;
    all["lanes"].as_array().unwrap().iter().find(|lane| lane["lane"] == name).unwrap().clone()
}

/// Stamped readers of Yahoo beside those of the list.
async fn at_yahoo(customer: &Customer<'_>, form: &str, count: usize) -> Vec<String> {
    let readers: Vec<String> = (0..count).map(|reader| format!("reader{reader}@yahoo.fr")).collect();
    for reader in &readers {
        customer.stamp(form, reader).await;
    }
    readers
}

/// PAC-02: the relay passes 421 and TSS04 on; Yahoo waits, the others get their mail at once, and no one is lost.
#[test]
fn pac_02_a_throttled_provider_waits_alone_and_the_operator_can_open_its_lane() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let (customer, token) = (app.create_account("Papeterie").await, operator_token(&app).await);
        // What the table gives to a new sender would make this story long.
        let plenty = json!({ "hourly": 3_600_000 });
        operator(&app, &token, Method::PATCH, "/lanes/yahoo", Some(plenty)).await;
        let (list, form) = list_of(&customer, 6).await;
        let yahoo = at_yahoo(&customer, &form, 4).await;
        for reader in &yahoo {
            app.inbox.answer(reader, Answer::Once("421 4.7.0 [TSS04] Messages temporarily deferred".into()));
        }
        let before = app.inbox.count();
        let campaign = customer.send_campaign(&list, "To everybody").await;
        app.inbox.wait_for(before + 6).await;
        until("the lane stands still", || async {
            (lane(&app, &token, "yahoo").await["state"] == "stopped").then_some(())
        })
        .await;
        let stopped = lane(&app, &token, "yahoo").await;
        assert!(stopped["reply"].as_str().unwrap().contains("TSS04"), "{stopped}");
        assert_eq!(lane(&app, &token, "google").await["state"], "open");
        assert_eq!(app.app.relay.trouble(), None, "the relay is not to blame");
        let metrics = app.web.get(format!("{}/metrics", app.url)).send().await.unwrap().text().await.unwrap();
        assert!(metrics.contains("estampille_lane_permille{lane=\"yahoo\"} 0"), "{metrics}");
        // Nothing more of Yahoo goes, however long the others could wait.
        customer.sign_up(&form, "new@reader.example").await;
        app.inbox.next_to("new@reader.example").await;
        assert!(yahoo.iter().all(|reader| app.inbox.count_to(reader) == 1), "only the confirmations");
        assert_eq!(customer.get(&format!("/campaigns/{campaign}")).await["state"], "sending");
        // What each got in answer to its first attempt is over now.
        let why = json!({ "reason": "they say that it is over" });
        operator(&app, &token, Method::POST, "/lanes/yahoo/open", Some(why)).await;
        let counts = until("everybody has it", || async {
            // A first attempt may still meet the old answer; the lane is opened again.
            let why = json!({ "reason": "again" });
            operator(&app, &token, Method::POST, "/lanes/yahoo/open", Some(why)).await;
            let body = customer.get(&format!("/campaigns/{campaign}")).await;
            (body["state"] == "finished").then(|| body["counts"].clone())
        })
        .await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(10), &json!(0)), "{counts}");
        app.inbox.take_all();
        app.stop().await;
    });
}

/// PAC-07: a campaign that is refused by policy again and again is paused, with the numbers and the reply.
#[test]
fn pac_07_a_burst_of_refusals_by_policy_pauses_the_campaign_and_says_why() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 40).await;
        for reader in 1..=40 {
            let reply = "550 5.7.1 Message refused by local policy, see https://mx.reader.example/why";
            app.inbox.answer(&super::campaigns::address(reader), Answer::Always(reply.into()));
        }
        let campaign = customer.campaign(&list, "Unloved").await;
        customer.schedule(&campaign, &json!({ "per_hour": 18_000 })).await;
        customer.until_campaign(&campaign, "paused").await;
        let body = customer.get(&format!("/campaigns/{campaign}")).await;
        let reason = body["paused_reason"].as_str().unwrap_or_default();
        assert!(reason.contains("refused by policy") && reason.contains("5.7.1"), "{body}");
        let tried = body["counts"]["failed"].as_i64().unwrap();
        assert!((10..=20).contains(&tried), "{tried} of 40 were tried");
        customer.post(&format!("/campaigns/{campaign}/cancel"), &json!({})).await;
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE finished_at IS NULL", 0).await;
        app.inbox.take_all();
        app.stop().await;
    });
}

/// The limits of an account hold, and the account reads until when the rest waits.
#[test]
fn the_limit_of_an_account_holds_and_it_says_until_when_the_rest_waits() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let (customer, token) = (app.create_account("Papeterie").await, operator_token(&app).await);
        let path = format!("/accounts/{}/limits", customer.id);
        operator(&app, &token, Method::PATCH, &path, Some(json!({ "hourly": 4 }))).await;
        let (list, form) = list_of(&customer, 9).await;
        let before = app.inbox.count();
        customer.send_campaign(&list, "In portions").await;
        app.inbox.wait_for(before + 4).await;
        let account = customer.get("/account").await;
        assert_eq!(account["use"]["hour"], 4, "{account}");
        assert!(account["use"]["waits_until"].is_string(), "{account}");
        // Who joins does not wait for the campaign's limit.
        customer.sign_up(&form, "new@reader.example").await;
        app.inbox.next_to("new@reader.example").await;
        assert_eq!(app.inbox.count(), before + 5);
        app.stop().await;
    });
}

/// A name server that knows one mail exchanger for whatever it is asked (RFC 1035, section 4.1).
async fn name_server(exchanger: &'static str) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut question).await {
            // The name ends with an empty label; type and class follow.
            let end = 12 + question[12..length].iter().position(|byte| *byte == 0).unwrap() + 5;
            let asks_for_mx = question[end - 4..end - 2] == [0, 15];
            let mut answer = [&question[..2], &[0x81, 0x80, 0, 1, 0, u8::from(asks_for_mx), 0, 0, 0, 0]].concat();
            answer.extend_from_slice(&question[12..end]);
            if asks_for_mx {
                let labels = exchanger.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
                let name: Vec<u8> = labels.chain([0]).collect();
                answer.extend_from_slice(&[0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, name.len() as u8 + 2, 0, 10]);
                answer.extend_from_slice(&name);
            }
            let _sent: std::io::Result<usize> = socket.send_to(&answer, asker).await;
        }
    });
    address
}

/// PAC-01: two domains of their own that have Google receive for them are in Google's lane.
#[test]
fn pac_01_domains_with_the_same_mail_exchanger_share_a_lane() {
    on_both_databases(|kind| async move {
        let server = name_server("aspmx.l.google.com").await.to_string();
        let app = TestApp::start_with(kind, &[("DNS_SERVER", &server)], Clock::System).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        for reader in ["anne@club-nautique.fr", "rose@lycee-prive.fr"] {
            customer.stamp(&form, reader).await;
        }
        let known = "SELECT count(*) AS number FROM receiving_domains WHERE lane = 'google' AND wanted_at IS NULL \
             AND name IN ('club-nautique.fr', 'lycee-prive.fr')";
        app.until_number(known, 2).await;
        let campaign = customer.send_campaign(&list, "To the harbour").await;
        customer.until_campaign(&campaign, "finished").await;
        let in_lane = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND lane = 'google'";
        assert_eq!(app.number(in_lane).await, 2);
        app.inbox.take_all();
        app.stop().await;
    });
}
