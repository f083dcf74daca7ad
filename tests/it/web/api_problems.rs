//! RFC 9457: what is answered when a request is not carried out.

use std::collections::BTreeSet;

use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use estampille::storage::AccountId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::databases::on;
use crate::support::{DatabaseKind, TestApp, on_both_databases};

async fn token(app: &TestApp, account_id: Option<AccountId>, scope: Scope) -> String {
    let now = app.app.clock.now();
    let new = tokens::NewToken { account_id, label: "tests".into(), scope };
    app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await.unwrap().1
}

async fn call(app: &TestApp, token: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = app.web.request(method, format!("{}{path}", app.url)).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

#[test]
fn everything_that_goes_wrong_is_told_as_problem_json() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let long = "x".repeat(3 * 1024 * 1024);
        let cases: Vec<(&str, String, &str, String, u16)> = vec![
            ("GET", "/api/v1/nowhere".into(), "application/json", String::new(), 404),
            ("GET", "/api/nowhere".into(), "application/json", String::new(), 404),
            ("PUT", "/api/v1/lists".into(), "application/json", "{}".into(), 405),
            ("GET", "/api/v1/lists/not-a-uuid".into(), "application/json", String::new(), 404),
            ("POST", "/api/v1/lists".into(), "application/json", "{\"name\":".into(), 400),
            ("POST", "/api/v1/lists".into(), "application/json", "[1]".into(), 400),
            ("POST", "/api/v1/lists".into(), "text/plain", "{}".into(), 415),
            ("POST", "/api/v1/lists".into(), "application/json", "{}".into(), 422),
            ("POST", "/api/v1/lists".into(), "application/json", long, 413),
            ("GET", "/api/v1/lists?limit=0".into(), "application/json", String::new(), 422),
            ("GET", "/api/v1/lists?limit=201".into(), "application/json", String::new(), 422),
            ("GET", "/api/v1/lists?cursor=x".into(), "application/json", String::new(), 422),
            ("GET", "/api/v1/lists?order=name".into(), "application/json", String::new(), 422),
            ("PATCH", format!("/api/v1/lists/{list}"), "application/json", "{\"id\":\"x\"}".into(), 422),
            ("PATCH", format!("/api/v1/lists/{list}"), "application/json", "{\"name\":null}".into(), 422),
            ("PATCH", format!("/api/v1/lists/{list}"), "application/json", "{\"archive\":null}".into(), 422),
            ("POST", "/api/v1/reports".into(), "application/json", "{}".into(), 415),
            ("POST", "/api/v1/reports".into(), "message/rfc822", String::new(), 400),
        ];
        for (method, path, content_type, body, wanted) in cases {
            let url = format!("{}{path}", app.url);
            let request = app.web.request(method.parse().unwrap(), url).bearer_auth(&customer.token);
            let answer = request.header("content-type", content_type).body(body).send().await.unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(status, wanted, "{method} {path}: {problem}");
            assert_eq!(headers["content-type"], "application/problem+json", "{method} {path}");
            assert_eq!(problem["status"], wanted, "{method} {path}");
            for member in ["type", "title", "detail"] {
                assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {member}");
            }
            assert_eq!(problem["errors"].is_array(), wanted == 422, "{method} {path}: {problem}");
        }
        app.stop().await;
    });
}

#[test]
fn a_token_opens_what_its_scope_says_and_nothing_else() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let read = token(&app, Some(customer.id), Scope::Read).await;
        let subscribe = token(&app, Some(customer.id), Scope::Subscribe).await;
        let operator = token(&app, None, Scope::Full).await;
        let asked = json!({ "list_id": list, "address": "anne@reader.example", "source": "shop" });
        for (token, what, wanted) in [
            ("est_unknown", "an unknown token", [401, 401, 401, 401]),
            (&read, "read", [200, 403, 403, 403]),
            (&subscribe, "subscribe", [403, 403, 202, 403]),
            (&operator, "operator", [403, 403, 403, 200]),
            (&customer.token, "full", [200, 204, 202, 403]),
        ] {
            let spare = customer.list("Spare", "en").await;
            let statuses = [
                call(&app, token, Method::GET, "/api/v1/lists", None).await.0,
                call(&app, token, Method::DELETE, &format!("/api/v1/lists/{spare}"), None).await.0,
                call(&app, token, Method::POST, "/api/v1/subscriptions", Some(asked.clone())).await.0,
                call(&app, token, Method::GET, "/api/v1/operator/queue", None).await.0,
            ];
            assert_eq!(statuses, wanted, "{what}");
        }
        app.stop().await;
    });
}

#[test]
fn a_revoked_token_opens_nothing() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let customer = app.create_account("Stamps").await;
        customer.get("/account").await;
        let (id, now) = (customer.id, app.app.clock.now());
        let revoke = move |conn: &mut estampille::storage::Conn| {
            let token = tokens::list(conn, Some(id))?.remove(0);
            tokens::revoke(conn, Some(id), token.id, Actor::System, now)
        };
        assert!(app.app.db.write(revoke).await.unwrap());
        let (status, problem) = customer.call("GET", "/account", None).await;
        assert_eq!(status, 401, "{problem}");
        app.stop().await;
    });
}

#[test]
fn head_is_get_without_a_body_and_another_method_is_told_what_may_be_done() {
    on(DatabaseKind::Sqlite, async {
        let app = TestApp::start(DatabaseKind::Sqlite).await;
        let customer = app.create_account("Stamps").await;
        for path in ["/api/v1/lists", "/api/openapi.json", "/api/docs", "/healthz", "/readyz", "/metrics"] {
            let url = format!("{}{path}", app.url);
            let got = app.web.get(&url).bearer_auth(&customer.token).send().await.unwrap();
            let head = app.web.head(&url).bearer_auth(&customer.token).send().await.unwrap();
            assert_eq!((got.status().as_u16(), head.status().as_u16()), (200, 200), "{path}");
            assert_eq!(got.headers()["content-type"], head.headers()["content-type"], "{path}");
            assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
            let put = app.web.put(&url).bearer_auth(&customer.token).send().await.unwrap();
            assert_eq!(put.status(), 405, "{path}");
            let allowed = put.headers()["allow"].to_str().unwrap().split(',').map(str::trim);
            let wanted = if path == "/api/v1/lists" { &["GET", "HEAD", "POST"][..] } else { &["GET", "HEAD"] };
            assert_eq!(allowed.collect::<BTreeSet<_>>(), BTreeSet::from_iter(wanted.iter().copied()), "{path}");
        }
        let cleared = serde_json::json!({ "reply_to": null });
        let list = customer.list("Letter", "en").await;
        assert_eq!(customer.call("PATCH", &format!("/lists/{list}"), Some(&cleared)).await.0, 200);
        app.stop().await;
    });
}
