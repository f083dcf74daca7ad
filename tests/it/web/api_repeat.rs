//! `Idempotency-Key`: a request that is repeated is carried out once.

use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use serde_json::{Value, json};

use crate::support::{Customer, TestApp, on_both_databases};

async fn post(app: &TestApp, customer: &Customer<'_>, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let request = app.web.post(format!("{}/api/v1{path}", app.url)).bearer_auth(&customer.token);
    let answer = request.header("idempotency-key", key).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn list(name: &str) -> Value {
    json!({ "name": name, "from_name": name, "from_address": "news@sender.example" })
}

#[test]
fn the_same_request_with_the_same_key_is_carried_out_once_and_answered_alike() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let first = post(&app, &customer, "/lists", "k1", &list("Letter")).await;
        assert_eq!(first.0, 201);
        assert_eq!(post(&app, &customer, "/lists", "k1", &list("Letter")).await, first);
        assert_eq!(customer.get("/lists").await["items"].as_array().unwrap().len(), 1);
        let (status, problem) = post(&app, &customer, "/lists", "k1", &list("Other")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("Idempotency-Key")));
        assert_eq!(post(&app, &customer, "/lists", "k2", &list("Letter")).await.0, 201);
        app.stop().await;
    });
}

#[test]
fn a_key_is_the_accounts_own_and_a_refused_request_uses_none_up() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let one = app.create_account("One").await;
        let other = app.create_account("Other").await;
        assert_eq!(post(&app, &one, "/lists", "k", &json!({ "name": "x" })).await.0, 422);
        let first = post(&app, &one, "/lists", "k", &list("Letter")).await;
        let second = post(&app, &other, "/lists", "k", &list("Letter")).await;
        assert_eq!((first.0, second.0), (201, 201));
        assert_ne!(first.1["id"], second.1["id"]);
        app.stop().await;
    });
}

#[test]
fn many_requests_with_one_key_at_the_same_moment_make_one_thing() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let body = list("Letter");
        let requests = (0..8).map(|_| post(&app, &customer, "/lists", "burst", &body));
        let answers = futures_util::future::join_all(requests).await;
        assert!(answers.iter().any(|(status, _)| *status == 201), "{answers:?}");
        assert!(answers.iter().all(|(status, _)| [201, 409].contains(status)), "{answers:?}");
        assert_eq!(customer.get("/lists").await["items"].as_array().unwrap().len(), 1);
        app.stop().await;
    });
}

#[test]
fn an_operators_request_is_carried_out_once_too_and_its_keys_are_nobody_elses() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Stamps").await;
        let now = app.app.clock.now();
        let new = tokens::NewToken { account_id: None, label: "tests".into(), scope: Scope::Full };
        let made = move |conn: &mut _| tokens::create(conn, &new, Actor::System, now);
        let (_, operator) = app.app.db.write(made).await.unwrap();
        let account = |name: &str| json!({ "name": name, "owner": format!("owner@{name}.example") });
        let asked = |name: &'static str| {
            let request = app.web.post(format!("{}/api/v1/operator/accounts", app.url)).bearer_auth(&operator);
            request.header("idempotency-key", "k1").json(&account(name)).send()
        };
        let mut answers = Vec::new();
        for name in ["garden", "garden", "orchard"] {
            let answer = asked(name).await.unwrap();
            answers.push((answer.status().as_u16(), answer.json::<Value>().await.unwrap()));
        }
        assert_eq!((answers[0].0, answers[2].0), (201, 422));
        assert_eq!(answers[0], answers[1]);
        assert_eq!(app.number("SELECT count(*) AS number FROM accounts WHERE name = 'garden'").await, 1);
        assert_eq!(post(&app, &customer, "/lists", "k1", &list("Letter")).await.0, 201);
        app.stop().await;
    });
}
