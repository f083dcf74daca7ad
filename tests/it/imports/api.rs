//! `POST /imports` and what follows, against a running installation.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Customer, TestApp, on_both_databases, until};

/// Sends a file with what must be said of it, changed where a story wants it.
pub(crate) async fn upload(
    app: &TestApp,
    customer: &Customer<'_>,
    list: &str,
    bytes: Vec<u8>,
    changes: &[(&str, &str)],
) -> (StatusCode, Value) {
    let mut fields = vec![
        ("list_id", list),
        ("source", "order form of the shop"),
        ("collected_at", "2026-03-01"),
        ("basis", "they ticked the box"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    let mut form = Form::new();
    for (name, value) in fields {
        form = form.text(name.to_owned(), value.to_owned());
    }
    let form = if bytes.is_empty() { form } else { form.part("file", Part::bytes(bytes).file_name("people.csv")) };
    let url = format!("{}/api/v1/imports", app.url);
    let answer = app.web.post(url).bearer_auth(&customer.token).multipart(form).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn until_state(customer: &Customer<'_>, id: &str, state: &str) -> Value {
    until(&format!("the import is {state}"), || async {
        let import = customer.get(&format!("/imports/{id}")).await;
        (import["state"] == state).then_some(import)
    })
    .await
}

#[test]
fn con_09_an_import_says_source_date_and_basis_and_comes_from_nobody_else() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let shop = app.create_account("Papeterie").await;
        let list = shop.list("Letters", "en").await;
        let file = b"address\nanne@reader.example\n".to_vec();
        for (changes, field) in [
            (vec![("source", "")], "source"),
            (vec![("collected_at", "")], "collected_at"),
            (vec![("collected_at", "yesterday")], "collected_at"),
            (vec![("collected_at", "2099-01-01")], "collected_at"),
            (vec![("basis", "")], "basis"),
            (vec![("source", "bought from ListCo")], "source"),
            (vec![("source", "fichier loué")], "source"),
            (vec![("basis", "our partners say so")], "basis"),
            (vec![("list_id", "")], "list_id"),
            (vec![("list_id", "0197a1b0-0000-7000-8000-000000000000")], "list_id"),
            (vec![("encoding", "klingon")], "encoding"),
            (vec![("per_day", "0")], "per_day"),
            (vec![("confirmed", "true")], "confirmed"),
            (vec![("evidence", "trust me")], "evidence"),
        ] {
            let (status, problem) = upload(&app, &shop, &list, file.clone(), &changes).await;
            assert_eq!(
                (status, &problem["errors"][0]["field"]),
                (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
                "{problem}"
            );
        }
        for (bytes, words) in [
            (b"".to_vec(), "is needed"),
            (b"email\nanne@reader.example\n".to_vec(), "must be called `address`"),
            (b"address\n".to_vec(), "no row"),
        ] {
            let (status, problem) = upload(&app, &shop, &list, bytes, &[]).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file")));
            assert!(problem["errors"][0]["message"].as_str().unwrap().contains(words), "{problem}");
        }
        let other = app.create_account("Other").await;
        assert_eq!(upload(&app, &other, &list, file, &[]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _) = shop.call("POST", "/imports", Some(&json!({}))).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(app.number("SELECT count(*) AS number FROM subscriptions").await, 0);
    });
}

#[test]
fn a_file_in_any_encoding_is_taken_asked_paused_resumed_and_given_up() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let shop = app.create_account("Papeterie").await;
        let list = shop.list("Letters", "en").await;
        let text = "address;town\nanne@reader.example;Orléans\nno address;\nanne@reader.example;\n";
        let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (status, import) = upload(&app, &shop, &list, bytes.clone(), &[("per_day", "10000")]).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{import}");
        assert_eq!(
            (&import["encoding"], &import["delimiter"], &import["rows"], &import["columns"]),
            (&json!("utf-16le"), &json!("semicolon"), &json!(3), &json!(["town"]))
        );
        let id = import["id"].as_str().unwrap();
        let import = until_state(&shop, id, "asking").await;
        assert_eq!((&import["accepted"], &import["refused"]), (&json!(1), &json!(2)), "{import}");
        let refused = &import["refused_rows"];
        assert_eq!((&refused[0]["line"], &refused[0]["reason"]), (&json!(3), &json!("bad_address")));
        assert_eq!((&refused[1]["line"], &refused[1]["reason"]), (&json!(4), &json!("repeated")));
        assert_eq!(shop.subscription("anne@reader.example").await["state"], "pending");
        let (status, again) = upload(&app, &shop, &list, bytes, &[]).await;
        assert_eq!((status, &again["id"]), (StatusCode::ACCEPTED, &json!(id)));
        assert_eq!(shop.get("/imports").await["items"].as_array().unwrap().len(), 1);
        let paused = shop.post(&format!("/imports/{id}/pause"), &Value::Null).await;
        assert_eq!(paused["paused_reason"], "user");
        assert_eq!(shop.call("POST", &format!("/imports/{id}/pause"), None).await.0, StatusCode::CONFLICT);
        assert_eq!(shop.post(&format!("/imports/{id}/resume"), &Value::Null).await["paused_reason"], Value::Null);
        // One a second and a bit: the mail comes by itself, through the engine, and is on record.
        let mail = app.inbox.next_to("anne@reader.example").await;
        app.confirm(&mail.link("/confirm/")).await;
        until_state(&shop, id, "finished").await;
        assert_eq!(shop.subscription("anne@reader.example").await["state"], "confirmed");
        let other = app.create_account("Other").await;
        for (method, path) in [("GET", ""), ("POST", "/pause"), ("POST", "/cancel")] {
            let (status, _) = other.call(method, &format!("/imports/{id}{path}"), None).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
    });
}

#[test]
fn signups_do_not_wait_while_a_file_is_read_and_a_stopped_worker_goes_on_where_it_was() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let shop = app.create_account("Papeterie").await;
        let list = shop.list("Letters", "en").await;
        let form = shop.form(&list).await;
        let mut text = "address\n".to_owned();
        for number in 0..4000 {
            writeln!(text, "person{number}@reader.example").unwrap();
        }
        let (status, import) = upload(&app, &shop, &list, text.into_bytes(), &[("per_day", "1")]).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{import}");
        let id = import["id"].as_str().unwrap().to_owned();
        let mut longest = Duration::ZERO;
        for number in 0..10 {
            let began = Instant::now();
            shop.sign_up(&form, &format!("guest{number}@elsewhere.example")).await;
            longest = longest.max(began.elapsed());
        }
        // The promise is 250 ms on an optimized build; this one is not, and shares its processor.
        assert!(longest < Duration::from_secs(3), "a signup took {longest:?}");
        app.restart_worker().await;
        until("every row is read", || async {
            let import = shop.get(&format!("/imports/{id}")).await;
            (import["state"] == "asking").then_some(())
        })
        .await;
        let import = shop.get(&format!("/imports/{id}")).await;
        assert_eq!((&import["accepted"], &import["refused"]), (&json!(4000), &json!(0)), "{import}");
        let pending = "SELECT count(*) AS number FROM import_askings";
        assert_eq!(app.number(pending).await, 4000, "each row once");
        app.stop().await;
    });
}
