//! The proof of one person: on paper in two languages, as JSON, for the account and for the operator.

use estampille::accounts::users;
use estampille::clock::{Clock, Timestamp};
use estampille::keyring::{digest, hex};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::pages::Browser;
use crate::support::app::{PASSWORD, owner_of};
use crate::support::{TestApp, on_both_databases, until};

async fn person(customer: &crate::support::Customer<'_>, address: &str) -> String {
    let found = customer.get(&format!("/subscribers?address={address}")).await;
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

/// What the page says of somebody who signed up and confirmed.
const SAID: [&str; 7] = [
    "Proof of consent",
    "anne@reader.example",
    "12 rue du Tampon",
    "I want the letter, twice a month.",
    "/confirm/•••",
    "All 3 records",
    "pressed the button that confirms",
];

#[test]
fn con_04_the_proof_shows_form_mail_click_and_check_in_both_languages_and_as_json() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "en").await).await;
        let look = json!({ "look": { "style": "styled", "accent": "#7a1f4b", "corners": "round", "font": "serif" } });
        let form_id = form.rsplit('/').next().unwrap().to_owned();
        assert_eq!(shop.call("PATCH", &format!("/forms/{form_id}"), Some(&look)).await.0, StatusCode::OK);
        shop.sign_up(&form, "anne@reader.example").await;
        let mail = app.inbox.next_to("anne@reader.example").await;
        let link = mail.link("/confirm/");
        app.confirm(&link).await;
        let id = person(&shop, "anne@reader.example").await;
        let path = format!("/subscribers/{id}/consent");
        let consent = until("the mail is on record", || async {
            let consent = shop.get(&path).await;
            (consent["records"].as_array().unwrap().len() == 3).then_some(consent)
        })
        .await;
        assert_eq!((&consent["verified"], &consent["break"]), (&Value::Bool(true), &Value::Null), "{consent}");
        let mailed = consent["records"].as_array().unwrap().iter().find(|record| record["event"] == "mailed").unwrap();
        assert_eq!(mailed["mail_hash"], hex(&digest(&mail.message)), "{mailed}");
        assert_eq!(mailed["mail"]["subject"], mail.subject());
        assert_eq!(consent["records"][0]["form"]["consent_text"], "I want the letter, twice a month.");
        let shown = &consent["records"][0]["form"];
        assert_eq!((&shown["look"]["accent"], &shown["look"]["corners"]), (&json!("#7a1f4b"), &json!("round")));
        assert!(shown["css"].as_str().unwrap().contains("--ef-accent:#7a1f4b"), "{shown}");
        assert_eq!((&consent["records"][0]["form_version"], &shown["shown_until"]), (&json!(2), &Value::Null));
        assert_eq!((&consent["checked"], &consent["last_walk"]), (&json!("chain"), &Value::Null));
        // CON-08: the account never sees the secret with which it could confirm in the reader's place.
        let token = link.rsplit('/').next().unwrap();
        assert!(!consent.to_string().contains(token));

        let browser = Browser::signed_in(&app, "Papeterie").await;
        let page = browser.text(&format!("/subscribers/{id}/proof")).await;
        for words in SAID.into_iter().chain([hex(&digest(&mail.message)).as_str()]) {
            assert!(page.contains(words), "{words} in {page}");
        }
        assert!(!page.contains(token));
        // Drawn with the look of its version, which the page also says in words.
        let class = format!("shown-{form_id}-2");
        for words in [class.as_str(), "#7a1f4b", "with serifs", "round", "/proof.css"] {
            assert!(page.contains(words), "{words} in {page}");
        }
        let styles = browser.text(&format!("/subscribers/{id}/proof.css")).await;
        assert!(styles.starts_with(&format!(".{class}{{")) && styles.contains("--ef-accent:#7a1f4b"), "{styles}");
        let french = browser.text(&format!("/subscribers/{id}/proof?language=fr")).await;
        assert!(french.contains("<html lang=\"fr\">") && french.contains("Preuve du consentement"), "{french}");
        let file = browser.get(&format!("/subscribers/{id}/proof.json")).await;
        assert_eq!(file.json::<Value>().await.unwrap()["records"], consent["records"]);

        // LAW-02 after an erasure: what may stay is shown, and nothing else.
        assert_eq!(shop.call("DELETE", &format!("/subscribers/{id}"), None).await.0, StatusCode::NO_CONTENT);
        let page = browser.text(&format!("/subscribers/{id}/proof")).await;
        assert!(page.contains("asked for their data to be erased") && page.contains("its hash stays"), "{page}");
        assert!(!page.contains("anne@reader.example") && !page.contains(">127.0.0.1<"), "{page}");
        assert!(page.contains("All 4 records"), "{page}");
    });
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let after = page.split_once(&start).unwrap_or_else(|| panic!("{name} in {page}")).1;
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn con_04_the_form_is_drawn_in_the_language_in_which_it_was_shown_and_nothing_else_is_said_to_have_been_seen() {
    on_both_databases(|kind| async move {
        let clock = Clock::standing_at(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::start_with(kind, &[], clock).await;
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "en").await).await;
        let get = async |url: String| app.web.get(url).send().await.unwrap().text().await.unwrap();
        let hosted = get(format!("{form}?language=fr")).await;
        let (french, version) = (hidden(&hosted, "pass"), hidden(&hosted, "version"));
        let english = hidden(&get(form.clone()).await, "pass");
        // A pass alone, as our script asks for it, and as a page may that draws the form in its own way.
        let alone = async |query: &str| {
            let handed: Value = serde_json::from_str(&get(format!("{form}/pass?language=fr{query}")).await).unwrap();
            handed["pass"].as_str().unwrap().to_owned()
        };
        let (script, own_way) = (alone(&format!("&version={version}")).await, alone("").await);
        // Too quick for a person: the page that asks for a moment hands out another pass.
        let hasty =
            [("address", "hanna@reader.example"), ("consent", "yes"), ("version", &version), ("pass", french.as_str())];
        let moment = app.web.post(&form).form(&hasty).send().await.unwrap().text().await.unwrap();
        let moment = hidden(&moment, "pass");
        assert_ne!(moment, french);
        app.app.clock.advance(chrono::TimeDelta::seconds(30));
        let browser = Browser::signed_in(&app, "Papeterie").await;
        for (who, pass, version, shown_in) in [
            ("fanny", french.as_str(), version.as_str(), json!("fr")),
            ("edith", english.as_str(), &version, json!("en")),
            ("hanna", moment.as_str(), &version, json!("fr")),
            ("serge", script.as_str(), &version, json!("fr")),
            ("boris", own_way.as_str(), &version, Value::Null),
            ("noemi", script.as_str(), "", Value::Null),
            // A page that shows another version than its pass says, and HTML that was pasted somewhere.
            ("otto", french.as_str(), "7", Value::Null),
            ("paul", "", &version, Value::Null),
        ] {
            let address = format!("{who}@reader.example");
            let fields = [("address", address.as_str()), ("consent", "yes"), ("pass", pass), ("version", version)];
            let page = app.web.post(&form).form(&fields).send().await.unwrap().text().await.unwrap();
            assert!(page.contains("Look into your mailbox"), "{who}: {page}");
            let mail = app.inbox.next_to(&address).await;
            app.confirm(&mail.link("/confirm/")).await;
            let id = person(&shop, &address).await;
            let consent = shop.get(&format!("/subscribers/{id}/consent")).await;
            assert_eq!(consent["verified"], true, "{consent}");
            for record in consent["records"].as_array().unwrap().iter().filter(|record| !record["form"].is_null()) {
                let (shown, html) = (&record["form"], record["form"]["html"].as_str().unwrap());
                assert_eq!((&shown["shown_in"], &shown["language"]), (&shown_in, &json!("en")), "{who}");
                let button = if shown_in == "fr" { ">S’inscrire<" } else { ">Sign up<" };
                assert!(html.contains(button), "{who}: {html}");
            }
            let page = browser.text(&format!("/subscribers/{id}/proof")).await;
            assert_eq!(page.contains("The form as it was shown"), !shown_in.is_null(), "{who}: {page}");
            assert_eq!(page.contains("The form as it stood then"), shown_in.is_null(), "{who}: {page}");
        }
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state <> 'accepted'", 0).await;
    });
}

#[test]
fn con_04_a_list_that_was_asked_for_on_the_own_page_is_not_said_to_stand_on_a_page_of_the_sender() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "en").await).await;
        let other = shop.form(&shop.list("Notes", "en").await).await;
        shop.sign_up(&form, "anne@reader.example").await;
        let link = app.inbox.next_to("anne@reader.example").await.link("/confirm/");
        let stamped = app.web.post(link).send().await.unwrap().text().await.unwrap();
        let own = stamped.split_once("\"/preferences/").unwrap().1.split('"').next().unwrap();
        let join = format!("{}/preferences/{own}/join", app.url);
        let wanted = [("form", other.rsplit('/').next().unwrap())];
        assert_eq!(app.web.post(join).form(&wanted).send().await.unwrap().status(), StatusCode::OK);
        app.inbox.next_to("anne@reader.example").await;
        let browser = Browser::signed_in(&app, "Papeterie").await;
        let id = person(&shop, "anne@reader.example").await;
        let page = browser.text(&format!("/subscribers/{id}/proof")).await;
        let (posted, joined) = page.split_once("List “Notes”").unwrap();
        assert!(posted.contains("a page of the sender") && !posted.contains("a page of their own"), "{posted}");
        assert!(joined.contains("a page of their own") && !joined.contains("a page of the sender"), "{joined}");
        app.until_number("SELECT count(*) AS number FROM deliveries WHERE state <> 'accepted'", 0).await;
    });
}

#[test]
fn con_05_the_proof_says_what_was_changed() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "en").await).await;
        shop.stamp(&form, "anne@reader.example").await;
        let id = person(&shop, "anne@reader.example").await;
        app.stop().await;
        let forge = "UPDATE subscribers SET address_hash = address_key FROM accounts WHERE accounts.id = account_id";
        app.app.db.write(move |conn| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(forge), conn)?)).await.unwrap();
        let (account, keys, id) = (shop.id, app.app.keys.clone(), id.parse().unwrap());
        let proof = app.app.db.read(move |conn| estampille::subscriptions::proof(conn, &keys, account, id)).await;
        assert!(!proof.unwrap().unwrap().checked.state.is_whole());
    });
}

#[test]
fn the_operator_finds_a_person_everywhere_and_has_the_mail_and_the_seals_as_files() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let shop = app.create_account("Papeterie").await;
        let form = shop.form(&shop.list("Letters", "en").await).await;
        shop.sign_up(&form, "anne@reader.example").await;
        let mail = app.inbox.next_to("anne@reader.example").await;
        app.until_number("SELECT count(*) AS number FROM consent_mails", 1).await;
        let number = app.number("SELECT record_id AS number FROM consent_mails").await;
        let now = app.app.clock.now();
        let seal = app.app.db.write(move |conn| estampille::consent::seals::seal(conn, now)).await.unwrap();
        let id = person(&shop, "anne@reader.example").await;
        let user = Browser::signed_in(&app, "Papeterie").await;
        let one = format!("/operator/proofs/{id}");
        for path in ["/operator/proofs".to_owned(), one.clone(), format!("{one}.css"), "/operator/seals.txt".to_owned()]
        {
            assert_eq!(user.get(&path).await.status(), 404, "{path}");
        }
        let other = app.create_account("Other").await;
        let stranger = Browser::signed_in(&app, "Other").await;
        assert_eq!(stranger.get(&format!("/subscribers/{id}/proof")).await.status(), 404);
        assert_eq!(other.call("GET", &format!("/subscribers/{id}/consent"), None).await.0, 404);

        make_operator(&app, &owner_of("Operator")).await;
        let operator = Browser::signed_in(&app, "Operator").await;
        let found = operator.text("/operator/proofs?address=anne%40reader.example").await;
        assert!(found.contains(&format!("/operator/proofs/{id}")) && found.contains("Papeterie"), "{found}");
        let page = operator.text(&format!("/operator/proofs/{id}")).await;
        assert!(page.contains(&format!("/operator/proofs/{id}/{number}.eml")), "{page}");
        assert!(operator.text(&format!("{one}.css")).await.contains(".estampille-button"));
        let file = operator.get(&format!("/operator/proofs/{id}/{number}.eml")).await;
        assert_eq!(file.bytes().await.unwrap().as_ref(), mail.message.as_slice());
        let seals = operator.text("/operator/seals.txt").await;
        if let Some(seal) = seal {
            assert_eq!(seals, format!("{}\t{}\t1\n", seal.day, hex(&seal.digest)));
        }
        assert_eq!(seals.lines().count(), 1);
    });
}

async fn make_operator(app: &TestApp, address: &str) {
    let hash = estampille::accounts::passwords::hash_blocking(PASSWORD).unwrap();
    let (address, now) = (address.parse().unwrap(), app.app.clock.now());
    let work = move |conn: &mut estampille::storage::Conn| {
        users::create_operator(conn, &address, Some(&hash), estampille::texts::Language::ENGLISH, now)
    };
    app.app.db.write(work).await.unwrap();
}
