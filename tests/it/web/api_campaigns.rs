//! Campaigns and the operator's routes, by the API.

use estampille::accounts::{Scope, installation, tokens};
use estampille::audit::Actor;
use estampille::storage::Conn;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Customer, DatabaseKind, TestApp, on_both_databases};

/// A person who confirmed, without a mail having gone out.
async fn stamp(app: &TestApp, customer: &Customer<'_>, list: &str, address: &str) {
    use estampille::subscriptions::{self, Circumstances, Signup, Via};
    let asked = Signup {
        account_id: customer.id,
        list_id: list.parse().unwrap(),
        address: address.parse().unwrap(),
        attributes: std::collections::BTreeMap::new(),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via: Via::Operator,
        circumstances: Circumstances::default(),
        detail: "the tests".to_owned(),
    };
    let (keys, now) = (app.app.keys.clone(), app.app.clock.now());
    let work = move |conn: &mut Conn| subscriptions::stamp_by_operator(conn, &keys, &asked, now);
    app.app.db.write(work).await.unwrap();
}

async fn started(kind: DatabaseKind) -> TestApp {
    let mut app = TestApp::start(kind).await;
    app.forgive_left_over();
    app
}

#[test]
fn a_draft_is_written_changed_and_deleted_and_only_a_draft() {
    on_both_databases(|kind| async move {
        let app = started(kind).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        stamp(&app, &customer, &list, "anne@reader.example").await;
        let path = format!("/campaigns/{}", customer.campaign(&list, "Hello").await);
        let draft = customer.get(&path).await;
        assert_eq!((&draft["state"], &draft["counts"]["audience"]), (&json!("draft"), &json!(0)));
        assert_eq!((&draft["body_html"], &draft["start_at"]), (&Value::Null, &Value::Null));
        let change = json!({ "body_html": "<p>Hello</p>", "preheader": "Soon" });
        let (_, changed) = customer.call("PATCH", &path, Some(&change)).await;
        assert_eq!((&changed["body_markdown"], &changed["body_html"]), (&Value::Null, &json!("<p>Hello</p>")));
        assert_eq!((&changed["subject"], &changed["preheader"]), (&json!("Hello"), &json!("Soon")));
        let tomorrow = (app.app.clock.now() + chrono::TimeDelta::days(1)).rfc3339();
        let plan = json!({ "spread_over": "PT4H", "start_at": tomorrow });
        let scheduled = customer.post(&format!("{path}/schedule"), &plan).await;
        assert_eq!((&scheduled["state"], &scheduled["counts"]["audience"]), (&json!("scheduled"), &json!(1)));
        assert_eq!(scheduled["start_at"], json!(tomorrow));
        assert!(scheduled["expected_end_at"].as_str().unwrap() > tomorrow.as_str());
        for (method, body) in [("PATCH", Some(json!({ "subject": "x" }))), ("DELETE", None)] {
            let (status, problem) = customer.call(method, &path, body.as_ref()).await;
            assert_eq!(status, StatusCode::CONFLICT, "{method} {problem}");
        }
        let (status, _) = customer.call("POST", &format!("{path}/schedule"), Some(&plan)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let other = format!("/campaigns/{}", customer.campaign(&list, "Other").await);
        assert_eq!(customer.call("DELETE", &other, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(customer.call("GET", &other, None).await.0, StatusCode::NOT_FOUND);
        app.stop().await;
    });
}

#[test]
fn a_campaign_is_paused_resumed_and_cancelled_before_its_start() {
    on_both_databases(|kind| async move {
        let app = started(kind).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        stamp(&app, &customer, &list, "anne@reader.example").await;
        let path = format!("/campaigns/{}", customer.campaign(&list, "Hello").await);
        let (status, _) = customer.call("POST", &format!("{path}/pause"), None).await;
        assert_eq!(status, StatusCode::CONFLICT, "a draft cannot be paused");
        let tomorrow = (app.app.clock.now() + chrono::TimeDelta::days(1)).rfc3339();
        customer
            .schedule(path.trim_start_matches("/campaigns/"), &json!({ "per_hour": 100, "start_at": tomorrow }))
            .await;
        let nothing = Value::Null;
        let paused = customer.post(&format!("{path}/pause"), &nothing).await;
        assert_eq!((&paused["state"], paused["paused_reason"].is_string()), (&json!("paused"), true));
        assert_eq!(paused["expected_end_at"], Value::Null);
        let resumed = customer.post(&format!("{path}/resume"), &nothing).await;
        assert_eq!((&resumed["state"], &resumed["paused_reason"]), (&json!("scheduled"), &Value::Null));
        assert_eq!(resumed["start_at"], json!(tomorrow));
        let cancelled = customer.post(&format!("{path}/cancel"), &nothing).await;
        assert_eq!(cancelled["state"], "cancelled");
        let (status, _) = customer.call("POST", &format!("{path}/resume"), None).await;
        assert_eq!(status, StatusCode::CONFLICT);
        app.stop().await;
    });
}

#[test]
fn law_01_a_campaign_that_may_not_be_sent_is_told_every_reason_at_once() {
    on_both_databases(|kind| async move {
        let app =
            TestApp::start_with(kind, &[("UNVERIFIED_DOMAINS", "refuse")], estampille::clock::Clock::System).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        customer.call("PATCH", "/account", Some(&json!({ "postal_address": " " }))).await;
        let campaign = customer.campaign(&list, "Hello").await;
        customer.call("PATCH", &format!("/campaigns/{campaign}"), Some(&json!({ "body_markdown": " " }))).await;
        let plan = json!({ "per_hour": 0 });
        let (status, problem) = customer.call("POST", &format!("/campaigns/{campaign}/schedule"), Some(&plan)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["body", "list_id", "from_address", "postal_address", "per_hour"], "{problem}");
        assert_eq!(customer.get(&format!("/campaigns/{campaign}")).await["state"], "draft");
        app.stop().await;
    });
}

#[test]
fn a_test_mail_goes_to_few_addresses_and_a_few_times_a_day() {
    on_both_databases(|kind| async move {
        let app = started(kind).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let path = format!("/campaigns/{}", customer.campaign(&list, "Hello").await);
        let addresses = |count: usize| json!({ "addresses": (0..count).map(|n| format!("me{n}@sender.example")).collect::<Vec<_>>() });
        for count in [0, 6] {
            let (status, _) = customer.call("POST", &format!("{path}/test"), Some(&addresses(count))).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{count}");
        }
        for _ in 0..4 {
            assert_eq!(customer.post(&format!("{path}/test"), &addresses(5)).await, json!({ "queued": 5 }));
        }
        let (status, problem) = customer.call("POST", &format!("{path}/test"), Some(&addresses(1))).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{problem}");
        assert_eq!(app.number("SELECT count(*) AS number FROM deliveries WHERE kind = 'test'").await, 20);
        assert_eq!(
            customer.get(&format!("{path}/deliveries")).await["items"],
            json!([]),
            "tests are no deliveries of it"
        );
        assert_eq!(customer.call("DELETE", &path, None).await.0, StatusCode::NO_CONTENT, "a tested draft can go");
        app.stop().await;
    });
}

#[test]
fn the_operator_makes_limits_and_pauses_an_account_and_the_account_sees_it() {
    on_both_databases(|kind| async move {
        let app = started(kind).await;
        let now = app.app.clock.now();
        let new = tokens::NewToken { account_id: None, label: "tests".into(), scope: Scope::Full };
        let (_, token) = app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await.unwrap();
        let call = |method: &str, path: &str, body: Value| {
            let request = app.web.request(method.parse().unwrap(), format!("{}/api/v1/operator{path}", app.url));
            let request = request.bearer_auth(&token).json(&body);
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            }
        };
        let (status, made) = call("POST", "/accounts", json!({ "name": "Books", "owner": "o@books.example" })).await;
        assert_eq!((status, &made["name"]), (201, &json!("Books")), "{made}");
        assert_eq!(app.number("SELECT count(*) AS number FROM deliveries WHERE kind = 'invitation'").await, 1);
        let again = call("POST", "/accounts", json!({ "name": "Books", "owner": "p@books.example" })).await;
        assert_eq!(again.0, 409, "{}", again.1);
        let customer = app.create_account("Stamps").await;
        let account = format!("/accounts/{}", customer.id);
        let (_, limited) = call("PATCH", &format!("{account}/limits"), json!({ "daily": 500 })).await;
        assert_eq!(limited["limits"], json!({ "hourly": null, "daily": 500, "pool": null }));
        let (status, _) = call("POST", &format!("{account}/pause"), json!({})).await;
        assert_eq!(status, 422, "a pause needs a reason");
        call("POST", &format!("{account}/pause"), json!({ "reason": "complaints" })).await;
        assert_eq!(customer.get("/account").await["pause_reason"], "complaints");
        call("POST", &format!("{account}/resume"), json!({ "reason": "explained" })).await;
        assert_eq!(customer.get("/account").await["paused_at"], Value::Null);
        let (_, accounts) = call("GET", "/accounts", Value::Null).await;
        assert_eq!(accounts["items"].as_array().unwrap().len(), 2);
        app.stop().await;
    });
}

#[test]
fn the_operator_sees_what_waits_and_takes_campaign_mail_out_of_the_queue_and_nothing_else() {
    on_both_databases(|kind| async move {
        let app = started(kind).await;
        let now = app.app.clock.now();
        let new = tokens::NewToken { account_id: None, label: "tests".into(), scope: Scope::Full };
        let stopped = move |conn: &mut Conn| {
            installation::pause_sending(conn, "the relay moves", Actor::System, now)?;
            tokens::create(conn, &new, Actor::System, now)
        };
        let (_, token) = app.app.db.write(stopped).await.unwrap();
        let call = |method: &str, path: &str, body: Value| {
            let request = app.web.request(method.parse().unwrap(), format!("{}/api/v1/operator{path}", app.url));
            let request = request.bearer_auth(&token).json(&body);
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            }
        };
        call("POST", "/accounts", json!({ "name": "Books", "owner": "o@books.example" })).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        stamp(&app, &customer, &list, "anne@reader.example").await;
        let campaign = customer.send_campaign(&list, "Hello").await;
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign'", 1).await;
        let (_, queue) = call("GET", "/queue", Value::Null).await;
        assert_eq!((&queue["deliveries"], &queue["sending_paused_reason"]), (&json!(2), &json!("the relay moves")));
        let (status, _) = call("POST", "/queue/purge", json!({ "reason": "x" })).await;
        assert_eq!(status, 422, "a purge has to choose");
        let mut chosen = json!({ "account_id": customer.id, "reason": "x" });
        let (_, counted) = call("POST", "/queue/purge", chosen.clone()).await;
        assert_eq!(counted, json!({ "dry_run": true, "matched": 1, "purged": 0 }), "without a word it only counts");
        chosen["dry_run"] = json!(false);
        let (_, purged) = call("POST", "/queue/purge", chosen).await;
        assert_eq!(purged, json!({ "dry_run": false, "matched": 1, "purged": 1 }));
        assert_eq!(customer.until_campaign(&campaign, "finished").await["skipped"], 1);
        let (_, queue) = call("GET", "/queue", Value::Null).await;
        assert_eq!(queue["waiting"][0]["kind"], "invitation", "{queue}");
        app.stop().await;
    });
}
