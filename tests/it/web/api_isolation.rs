//! WEB-01: what belongs to another account answers like what is not there, on every route.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::imports::api::upload;
use crate::support::{Customer, TestApp, on_both_databases};

/// One thing of each noun that a path may name.
struct Things {
    list: String,
    form: String,
    subscriber: String,
    campaign: String,
    suppression: String,
    import: String,
    sending_domain: String,
}

impl Things {
    async fn of(app: &TestApp, customer: &Customer<'_>) -> Self {
        let list = customer.list("Letter", "en").await;
        let form = customer.post(&format!("/lists/{list}/forms"), &json!({ "title": "Join" })).await;
        let asked = json!({ "list_id": list, "address": "anne@reader.example", "source": "test" });
        customer.post("/subscriptions", &asked).await;
        let found = customer.get("/subscribers?address=anne@reader.example").await;
        let file = b"address\ncarl@reader.example\n".to_vec();
        let (_, import) = upload(app, customer, &list, file, &[]).await;
        let suppression = customer.post("/suppressions", &json!({ "address": "bob@reader.example" })).await;
        let domain = customer.post("/sending-domains", &json!({ "name": "sender.example" })).await;
        Self {
            sending_domain: domain["id"].as_str().unwrap().to_owned(),
            form: form["id"].as_str().unwrap().to_owned(),
            subscriber: found["items"][0]["id"].as_str().unwrap().to_owned(),
            campaign: customer.campaign(&list, "Hello").await,
            suppression: suppression["id"].as_str().unwrap().to_owned(),
            import: import["id"].as_str().unwrap().to_owned(),
            list,
        }
    }

    fn id_for(&self, path: &str) -> &str {
        match path.split('/').nth(1).unwrap() {
            "lists" => &self.list,
            "forms" => &self.form,
            "subscribers" => &self.subscriber,
            "campaigns" => &self.campaign,
            "suppressions" => &self.suppression,
            "imports" => &self.import,
            "sending-domains" => &self.sending_domain,
            other => panic!("no thing to name in /{other}"),
        }
    }
}

/// A body that the route takes.
fn body_for(method: &str, path: &str) -> Option<Value> {
    match (method, path) {
        ("post", "/lists/{id}/forms") => Some(json!({ "title": "Stolen" })),
        ("patch", "/sending-domains/{id}") => Some(json!({ "signing": "rsa_ed25519" })),
        ("patch", "/subscribers/{id}") => Some(json!({ "attributes": {} })),
        ("post", "/campaigns/{id}/test") => Some(json!({ "addresses": ["me@thief.example"] })),
        ("post", "/campaigns/{id}/schedule") => Some(json!({ "per_hour": 10 })),
        ("patch", _) => Some(json!({})),
        _ => None,
    }
}

#[test]
fn web_01_no_route_shows_or_changes_what_belongs_to_another_account() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let owner = app.create_account("Owner").await;
        let thief = app.create_account("Thief").await;
        let things = Things::of(&app, &owner).await;
        let before = owner.get(&format!("/campaigns/{}", things.campaign)).await;
        let document: Value =
            app.web.get(format!("{}/api/openapi.json", app.url)).send().await.unwrap().json().await.unwrap();
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            if path.starts_with("/operator") || !path.contains("{id}") {
                continue;
            }
            for method in methods.as_object().unwrap().keys() {
                let body = body_for(method, path);
                let called = path.replace("{id}", things.id_for(path));
                let (status, answer) = thief.call(&method.to_uppercase(), &called, body.as_ref()).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}: {answer}");
                let nowhere = path.replace("{id}", "0199a000-0000-7000-8000-000000000000");
                let (status, missing) = thief.call(&method.to_uppercase(), &nowhere, body.as_ref()).await;
                assert_eq!((status, missing), (StatusCode::NOT_FOUND, answer), "{method} {path}");
                tried += 1;
            }
        }
        assert!(tried >= 20, "{tried}");
        for path in
            ["/lists", "/campaigns", "/subscribers", "/suppressions", "/bounces", "/complaints", "/sending-domains"]
        {
            assert_eq!(thief.get(path).await["items"], json!([]), "{path}");
        }
        assert_eq!(owner.get(&format!("/campaigns/{}", things.campaign)).await, before);
        app.stop().await;
    });
}

#[test]
fn web_01_a_body_cannot_name_another_accounts_list() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let owner = app.create_account("Owner").await;
        let thief = app.create_account("Thief").await;
        let list = owner.list("Letter", "en").await;
        let own = thief.list("Own", "en").await;
        let draft = thief.campaign(&own, "Hello").await;
        for (method, path, body) in [
            ("POST", "/campaigns".to_owned(), json!({ "list_id": list, "subject": "x", "body_html": "x" })),
            ("PATCH", format!("/campaigns/{draft}"), json!({ "list_id": list })),
            ("POST", "/subscriptions".to_owned(), json!({ "list_id": list, "address": "a@b.example", "source": "x" })),
        ] {
            let (status, answer) = thief.call(method, &path, Some(&body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}: {answer}");
            assert_eq!(answer["errors"][0]["field"], "list_id", "{method} {path}");
        }
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers").await, 0);
        app.stop().await;
    });
}
