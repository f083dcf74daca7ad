//! Signup, confirmation, stamp.

use serde_json::json;

use crate::support::{TestApp, on_both_databases};

/// CON-02, UNS-04: scanners follow links; only a person presses a button.
#[test]
fn con_02_looking_at_a_confirmation_link_changes_nothing_and_the_button_stamps() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        customer.sign_up(&form, "rose@reader.example").await;
        let mail = app.inbox.next_to("rose@reader.example").await;
        let link = mail.link("/confirm/");
        for _ in 0..100 {
            assert_eq!(app.web.get(&link).send().await.unwrap().status(), 200);
        }
        assert!(app.web.head(&link).send().await.unwrap().status().as_u16() < 500);
        assert_eq!(customer.subscription("rose@reader.example").await["state"], "pending");
        app.confirm(&link).await;
        let subscription = customer.subscription("rose@reader.example").await;
        assert_eq!(subscription["state"], "confirmed");
        assert!(subscription["confirmed_at"].is_string(), "{subscription}");
        app.stop().await;
    });
}

/// CON-03: replayed, flipped, or of another purpose.
#[test]
fn con_03_a_used_or_forged_confirmation_link_stamps_nobody() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        customer.sign_up(&form, "rose@reader.example").await;
        let link = app.inbox.next_to("rose@reader.example").await.link("/confirm/");
        let (start, last) = link.split_at(link.len() - 1);
        let flipped = format!("{start}{}", if last == "a" { "b" } else { "a" });
        assert!(app.web.post(&flipped).send().await.unwrap().status().is_client_error());
        assert_eq!(customer.subscription("rose@reader.example").await["state"], "pending");
        app.confirm(&link).await;
        // Out again; the old link must not bring the address back.
        let page = app.web.post(&link).send().await.unwrap();
        assert!(!page.status().is_server_error());
        let consent = customer.get(&format!("/subscribers/{}/consent", subscriber_id(&customer).await)).await;
        let events: Vec<&serde_json::Value> = consent["records"].as_array().unwrap().iter().collect();
        let stamps = events.iter().filter(|record| record["event"].as_str() == Some("confirmed")).count();
        assert_eq!(stamps, 1, "one stamp only: {consent}");
        app.stop().await;
    });
}

async fn subscriber_id(customer: &crate::support::Customer<'_>) -> String {
    let found = customer.get("/subscribers?address=rose@reader.example").await;
    let subscriber = if found["items"].is_array() { found["items"][0].clone() } else { found };
    subscriber["id"].as_str().unwrap().to_owned()
}

/// CON-11: whoever fills in the form learns nothing of who is subscribed.
#[test]
fn con_11_the_form_answers_the_same_whatever_is_known_of_the_address() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        let answer = |address: &'static str| {
            let request = app.web.post(&form).form(&[("address", address), ("consent", "yes")]);
            async {
                let answer = request.send().await.unwrap();
                (answer.status(), answer.text().await.unwrap())
            }
        };
        let new = answer("rose@reader.example").await;
        let link = app.inbox.next_to("rose@reader.example").await.link("/confirm/");
        let pending = answer("rose@reader.example").await;
        app.confirm(&link).await;
        let confirmed = answer("rose@reader.example").await;
        let hide = |(status, page): (reqwest::StatusCode, String)| (status, page.replace("rose@reader.example", "…"));
        assert_eq!(hide(new.clone()), hide(pending));
        assert_eq!(hide(new), hide(confirmed));
        app.stop().await;
    });
}

#[test]
fn not_me_ends_it_and_no_more_mail_goes_to_that_address() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        customer.sign_up(&form, "rose@reader.example").await;
        let link = app.inbox.next_to("rose@reader.example").await.link("/confirm/");
        let answer = app.web.post(format!("{link}/not-me")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let subscription = customer.subscription("rose@reader.example").await;
        assert_eq!((&subscription["state"], &subscription["end_reason"]), (&json!("ended"), &json!("not_me")));
        customer.sign_up(&form, "rose@reader.example").await;
        // A mail to somebody else shows that the engine went past it.
        customer.stamp(&form, "jules@reader.example").await;
        assert_eq!(app.inbox.count_to("rose@reader.example"), 1);
        app.stop().await;
    });
}

/// CON-08: no call of the API can confirm.
#[test]
fn con_08_the_api_asks_for_confirmation_and_cannot_give_it() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "fr").await;
        let asked = json!({ "list_id": list, "address": "rose@reader.example", "source": "shop" });
        let (status, _) = customer.call("POST", "/subscriptions", Some(&asked)).await;
        assert_eq!(status, 202);
        let mut forced = asked.clone();
        forced["address"] = json!("jules@reader.example");
        forced["state"] = json!("confirmed");
        customer.call("POST", "/subscriptions", Some(&forced)).await;
        let mail = app.inbox.next_to("rose@reader.example").await;
        assert_eq!(customer.subscription("rose@reader.example").await["state"], "pending");
        assert_ne!(customer.subscription("jules@reader.example").await["state"], "confirmed");
        app.confirm(&mail.link("/confirm/")).await;
        assert_eq!(customer.subscription("rose@reader.example").await["state"], "confirmed");
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state = 'queued'", 0).await;
        app.inbox.take_all();
        app.stop().await;
    });
}
