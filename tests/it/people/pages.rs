//! The pages for readers, seen from outside. What they answer does not depend on the database, so they run on one.

use estampille::clock::Clock;
use estampille::consent::Circumstances;
use estampille::mail::EmailAddress;
use estampille::storage::{AccountId, SubscriptionId, Timestamp};
use estampille::subscriptions::{self, EndReason};
use estampille::suppressions::{self, NewSuppression, Reason};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::databases::on;
use crate::support::{Customer, DatabaseKind, TestApp};

/// Runs a story with a clock that stands still.
fn story<F: Future<Output = ()>>(told: impl FnOnce(TestApp) -> F) {
    on(DatabaseKind::Sqlite, async {
        let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
        let mut app = TestApp::start_with(DatabaseKind::Sqlite, &[], clock).await;
        app.forgive_left_over();
        told(app).await;
    });
}

/// A form that asks everything a form can ask, open to the scripts of one origin.
async fn full_form(customer: &Customer<'_>, list: &str) -> String {
    let body = json!({
        "title": "Our letter", "consent_text": "I want the letter.",
        "fields": [{ "name": "town", "label": "Town", "required": true }],
        "allowed_origins": ["https://club.example"],
    });
    let form = customer.post(&format!("/lists/{list}/forms"), &body).await;
    form["url"].as_str().unwrap().to_owned()
}

async fn subscription_of(app: &TestApp, account: AccountId, who: &str) -> SubscriptionId {
    let who: EmailAddress = who.parse().unwrap();
    app.app
        .db
        .read(move |conn| {
            let subscriber = estampille::subscribers::find_by_address(conn, account, &who)?.unwrap();
            Ok(subscriptions::of_subscriber(conn, subscriber.id)?[0].id)
        })
        .await
        .unwrap()
}

/// The link in the latest confirmation mail to somebody: rendered here, whether or not the worker has sent it already.
async fn link_to(app: &TestApp, account: AccountId, who: &str) -> String {
    let (who, keys, settings) = (who.parse::<EmailAddress>().unwrap(), app.app.keys.clone(), app.app.settings.clone());
    let notice = app
        .app
        .db
        .read(move |conn| {
            let subscriber = estampille::subscribers::find_by_address(conn, account, &who)?.unwrap();
            let mails = estampille::deliveries::of_subscriber(conn, subscriber.id, 100)?;
            let latest = mails.into_iter().max_by_key(|mail| mail.id).unwrap();
            subscriptions::confirmation_mail(conn, &keys, &settings, &latest)
        })
        .await
        .unwrap()
        .unwrap();
    notice.text.lines().find(|line| line.contains("/confirm/")).unwrap().to_owned()
}

/// Signs up and confirms, without waiting for the mail.
async fn stamp(app: &TestApp, customer: &Customer<'_>, form: &str, who: &str) {
    customer.sign_up(form, who).await;
    app.confirm(&link_to(app, customer.id, who).await).await;
}

async fn state_of(app: &TestApp, id: SubscriptionId) -> String {
    let found = app.app.db.read(move |conn| subscriptions::find(conn, id)).await.unwrap().unwrap();
    found.end_reason.map_or_else(|| found.state.to_string(), |reason| reason.to_string())
}

#[test]
fn con_11_every_standing_of_an_address_gets_the_same_page_and_the_same_json() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        let account = customer.id;
        for who in ["confirmed", "left", "pending"] {
            customer.sign_up(&form, &format!("{who}@reader.example")).await;
        }
        for who in ["confirmed", "left"] {
            app.confirm(&link_to(&app, account, &format!("{who}@reader.example")).await).await;
        }
        let left = subscription_of(&app, account, "left@reader.example").await;
        let now = app.app.clock.now();
        app.app
            .db
            .write(move |conn| {
                subscriptions::unsubscribe(conn, left, EndReason::Page, &Circumstances::default(), now)?;
                for reason in Reason::ALL {
                    let new = NewSuppression {
                        account_id: account,
                        address: format!("{reason}@reader.example").parse().unwrap(),
                        reason: *reason,
                        evidence: String::new(),
                        delivery_id: None,
                    };
                    suppressions::suppress(conn, &new, now)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let mut people: Vec<String> = ["confirmed", "left", "pending"].map(str::to_owned).to_vec();
        people.extend(Reason::ALL.iter().map(ToString::to_string));
        let new = page_and_json(&app, &form, "new").await;
        assert_eq!((new.0.0, new.1.0, new.1.1.as_str()), (200, 202, r#"{"status":"check_your_inbox"}"#));
        for who in people {
            assert_eq!(page_and_json(&app, &form, &who).await, new, "{who}");
        }
    });
}

async fn page_and_json(app: &TestApp, form: &str, who: &str) -> ((u16, String), (u16, String)) {
    let address = format!("{who}@reader.example");
    let page = app.web.post(form).form(&[("address", address.as_str()), ("consent", "on")]).send().await.unwrap();
    let page = (page.status().as_u16(), page.text().await.unwrap());
    let json = app.web.post(form).json(&json!({ "address": address, "consent": true })).send().await.unwrap();
    (page, (json.status().as_u16(), json.text().await.unwrap()))
}

#[test]
fn a_bad_answer_is_told_on_its_field_in_both_encodings_and_nothing_is_kept() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = full_form(&customer, &customer.list("Letters", "en").await).await;
        let page = app.web.post(&form).form(&[("address", "nobody"), ("consent", "on")]).send().await.unwrap();
        assert_eq!(page.status(), 422);
        let page = page.text().await.unwrap();
        assert!(page.contains("An address looks like name@example.org."), "{page}");
        assert!(page.contains("Please fill this in."), "{page}");
        assert!(!page.contains("checked"), "CON-07: the box comes back empty");
        let answer = app.web.post(&form).json(&json!({ "address": "", "attributes": {} })).send().await.unwrap();
        assert_eq!(answer.status(), 422);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        let fields: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["address", "attributes[town]", "consent"]);
        let broken = app.web.post(&form).header("content-type", "application/json").body("{").send().await.unwrap();
        assert_eq!(broken.status(), 400);
        let multipart =
            app.web.post(&form).header("content-type", "multipart/form-data; boundary=x").send().await.unwrap();
        assert_eq!(multipart.status(), 415);
        let nowhere = format!("{}/forms/00000000-0000-0000-0000-000000000000", app.url);
        let nowhere = app.web.post(nowhere).json(&json!({ "address": "rose@reader.example" })).send().await.unwrap();
        assert_eq!(
            (nowhere.status().as_u16(), header(nowhere.headers(), "content-type")),
            (404, "application/problem+json")
        );
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers").await, 0);
    });
}

#[test]
fn only_allowed_origins_may_read_the_answer_or_frame_the_form_and_never_with_cookies() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = full_form(&customer, &customer.list("Letters", "en").await).await;
        for (origin, allowed) in [("https://club.example", true), ("https://evil.example", false), ("null", false)] {
            let body = json!({ "address": "rose@reader.example", "consent": true, "attributes": { "town": "Lyon" } });
            let answer = app.web.post(&form).header("origin", origin).json(&body).send().await.unwrap();
            assert_eq!(answer.status(), 202);
            let asked = app.web.request(reqwest::Method::OPTIONS, &form).header("origin", origin).send().await.unwrap();
            for headers in [answer.headers(), asked.headers()] {
                assert_eq!(header(headers, "access-control-allow-origin") == origin, allowed, "{origin}");
                assert_eq!(header(headers, "access-control-allow-credentials"), "");
                assert_eq!(header(headers, "vary"), "origin");
            }
        }
        let hosted = app.web.get(&form).send().await.unwrap();
        assert!(header(hosted.headers(), "content-security-policy").contains("frame-ancestors 'none'"));
        let frame = app.web.get(format!("{form}/embed")).send().await.unwrap();
        let policy = header(frame.headers(), "content-security-policy");
        assert!(policy.contains("frame-ancestors 'self' https://club.example"), "{policy}");
        let script = app.web.get(format!("{form}/embed.js")).send().await.unwrap();
        assert!(header(script.headers(), "content-type").starts_with("text/javascript"));
        assert!(script.text().await.unwrap().contains("I want the letter."));
    });
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn what_a_machine_fills_in_gets_the_answer_of_a_person_and_nothing_is_kept() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        let filled = [("address", "bot@reader.example"), ("consent", "on"), ("website", "https://spam.example")];
        let answer = app.web.post(&form).form(&filled).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers").await, 0);
    });
}

#[test]
fn the_configured_address_is_the_only_place_a_form_leads_to() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let body = json!({
            "title": "Our letter", "consent_text": "", "fields": [], "allowed_origins": [],
            "redirect_url": "https://club.example/thanks",
        });
        let made = customer.post(&format!("/lists/{list}/forms"), &body).await;
        assert_eq!(made["allowed_origins"], json!(["https://club.example"]), "who names the page registers its origin");
        let form = made["url"].as_str().unwrap().to_owned();
        let target = format!("{form}?redirect_url=https://evil.example");
        let fields = [("address", "rose@reader.example"), ("redirect_url", "https://evil.example")];
        let answer = app.web.post(target).form(&fields).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(answer.headers(), "location")),
            (303, "https://club.example/thanks")
        );
    });
}

/// UNS-03, UNS-04, UNS-07.
#[test]
fn uns_03_every_body_origin_and_path_leaves_with_200_and_a_forged_token_with_404() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        let multipart =
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        let urlencoded = ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click");
        for (at, (kind, body, tail, expected)) in [
            (urlencoded.0, urlencoded.1.to_owned(), "", "one_click"),
            ("multipart/form-data; boundary=x", multipart.to_owned(), "", "one_click"),
            ("application/x-www-form-urlencoded", String::new(), "", "page"),
            ("nonsense", "\u{0}\u{1}".to_owned(), "", "page"),
            ("text/plain", "x".repeat(2_000_000), "", "page"),
            (urlencoded.0, urlencoded.1.to_owned(), "/", "one_click"),
            (urlencoded.0, urlencoded.1.to_owned(), "//", "one_click"),
            (urlencoded.0, urlencoded.1.to_owned(), "?utm_source=x&language=zz", "one_click"),
        ]
        .into_iter()
        .enumerate()
        {
            let who = format!("reader{at}@reader.example");
            stamp(&app, &customer, &form, &who).await;
            let id = subscription_of(&app, customer.id, &who).await;
            let link = format!("{}/unsubscribe/{}", app.url, subscriptions::unsubscribe_token(&app.app.keys, id));
            for _ in 0..100 {
                assert_eq!(app.web.get(&link).send().await.unwrap().status(), 200);
            }
            assert_eq!(app.web.head(&link).send().await.unwrap().status(), 200);
            assert_eq!(state_of(&app, id).await, "confirmed");
            for _ in 0..2 {
                let request = app.web.post(format!("{link}{tail}")).header("content-type", kind).body(body.clone());
                let cookies = request.header("cookie", "estampille_session=x").header("origin", "https://evil.example");
                let answer = cookies.header("sec-fetch-site", "cross-site").send().await.unwrap();
                assert_eq!(answer.status(), 200, "{kind} {tail}");
                assert_eq!(header(answer.headers(), "cache-control"), "no-store");
                assert_eq!(header(answer.headers(), "referrer-policy"), "no-referrer");
            }
            assert_eq!(state_of(&app, id).await, expected, "{kind} {tail}");
        }
        stamp(&app, &customer, &form, "last@reader.example").await;
        let id = subscription_of(&app, customer.id, "last@reader.example").await;
        let mut forged = subscriptions::unsubscribe_token(&app.app.keys, id);
        forged.replace_range(5..6, if &forged[5..6] == "a" { "b" } else { "a" });
        let answer = app.web.post(format!("{}/unsubscribe/{forged}", app.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        assert_eq!(state_of(&app, id).await, "confirmed");
    });
}

#[test]
fn uns_09_one_press_leaves_all_lists_of_the_sender_when_the_reader_wants_it() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        for name in ["Letters", "Offers"] {
            let form = customer.form(&customer.list(name, "en").await).await;
            stamp(&app, &customer, &form, "rose@reader.example").await;
        }
        let id = subscription_of(&app, customer.id, "rose@reader.example").await;
        let link = format!("{}/unsubscribe/{}", app.url, subscriptions::unsubscribe_token(&app.app.keys, id));
        let page = app.web.get(&link).send().await.unwrap().text().await.unwrap();
        assert_eq!((page.matches("<button").count(), page.contains("name=\"scope\"")), (1, true), "{page}");
        let one = app.web.post(&link).send().await.unwrap().text().await.unwrap();
        assert!(one.contains("name=\"scope\""), "the other list can be left from here: {one}");
        assert!(!one.contains("/preferences/"), "a forwarded mail opens nobody's own page: {one}");
        let answer = app.web.post(&link).form(&[("scope", "all")]).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let going = "SELECT count(*) AS number FROM subscriptions WHERE state <> 'ended'";
        assert_eq!(app.number(going).await, 0);
    });
}

/// What a mailed pass opens.
async fn own_page_of(app: &TestApp, id: SubscriptionId) -> String {
    let (keys, until) = (app.app.keys.clone(), app.app.clock.now() + subscriptions::PASS_LIFETIME);
    let person = app
        .app
        .db
        .read(move |conn| {
            let found = subscriptions::find(conn, id)?.unwrap();
            Ok(estampille::subscribers::find_any(conn, found.subscriber_id)?.unwrap())
        })
        .await
        .unwrap();
    format!("{}/preferences/{}", app.url, subscriptions::pass(&keys, &person, until))
}

#[test]
fn a_reader_sees_leaves_exports_and_erases_on_their_own_page_and_nobody_else_there() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "fr").await).await;
        for (who, mails) in [("rose@reader.example", 1), ("jules@reader.example", 2)] {
            customer.sign_up(&form, who).await;
            // Whoever confirms before the mail is handed over has no record of it.
            app.until_number("SELECT count(*) AS number FROM consent_records WHERE event = 'mailed'", mails).await;
            app.confirm(&link_to(&app, customer.id, who).await).await;
        }
        let (rose, jules) = (
            subscription_of(&app, customer.id, "rose@reader.example").await,
            subscription_of(&app, customer.id, "jules@reader.example").await,
        );
        let link = own_page_of(&app, rose).await;
        let page = app.web.get(&link).send().await.unwrap();
        let told = (header(page.headers(), "referrer-policy"), header(page.headers(), "cache-control"));
        assert_eq!(told, ("no-referrer", "no-store"), "WEB-08");
        let page = page.text().await.unwrap();
        assert!(page.contains("<html lang=\"fr\"") && page.contains("rose@reader.example"), "{page}");
        let english = app.web.get(format!("{link}?language=en")).send().await.unwrap().text().await.unwrap();
        assert!(english.contains("<html lang=\"en\""), "{english}");
        for act in ["leave", "rhythm"] {
            let fields = [("subscription", jules.to_string()), ("frequency", "month".to_owned())];
            let foreign = app.web.post(format!("{link}/{act}")).form(&fields).send().await.unwrap();
            assert_eq!(foreign.status(), 404, "{act}");
        }
        assert_eq!(state_of(&app, jules).await, "confirmed");
        let kept = "SELECT count(*) AS number FROM subscriptions WHERE frequency IS NOT NULL";
        assert_eq!(app.number(kept).await, 0);
        let export: Value = app.web.get(format!("{link}/export.json")).send().await.unwrap().json().await.unwrap();
        assert_eq!(
            (export["address"].as_str(), &export["subscriptions"][0]["state"]),
            (Some("rose@reader.example"), &json!("confirmed"))
        );
        let events: Vec<&Value> = export["consent"].as_array().unwrap().iter().map(|one| &one["event"]).collect();
        assert_eq!(events, ["requested", "mailed", "confirmed"]);
        let own = app.web.post(format!("{link}/leave")).form(&[("subscription", rose.to_string())]);
        assert_eq!(own.send().await.unwrap().status(), 200);
        assert_eq!(state_of(&app, rose).await, "page");
        assert_eq!(app.web.get(format!("{link}/erase")).send().await.unwrap().status(), 200);
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers WHERE erased_at IS NOT NULL").await, 0);
        assert_eq!(app.web.post(format!("{link}/erase")).send().await.unwrap().status(), 200);
        assert_eq!(app.number("SELECT count(*) AS number FROM subscribers WHERE erased_at IS NOT NULL").await, 1);
        assert!(!app.web.get(&link).send().await.unwrap().text().await.unwrap().contains("/leave"), "nobody is left");
    });
}

/// A mail gets forwarded, and its links with it.
#[test]
fn the_link_of_a_forwarded_mail_shows_and_changes_nothing_of_its_reader() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = full_form(&customer, &customer.list("Letters", "en").await).await;
        let body = json!({ "address": "rose@reader.example", "consent": true, "attributes": { "town": "Combray" } });
        assert_eq!(app.web.post(&form).json(&body).send().await.unwrap().status(), 202);
        app.confirm(&link_to(&app, customer.id, "rose@reader.example").await).await;
        let id = subscription_of(&app, customer.id, "rose@reader.example").await;
        let person = app.app.db.read(move |conn| subscriptions::find(conn, id)).await.unwrap().unwrap().subscriber_id;
        let mark = format!("{}/preferences/{}", app.url, subscriptions::preferences_token(&app.app.keys, person));
        let pass = own_page_of(&app, id).await;
        app.app.clock.advance(subscriptions::PASS_LIFETIME);
        for link in [mark, pass] {
            let shown = app.web.get(&link).send().await.unwrap();
            assert_eq!(shown.status(), 200);
            let shown = shown.text().await.unwrap();
            for secret in ["rose@reader.example", "Combray", "Letters", "export.json", "erase"] {
                assert!(!shown.contains(secret), "{secret} in {shown}");
            }
            for act in ["leave", "rhythm", "join", "answers", "address", "erase"] {
                let fields = [
                    ("subscription", id.to_string()),
                    ("frequency", "month".to_owned()),
                    ("address", "thief@reader.example".to_owned()),
                    ("attributes[town]", "Paris".to_owned()),
                    ("form", form.rsplit('/').next().unwrap().to_owned()),
                ];
                let answer = app.web.post(format!("{link}/{act}")).form(&fields).send().await.unwrap();
                assert_eq!(answer.status(), 200, "{act}");
                assert!(!answer.text().await.unwrap().contains("rose@reader.example"), "{act}");
            }
            let export = app.web.get(format!("{link}/export.json")).send().await.unwrap();
            assert_eq!(header(export.headers(), "content-type"), "text/html; charset=utf-8");
        }
        let untouched = "SELECT count(*) AS number FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id \
             WHERE s.state = 'confirmed' AND s.frequency IS NULL AND p.attributes LIKE '%Combray%' AND p.moved_to IS NULL";
        assert_eq!(app.number(untouched).await, 1);
        assert_eq!(app.number("SELECT count(*) AS number FROM address_changes").await, 0);
        let other_purpose =
            format!("{}/unsubscribe/{}", app.url, subscriptions::preferences_token(&app.app.keys, person));
        assert_eq!(app.web.get(other_purpose).send().await.unwrap().status(), 404);
        let forged = format!("{}/preferences/nonsense", app.url);
        assert_eq!(app.web.get(&forged).send().await.unwrap().status(), 404);
        assert_eq!(app.web.post(&forged).send().await.unwrap().status(), 404);
    });
}

#[test]
fn a_reader_answers_again_and_what_the_form_refuses_comes_back() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = full_form(&customer, &customer.list("Letters", "en").await).await;
        let body = json!({ "address": "rose@reader.example", "consent": true, "attributes": { "town": "Combray" } });
        app.web.post(&form).json(&body).send().await.unwrap();
        app.confirm(&link_to(&app, customer.id, "rose@reader.example").await).await;
        let link = own_page_of(&app, subscription_of(&app, customer.id, "rose@reader.example").await).await;
        for (town, status, kept) in [("", 422, "Combray"), ("Balbec", 200, "Balbec")] {
            let fields = [("attributes[town]", town), ("attributes[is_admin]", "yes")];
            let answer = app.web.post(format!("{link}/answers")).form(&fields).send().await.unwrap();
            assert_eq!(answer.status(), status, "{town}");
            let found = customer.get("/subscribers?address=rose@reader.example").await;
            assert_eq!(found["items"][0]["attributes"], json!({ "town": kept }), "{town}");
        }
    });
}

#[test]
fn who_left_may_say_why_and_the_sender_reads_the_total() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        stamp(&app, &customer, &form, "rose@reader.example").await;
        let id = subscription_of(&app, customer.id, "rose@reader.example").await;
        let link = format!("{}/unsubscribe/{}", app.url, subscriptions::unsubscribe_token(&app.app.keys, id));
        let told = "SELECT count(*) AS number FROM leave_reasons";
        let why = |reason: &str, comment: &str| {
            let fields = [("reason", reason.to_owned()), ("comment", comment.to_owned())];
            app.web.post(format!("{link}/reason")).form(&fields).send()
        };
        assert_eq!(why("too_often", "").await.unwrap().status(), 200);
        assert_eq!(app.number(told).await, 0, "nobody has left yet");
        app.web.post(&link).send().await.unwrap();
        let asked = app.web.get(format!("{link}/reason")).send().await.unwrap();
        assert_eq!((asked.status().as_u16(), app.number(told).await), (200, 0), "looking tells nothing");
        for (reason, comment, rows) in [
            ("nonsense", "", 0),
            ("", "", 0),
            ("too_often", "é".repeat(900).as_str(), 1),
            ("", "<b>Enough</b>\u{7}", 1),
        ] {
            assert_eq!(why(reason, comment).await.unwrap().status(), 200);
            assert_eq!(app.number(told).await, rows, "{reason}");
        }
        let account = customer.id;
        let list: estampille::storage::ListId = list.parse().unwrap();
        let reasons = app.app.db.read(move |conn| subscriptions::reasons_of_list(conn, account, list)).await.unwrap();
        assert_eq!(reasons.counts, [(subscriptions::LeaveReason::Other, 1)]);
        assert_eq!(reasons.comments[0].comment, "<b>Enough</b>");
    });
}

#[test]
fn con_13_a_mistaken_click_is_undone_by_a_new_confirmation_only() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        stamp(&app, &customer, &form, "rose@reader.example").await;
        let id = subscription_of(&app, customer.id, "rose@reader.example").await;
        let link = format!("{}/unsubscribe/{}", app.url, subscriptions::unsubscribe_token(&app.app.keys, id));
        app.web.post(&link).send().await.unwrap();
        app.app.clock.advance(chrono::TimeDelta::hours(1));
        let looked = app.web.get(format!("{link}/undo")).send().await.unwrap();
        assert_eq!((looked.status().as_u16(), state_of(&app, id).await), (200, "page".to_owned()));
        let undone = app.web.post(format!("{link}/undo")).send().await.unwrap();
        assert_eq!(undone.status(), 200);
        assert!(undone.text().await.unwrap().contains("Look into your mailbox"));
        assert_eq!(state_of(&app, id).await, "pending", "nobody is back without a confirmation");
        app.confirm(&link_to(&app, customer.id, "rose@reader.example").await).await;
        assert_eq!(state_of(&app, id).await, "confirmed");
        let mails = "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation'";
        for _ in 0..5 {
            app.web.post(&link).send().await.unwrap();
            app.app.clock.advance(chrono::TimeDelta::hours(1));
            assert_eq!(app.web.post(format!("{link}/undo")).send().await.unwrap().status(), 200);
        }
        assert_eq!(app.number(mails).await, 2, "CON-10: two in thirty days, this door included");
    });
}

#[test]
fn the_confirmation_page_stamps_says_so_again_and_offers_the_form_when_it_is_too_late() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        customer.sign_up(&form, "rose@reader.example").await;
        customer.sign_up(&form, "late@reader.example").await;
        let link = link_to(&app, customer.id, "rose@reader.example").await;
        let late = link_to(&app, customer.id, "late@reader.example").await;
        let shown = app.web.get(&link).send().await.unwrap();
        assert_eq!(
            (header(shown.headers(), "cache-control"), header(shown.headers(), "referrer-policy")),
            ("no-store", "no-referrer")
        );
        let shown = shown.text().await.unwrap();
        assert!(
            shown.contains("rose@reader.example") && shown.contains("I want the letter, twice a month."),
            "{shown}"
        );
        let stamped = app.web.post(&link).send().await.unwrap().text().await.unwrap();
        assert!(stamped.contains("<svg class=\"stamp\"") && stamped.contains("stamp-fresh"), "{stamped}");
        assert!(stamped.contains("/preferences/"), "the first press proves the mailbox: {stamped}");
        let again = app.web.post(&link).send().await.unwrap();
        assert_eq!(again.status(), 200);
        let again = again.text().await.unwrap();
        assert!(again.contains("Already confirmed") && !again.contains("/preferences/"), "{again}");
        app.app.clock.advance(chrono::TimeDelta::days(8));
        let answer = app.web.post(&late).send().await.unwrap();
        assert_eq!(answer.status(), 410);
        let answer = answer.text().await.unwrap();
        assert!(answer.contains("/again") && answer.contains("I want the letter, twice a month."), "{answer}");
        let mails = "SELECT count(*) AS number FROM deliveries WHERE kind = 'confirmation'";
        assert_eq!(
            (app.web.get(format!("{late}/again")).send().await.unwrap().status().as_u16(), app.number(mails).await),
            (405, 2)
        );
        for sent in [3, 3, 3] {
            assert_eq!(app.web.post(format!("{late}/again")).send().await.unwrap().status(), 200);
            assert_eq!(app.number(mails).await, sent, "CON-10: under the ceilings");
        }
        let id = subscription_of(&app, customer.id, "late@reader.example").await;
        assert_eq!(state_of(&app, id).await, "pending");
        app.confirm(&link_to(&app, customer.id, "late@reader.example").await).await;
        assert_eq!(app.web.get(format!("{}/confirm/nonsense", app.url)).send().await.unwrap().status(), 404);
    });
}
