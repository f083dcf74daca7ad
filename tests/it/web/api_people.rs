//! Lists, forms, people, suppressions and the account, by the API.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

#[test]
fn a_list_is_made_read_changed_and_closed() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let made = customer
            .post(
                "/lists",
                &json!({
                    "name": "Lettre", "from_name": "Éditions", "from_address": "news@Sender.Example",
                    "reply_to": "desk@sender.example", "language": "fr",
                }),
            )
            .await;
        assert_eq!(made["from_address"], "news@sender.example");
        assert_eq!((&made["language"], &made["archive"]), (&json!("fr"), &json!(false)));
        let path = format!("/lists/{}", made["id"].as_str().unwrap());
        assert_eq!(customer.get(&path).await, made);
        let (status, changed) =
            customer.call("PATCH", &path, Some(&json!({ "reply_to": null, "archive": true }))).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_eq!((&changed["reply_to"], &changed["archive"]), (&Value::Null, &json!(true)));
        assert_eq!(changed["name"], "Lettre");
        assert_eq!(customer.call("DELETE", &path, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(customer.call("GET", &path, None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(customer.call("DELETE", &path, None).await.0, StatusCode::NOT_FOUND);
        app.stop().await;
    });
}

#[test]
fn lists_come_in_pages_that_meet_without_a_gap() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(customer.list(&format!("List {number}"), "en").await);
        }
        let mut seen = Vec::new();
        let mut path = "/lists?limit=2".to_owned();
        loop {
            let page = customer.get(&path).await;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/lists?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, made);
        app.stop().await;
    });
}

#[test]
fn a_form_with_other_words_is_a_new_version() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let wanted = json!({
            "title": "Join", "consent_text": "I want it.", "allowed_origins": ["https://sender.example"],
            "fields": [{ "name": "first_name", "label": "First name", "required": true }],
        });
        let made = customer.post(&format!("/lists/{list}/forms"), &wanted).await;
        assert_eq!((&made["version"], &made["fields"]), (&json!(1), &wanted["fields"]));
        let id = made["id"].as_str().unwrap();
        assert_eq!(made["url"], format!("{}/forms/{id}", app.url));
        assert!(made["embed_html"].as_str().unwrap().contains(id));
        let path = format!("/forms/{id}");
        let (_, moved) =
            customer.call("PATCH", &path, Some(&json!({ "redirect_url": "https://sender.example/x" }))).await;
        assert_eq!(moved["version"], 1, "{moved}");
        let (_, reworded) = customer.call("PATCH", &path, Some(&json!({ "consent_text": "I really want it." }))).await;
        assert_eq!((&reworded["version"], &reworded["title"]), (&json!(2), &json!("Join")), "{reworded}");
        let (status, problem) = customer.call("PATCH", &path, Some(&json!({ "allowed_origins": ["sender"] }))).await;
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("allowed_origins"))
        );
        app.stop().await;
    });
}

#[test]
fn con_08_a_subscription_by_the_api_is_pending_whatever_the_program_claims() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let asked = json!({
            "list_id": list, "address": "anne@reader.example", "source": "shop", "attributes": { "town": "Lyon" },
        });
        let first = customer.post("/subscriptions", &asked).await;
        assert_eq!(first, json!({ "status": "check_your_inbox" }));
        assert_eq!(customer.post("/subscriptions", &asked).await, first, "the same answer for a known address");
        for claim in [
            json!({ "confirmed": true }),
            json!({ "state": "confirmed" }),
            json!({ "confirmed_at": "2026-01-01T00:00:00Z" }),
        ] {
            let mut body = asked.clone();
            body.as_object_mut().unwrap().extend(claim.as_object().unwrap().clone());
            let (status, problem) = customer.call("POST", "/subscriptions", Some(&body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
            assert_eq!(problem["errors"][0]["message"], "is not known here");
        }
        let subscription = customer.subscription("anne@reader.example").await;
        assert_eq!((&subscription["state"], &subscription["confirmed_at"]), (&json!("pending"), &Value::Null));
        let confirmed = "SELECT count(*) AS number FROM subscriptions WHERE state = 'confirmed'";
        assert_eq!(app.number(confirmed).await, 0);
        app.stop().await;
    });
}

#[test]
fn a_person_is_found_changed_explained_and_erased() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Stamps").await;
        let list = customer.list("Letter", "en").await;
        let asked = json!({ "list_id": list, "address": "Anne@reader.example", "source": "shop" });
        customer.post("/subscriptions", &asked).await;
        let found = customer.get("/subscribers?address=anne@READER.example").await;
        let person = &found["items"][0];
        assert_eq!(person["address"], "Anne@reader.example");
        let path = format!("/subscribers/{}", person["id"].as_str().unwrap());
        let (_, changed) = customer.call("PATCH", &path, Some(&json!({ "attributes": { "town": "Lyon" } }))).await;
        assert_eq!(changed["attributes"], json!({ "town": "Lyon" }), "{changed}");
        let consent = customer.get(&format!("{path}/consent")).await;
        assert_eq!(consent["verified"], true, "{consent}");
        assert_eq!(
            (&consent["records"][0]["event"], &consent["records"][0]["detail"]),
            (&json!("requested"), &json!("shop"))
        );
        assert_eq!(consent["records"][0]["hash"].as_str().unwrap().len(), 64);
        assert_eq!(customer.call("DELETE", &path, None).await.0, StatusCode::NO_CONTENT);
        let erased = customer.get(&path).await;
        assert_eq!((&erased["address"], &erased["attributes"]), (&Value::Null, &json!({})), "{erased}");
        assert_eq!(erased["subscriptions"][0]["end_reason"], "erased");
        assert_eq!(customer.get(&format!("{path}/consent")).await["verified"], true);
        app.stop().await;
    });
}

#[test]
fn a_sender_lifts_its_own_suppression_and_no_other() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let made =
            customer.post("/suppressions", &json!({ "address": "bob@reader.example", "note": "asked us" })).await;
        assert_eq!((&made["reason"], &made["may_be_lifted"]), (&json!("manual"), &json!(true)));
        let again = customer.call("POST", "/suppressions", Some(&json!({ "address": "BOB@reader.example" }))).await;
        assert_eq!(again.0, StatusCode::CONFLICT);
        assert_eq!(customer.get("/suppressions").await["items"], json!([made]));
        let path = format!("/suppressions/{}", made["id"].as_str().unwrap());
        assert_eq!(customer.call("DELETE", &path, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(customer.get("/suppressions").await["items"], json!([]));
        app.stop().await;
    });
}

#[test]
fn the_account_says_what_it_is_and_no_token_of_its_own_raises_its_limits() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Stamps").await;
        let (status, changed) =
            customer.call("PATCH", "/account", Some(&json!({ "website": "https://stamps.example" }))).await;
        assert_eq!((status, &changed["website"]), (StatusCode::OK, &json!("https://stamps.example")), "{changed}");
        assert_eq!(customer.get("/account").await, changed);
        let (status, problem) = customer.call("PATCH", "/account", Some(&json!({ "limits": { "daily": 9 } }))).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("limits")));
        app.stop().await;
    });
}
