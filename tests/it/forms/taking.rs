//! What a form takes, refuses and asks about, over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::names::Names;
use super::{form_with, hidden, mails_to, send, start, story, url_of};
use crate::support::DatabaseKind;
use crate::support::databases::on;

#[test]
fn a_form_keeps_every_kind_of_answer_and_every_box_and_says_them_again() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = form_with(
            &customer,
            &list,
            json!({
                "fields": [
                    { "name": "town", "label": "Town", "required": true },
                    { "name": "colour", "label": "Colour", "kind": "choice", "options": ["Red", "Blue"] },
                    { "name": "born", "label": "Born", "kind": "date" },
                    { "name": "shoes", "label": "Shoes", "kind": "number" },
                ],
                "consents": [{ "name": "calls", "text": "You may call me." }],
                "look": { "style": "styled", "accent": "#b3261e", "corners": "round", "font": "serif" },
                "language": "fr", "takes_role_addresses": false,
            }),
        )
        .await;
        assert_eq!(form["look"]["accent"], "#b3261e");
        assert_eq!((&form["language"], &form["takes_role_addresses"]), (&json!("fr"), &json!(false)));
        assert_eq!(form["fields"][1]["options"], json!(["Red", "Blue"]));
        let body = json!({
            "address": "rose@reader.example", "consent": true, "consents": { "calls": true },
            "attributes": { "town": "Lyon", "colour": "Red", "born": "1984-02-29", "shoes": "39,5", "other": "x" },
        });
        let wrong = json!({ "address": "rose@reader.example", "consent": true,
            "attributes": { "town": "Lyon", "colour": "Green", "born": "31.12.1999", "shoes": "many" } });
        let refused = app.web.post(url_of(&form)).json(&wrong).send().await.unwrap();
        assert_eq!(refused.status(), 422);
        let refused: Value = refused.json().await.unwrap();
        let fields: Vec<&str> =
            refused["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["attributes[colour]", "attributes[born]", "attributes[shoes]"]);
        let answer = app.web.post(url_of(&form)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        let mail = app.inbox.next_to("rose@reader.example").await;
        app.confirm(&mail.link("/confirm/")).await;
        let found = customer.get("/subscribers?address=rose@reader.example").await;
        let kept = json!({ "town": "Lyon", "colour": "Red", "born": "1984-02-29", "shoes": "39.5", "calls": "yes" });
        assert_eq!(found["items"][0]["attributes"], kept);
        let id = found["items"][0]["id"].as_str().unwrap();
        let records = customer.get(&format!("/subscribers/{id}/consent")).await;
        let words: Vec<&str> = records["records"]
            .as_array()
            .unwrap_or_else(|| panic!("{records}"))
            .iter()
            .map(|record| record["wording"].as_str().unwrap())
            .filter(|words| !words.is_empty())
            .collect();
        assert_eq!(words, ["I want the letter.\nYou may call me."; 2]);
    });
}

#[test]
fn every_flaw_of_a_form_is_told_by_its_field_and_strange_lists_are_refused() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let stranger = app.create_account("Stranger").await;
        let strange = stranger.list("Strange", "en").await;
        for (more, field) in [
            (json!({ "fields": [{ "name": "x", "label": "X", "kind": "choice", "options": ["one"] }] }), "fields"),
            (json!({ "fields": [{ "name": "x", "label": "X", "kind": "song" }] }), "fields[0].kind"),
            (json!({ "consents": [{ "name": "x y", "text": "X" }] }), "fields"),
            (json!({ "look": { "text": "#999999", "background": "#ffffff" } }), "look"),
            (json!({ "look": { "accent": "red" } }), "look.accent"),
            (json!({ "lists": [strange] }), "lists"),
            (json!({ "lists": ["x"] }), "lists"),
            (json!({ "redirect_url": "javascript:alert(1)" }), "redirect_url"),
        ] {
            let mut body = json!({ "title": "Our letter" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (status, problem) = customer.call("POST", &format!("/lists/{list}/forms"), Some(&body)).await;
            assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!(field)), "{more} {problem}");
        }
    });
}

#[test]
fn one_mail_asks_for_all_the_lists_that_were_chosen_and_one_press_confirms_them() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let mut lists = Vec::new();
        for name in ["Letters", "Stamps", "Paper"] {
            lists.push(customer.list(name, "en").await);
        }
        let form = form_with(&customer, &lists[0], json!({ "lists": [lists[1], lists[2]] })).await;
        assert_eq!(form["lists"], json!([lists[0], lists[1], lists[2]]), "its own is offered first");
        let url = url_of(&form);
        let nothing = send(&app, &url, "192.0.2.1", &[("address", "rose@reader.example"), ("consent", "on")]).await;
        assert_eq!(nothing.status(), 422);
        let chosen =
            [("address", "rose@reader.example"), ("consent", "on"), ("lists", &lists[0]), ("lists", &lists[2])];
        assert_eq!(send(&app, &url, "192.0.2.1", &chosen).await.status(), 200);
        let mail = app.inbox.next_to("rose@reader.example").await;
        assert!(mail.subject().contains("Letters, Paper"), "{}", mail.subject());
        app.confirm(&mail.link("/confirm/")).await;
        let found = customer.get("/subscribers?address=rose@reader.example").await;
        let mut states: Vec<(&str, &str)> = found["items"][0]["subscriptions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["list_id"].as_str().unwrap(), one["state"].as_str().unwrap()))
            .collect();
        states.sort_unstable();
        let mut expected = vec![(lists[0].as_str(), "confirmed"), (lists[2].as_str(), "confirmed")];
        expected.sort_unstable();
        assert_eq!((states, mails_to(&app, "rose@reader.example").await), (expected, 1));
    });
}

#[test]
fn a_slip_in_a_well_known_name_is_asked_about_once_and_never_forced() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let url = customer.form(&customer.list("Letters", "en").await).await;
        let typed = [("address", "rose@gmial.com"), ("consent", "on")];
        let asked = send(&app, &url, "192.0.2.1", &typed).await;
        assert_eq!(asked.status(), 422);
        let page = asked.text().await.unwrap();
        assert!(page.contains("Did you mean rose@gmail.com?") && page.contains("name=\"instead\""), "{page}");
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers").await, 0);
        let sure = hidden(&page, "sure");
        let insisted = send(&app, &url, "192.0.2.1", &[typed[0], typed[1], ("sure", sure.as_str())]).await;
        assert_eq!((insisted.status().as_u16(), mails_to(&app, "rose@gmial.com").await), (200, 1));
        let other = [typed[0], typed[1], ("sure", sure.as_str()), ("instead", "rose@gmail.com")];
        assert_eq!(send(&app, &url, "192.0.2.1", &other).await.status(), 200);
        assert_eq!(mails_to(&app, "rose@gmail.com").await, 1);
        let by_script =
            app.web.post(&url).json(&json!({ "address": "max@gmial.com", "consent": true })).send().await.unwrap();
        assert_eq!(by_script.status(), 202);
        let said: Value = by_script.json().await.unwrap();
        assert_eq!(said, json!({ "status": "check_your_inbox", "did_you_mean": "max@gmail.com" }));
        let careful = json!({ "address": "ann@gmial.com", "consent": true, "sure": "" });
        let careful = app.web.post(&url).json(&careful).send().await.unwrap();
        assert_eq!(careful.status(), 422);
        assert_eq!(careful.json::<Value>().await.unwrap()["did_you_mean"], "ann@gmail.com");
    });
}

#[test]
fn tasks_and_mailboxes_for_minutes_are_refused_where_the_form_says_so() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let strict = json!({ "takes_role_addresses": false, "takes_disposable_addresses": false });
        let (strict, easy) = (form_with(&customer, &list, strict).await, form_with(&customer, &list, json!({})).await);
        for address in ["info@shop.example", "x@mailinator.com"] {
            let fields = [("address", address), ("consent", "on")];
            assert_eq!(send(&app, &url_of(&strict), "192.0.2.1", &fields).await.status(), 422, "{address}");
            assert_eq!(send(&app, &url_of(&easy), "192.0.2.1", &fields).await.status(), 200, "{address}");
        }
    });
}

#[test]
fn an_address_that_cannot_receive_is_refused_softly_and_trouble_refuses_nobody() {
    on(DatabaseKind::Sqlite, async {
        let names = Names::start().await;
        let mut app = start(DatabaseKind::Sqlite, &[("DNS_SERVER", &names.address())]).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let url = customer.form(&customer.list("Letters", "en").await).await;
        for (domain, status) in
            [("mx.paper", 200), ("web.paper", 200), ("null.paper", 422), ("gone.paper", 422), ("empty.paper", 422)]
        {
            let address = format!("rose@{domain}");
            let answer = send(&app, &url, "192.0.2.1", &[("address", &address), ("consent", "on")]).await;
            assert_eq!(answer.status().as_u16(), status, "{domain}");
            if status == 422 {
                let page = answer.text().await.unwrap();
                assert!(page.contains("id=\"address-problem\"") && page.contains(domain), "{page}");
            }
        }
        // A slip that names a domain without mail is asked about like any other, and refused only to whoever insists.
        let slip = [("address", "rose@gmial.com"), ("consent", "on")];
        let page = send(&app, &url, "192.0.2.1", &slip).await.text().await.unwrap();
        assert!(page.contains("Did you mean rose@gmail.com?") && page.contains("name=\"instead\""), "{page}");
        let insisting = [slip[0], slip[1], ("sure", &hidden(&page, "sure"))];
        let insisted = send(&app, &url, "192.0.2.1", &insisting).await;
        assert_eq!(insisted.status(), 422);
        assert!(insisted.text().await.unwrap().contains("Nothing can be sent to “gmial.com”"));
        // The engine asks for the lanes of these domains too.
        app.until_number("SELECT count(*) AS number FROM receiving_domains WHERE wanted_at IS NOT NULL", 0).await;
        let before = names.questions();
        send(&app, &url, "192.0.2.1", &[("address", "max@mx.paper"), ("consent", "on")]).await;
        assert_eq!(names.questions(), before, "what was asked is remembered");
        // Last, because a resolver goes on asking who keeps silent.
        let silent = send(&app, &url, "192.0.2.1", &[("address", "rose@silent.paper"), ("consent", "on")]).await;
        assert_eq!(silent.status(), 200, "trouble refuses nobody");
    });
}

#[test]
fn plain_html_posts_from_any_site_and_keeps_the_version_that_was_pasted() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = form_with(&customer, &list, json!({ "redirect_url": "https://club.example/thanks" })).await;
        let pasted = form["plain_html"].as_str().unwrap().to_owned();
        let version = hidden(&pasted, "version");
        let path = format!("/forms/{}", form["id"].as_str().unwrap());
        let (status, changed) = customer.call("PATCH", &path, Some(&json!({ "consent_text": "I want it all." }))).await;
        assert_eq!((status, &changed["version"]), (StatusCode::OK, &json!(2)));
        let fields = [("address", "rose@reader.example"), ("consent", "yes"), ("version", version.as_str())];
        let answer = app
            .web
            .post(url_of(&form))
            .header("origin", "https://anywhere.example")
            .form(&fields)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
            (303, "https://club.example/thanks")
        );
        let id = customer.get("/subscribers?address=rose@reader.example").await["items"][0]["id"].clone();
        let records = customer.get(&format!("/subscribers/{}/consent", id.as_str().unwrap())).await;
        let record = &records["records"][0];
        assert_eq!(
            (&record["form_version"], &record["wording"]),
            (&json!(1), &json!("I want the letter.")),
            "{records}"
        );
        let (status, _) = customer.call("PATCH", &path, Some(&json!({ "allowed_origins": [] }))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the page it leads to would lie nowhere");
    });
}
