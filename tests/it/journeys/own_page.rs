//! A reader's own page on real mail: from the footer of a letter to fewer letters, another address, and none at all.

use chrono::TimeDelta;
use estampille::clock::Clock;
use estampille::storage::Timestamp;
use serde_json::{Value, json};

use crate::support::{Customer, Mail, TestApp, on_both_databases};

const ROSE: &str = "rose@reader.example";
const NEW: &str = "rose@balbec.example";

/// Sends a campaign to the list of one reader; the mail, unless it is skipped.
async fn letter(app: &TestApp, customer: &Customer<'_>, list: &str, to: Option<&str>) -> Option<Mail> {
    letter_called("A letter", app, (customer, list), to).await
}

async fn letter_called(
    subject: &str,
    app: &TestApp,
    (customer, list): (&Customer<'_>, &str),
    to: Option<&str>,
) -> Option<Mail> {
    let id = customer.send_campaign(list, subject).await;
    customer.until_planned(&id).await;
    app.app.clock.advance(TimeDelta::seconds(30));
    let mail = match to {
        Some(to) => Some(app.inbox.next_to(to).await),
        None => None,
    };
    let counts = customer.until_campaign(&id, "finished").await;
    let expected = if to.is_some() { (1, 0) } else { (0, 1) };
    assert_eq!((counts["accepted"].as_i64(), counts["skipped"].as_i64()), (Some(expected.0), Some(expected.1)));
    if to.is_none() {
        let skipped = customer.get(&format!("/campaigns/{id}/deliveries?state=skipped")).await;
        let cause = skipped["items"][0]["last_reply"].as_str().unwrap_or_default().to_owned();
        assert!(cause.starts_with("frequency: "), "the sender sees why: {cause}");
    }
    mail
}

async fn post(app: &TestApp, url: &str, fields: &[(&str, &str)]) -> String {
    let answer = app.web.post(url).form(fields).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    answer.text().await.unwrap()
}

/// The link of the mail leads to the door, and the door mails the way in.
async fn own_page(app: &TestApp, mail: &Mail, address: &str) -> String {
    post(app, &mail.link("/preferences/"), &[]).await;
    app.inbox.next_to(address).await.link("/preferences/")
}

/// The first value of the hidden field of this name on a page.
async fn hidden(app: &TestApp, page: &str, name: &str) -> String {
    let text = app.web.get(page).send().await.unwrap().text().await.unwrap();
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name} in {text}"));
    rest.split('"').next().unwrap().to_owned()
}

/// UNS-01: the two fields of RFC 8058, on greetings too.
fn assert_can_be_left(mail: &Mail) {
    let ways = mail.header("List-Unsubscribe");
    assert!(ways.contains("/unsubscribe/") && ways.contains("mailto:"), "{ways}");
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(mail.header("List-Id").contains("Letters"), "{}", mail.header("List-Id"));
}

#[test]
fn a_reader_gets_fewer_letters_at_another_address_and_then_none() {
    on_both_databases(|kind| async move {
        let monday = "2026-11-23T09:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let app = TestApp::start_with(kind, &[], Clock::standing_at(Timestamp::from(monday))).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let change = json!({ "welcome_mail": true, "goodbye_mail": true });
        assert_eq!(customer.call("PATCH", &format!("/lists/{list}"), Some(&change)).await.0, 200);
        customer.stamp(&customer.form(&list).await, ROSE).await;
        let welcome = app.inbox.next_to(ROSE).await;
        assert!(welcome.subject().contains("Letters"), "{}", welcome.subject());
        assert_eq!(welcome.header("Auto-Submitted"), "auto-generated", "HDR-05");
        assert_can_be_left(&welcome);

        let first = letter(&app, &customer, &list, Some(ROSE)).await.unwrap();
        let page = own_page(&app, &first, ROSE).await;
        let subscription = hidden(&app, &page, "subscription").await;
        let weekly = [("subscription", subscription.as_str()), ("frequency", "week"), ("paused_until", "")];
        assert!(post(&app, &format!("{page}/rhythm"), &weekly).await.contains("At most one mail a week"));
        let told = customer.subscription(ROSE).await;
        assert_eq!((told["frequency"].as_str(), &told["paused_until"]), (Some("week"), &Value::Null));
        letter(&app, &customer, &list, None).await;
        app.app.clock.advance(TimeDelta::days(7));
        letter(&app, &customer, &list, Some(ROSE)).await;
        let page = own_page(&app, &first, ROSE).await;
        let pause = [("subscription", subscription.as_str()), ("frequency", "every"), ("paused_until", "2026-12-20")];
        assert!(post(&app, &format!("{page}/rhythm"), &pause).await.contains("No mail until 20 December 2026"));
        let told = customer.subscription(ROSE).await;
        assert_eq!((&told["frequency"], told["paused_until"].as_str()), (&Value::Null, Some("2026-12-20T00:00:00Z")));
        letter(&app, &customer, &list, None).await;

        post(&app, &format!("{page}/address"), &[("address", NEW)]).await;
        for who in [ROSE, NEW] {
            post(&app, &app.inbox.next_to(who).await.link("/address/"), &[]).await;
        }
        app.app.clock.advance(TimeDelta::days(20));
        let moved = letter(&app, &customer, &list, Some(NEW)).await.unwrap();

        let page = own_page(&app, &moved, NEW).await;
        let kept: Value = app.web.get(format!("{page}/export.json")).send().await.unwrap().json().await.unwrap();
        assert_eq!((kept["address"].as_str(), kept["deliveries"].as_array().unwrap().len() > 8), (Some(NEW), true));
        let subjects = kept["deliveries"].as_array().unwrap().iter().filter(|mail| mail["subject"] == "A letter");
        assert_eq!(subjects.count(), 5, "what went to the old address is theirs too");
        assert_eq!(kept["consent"].as_array().unwrap().len(), 5, "the mail that asked is a record too");

        app.unsubscribe_one_click(&first).await;
        let goodbye = app.inbox.next_to(NEW).await;
        assert_eq!((goodbye.header("Auto-Submitted").as_str(), goodbye.to.len()), ("auto-generated", 1));
        assert!(goodbye.text().contains("news@sender.example"), "whom to write to: {}", goodbye.text());
        assert_can_be_left(&goodbye);
        app.unsubscribe_one_click(&goodbye).await;
        assert_eq!(customer.subscription(NEW).await["end_reason"], "one_click", "who has left stays so");
        let again = goodbye.link("/unsubscribe/");
        post(&app, &format!("{again}/undo"), &[]).await;
        app.confirm(&app.inbox.next_to(NEW).await.link("/confirm/")).await;
        app.inbox.next_to(NEW).await;
        assert_eq!(customer.subscription(NEW).await["state"], "confirmed", "back by a new confirmation");
        let page = own_page(&app, &moved, NEW).await;
        post(&app, &format!("{page}/erase"), &[]).await;
        for who in [ROSE, NEW] {
            let left = format!("SELECT count(*) AS number FROM deliveries WHERE address = '{who}'");
            app.until_number(&left, 0).await;
        }
        app.stop().await;
    });
}

/// The letters that a digest leads to: what stands behind each of its links, in their order.
async fn letters_behind(app: &TestApp, digest: &Mail) -> Vec<String> {
    let mut letters = Vec::new();
    for part in digest.text().split_whitespace().filter(|word| word.contains("/letter/")) {
        let answer = app.web.get(part).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        letters.push(answer.text().await.unwrap());
        assert_eq!(app.web.get(format!("{part}a")).send().await.unwrap().status(), 404);
    }
    letters
}

#[test]
fn a_reader_of_digests_gets_every_letter_that_was_held_back_in_one_mail() {
    on_both_databases(|kind| async move {
        let monday = "2026-11-23T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let app = TestApp::start_with(kind, &[], Clock::standing_at(Timestamp::from(monday))).await;
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        customer.stamp(&customer.form(&list).await, ROSE).await;
        let to_list = (&customer, list.as_str());
        let first = letter_called("Before", &app, to_list, Some(ROSE)).await.unwrap();
        let page = own_page(&app, &first, ROSE).await;
        let subscription = hidden(&app, &page, "subscription").await;
        let weekly = [("subscription", subscription.as_str()), ("frequency", "digest_week"), ("paused_until", "")];
        assert!(post(&app, &format!("{page}/rhythm"), &weekly).await.contains("One digest a week, on Monday"));
        assert_eq!(customer.subscription(ROSE).await["frequency"], "digest_week");
        let kept: Value = app.web.get(format!("{page}/export.json")).send().await.unwrap().json().await.unwrap();
        assert_eq!(kept["subscriptions"][0]["frequency"], "digest_week");

        letter_called("Stamps of June", &app, to_list, None).await;
        letter_called("Stamps of July", &app, to_list, None).await;
        app.app.clock.advance(TimeDelta::days(7));
        app.restart_worker().await;
        let digest = app.inbox.next_to(ROSE).await;
        assert_eq!(digest.subject(), "Letters: 2 letters");
        assert_can_be_left(&digest);
        let letters = letters_behind(&app, &digest).await;
        assert_eq!(letters.len(), 2, "{}", digest.text());
        for (letter, subject) in letters.iter().zip(["Stamps of June", "Stamps of July"]) {
            assert!(letter.contains(&format!(">{subject}</h1>")) && !letter.contains("/unsubscribe/"), "{letter}");
            assert!(digest.text().contains(&format!("- {subject} (23 November 2026)")), "{}", digest.text());
            assert!(digest.html().contains(subject), "{}", digest.html());
        }
        let digests = "SELECT count(*) AS number FROM deliveries WHERE kind = 'digest' AND state = 'accepted'";
        app.until_number(digests, 1).await;

        app.app.clock.advance(TimeDelta::days(7));
        app.restart_worker().await;
        let looked =
            format!("SELECT count(*) AS number FROM subscriptions WHERE digest_at > {}", app.app.clock.now().micros());
        app.until_number(&looked, 1).await;
        assert_eq!(app.number(digests).await, 1, "nothing was held back, so nothing is told");

        letter_called("Stamps of August", &app, to_list, None).await;
        let page = own_page(&app, &first, ROSE).await;
        let every = [("subscription", subscription.as_str()), ("frequency", "every"), ("paused_until", "")];
        post(&app, &format!("{page}/rhythm"), &every).await;
        app.app.clock.advance(TimeDelta::minutes(15));
        app.restart_worker().await;
        let last = app.inbox.next_to(ROSE).await;
        assert_eq!(last.subject(), "Letters: one letter");
        assert!(letters_behind(&app, &last).await[0].contains("Stamps of August"));
        letter_called("After", &app, to_list, Some(ROSE)).await;
        app.unsubscribe_one_click(&digest).await;
        assert_eq!(customer.subscription(ROSE).await["end_reason"], "one_click");
        app.stop().await;
    });
}
