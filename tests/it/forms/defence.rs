//! A form that is asked too much demands more, tells of it once, and goes on taking people.

use chrono::TimeDelta;
use estampille::accounts::users;
use estampille::texts::Language;
use serde_json::{Value, json};

use super::{bits, execute, form_with, hidden, mails_to, send, signed_in, story, url_of, work};
use crate::support::app::owner_of;
use crate::support::{TestApp, until};

/// Asks a form for so many addresses, each from a network of its own, without showing anything.
async fn flood(app: &TestApp, form: &str, count: usize) {
    for at in 0..count {
        let address = format!("victim{at}@reader.example");
        send(app, form, &format!("10.{}.{}.9", at / 250, at % 250), &[("address", &address), ("consent", "on")]).await;
    }
}

#[test]
fn con_10_a_flooded_form_asks_for_work_and_takes_who_works_or_waits() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        flood(&app, &form, 61).await;
        let fields = [("address", "rose@reader.example"), ("consent", "on")];
        let asked = send(&app, &form, "192.0.2.1", &fields).await;
        assert_eq!(asked.status(), 200);
        let page = asked.text().await.unwrap();
        assert!(page.contains("One moment") && mails_to(&app, "rose@reader.example").await == 0, "{page}");

        // A11Y-02: who has no script waits, and what was typed is still there.
        assert_eq!(hidden(&page, "address"), "rose@reader.example");
        let pass = hidden(&page, "pass");
        let again = [fields[0], fields[1], ("pass", pass.as_str()), ("work", "")];
        app.app.clock.advance(TimeDelta::seconds(12));
        let early = send(&app, &form, "192.0.2.1", &again).await.text().await.unwrap();
        assert!(early.contains("wait 8 seconds") && hidden(&early, "pass") == pass, "the time waited counts: {early}");
        app.app.clock.advance(TimeDelta::seconds(8));
        let taken = send(&app, &form, "192.0.2.1", &again).await.text().await.unwrap();
        assert!(taken.contains("Look into your mailbox"), "{taken}");
        assert_eq!(mails_to(&app, "rose@reader.example").await, 1);

        // A pass proves once.
        let other = [("address", "max@reader.example"), ("consent", "on"), ("pass", pass.as_str()), ("work", "")];
        let spent = send(&app, &form, "192.0.2.2", &other).await.text().await.unwrap();
        assert!(spent.contains("One moment") && hidden(&spent, "pass") != pass, "{spent}");
        assert_eq!(mails_to(&app, "max@reader.example").await, 0);

        // The form's own page hands the work out at once, and a script is told what to do.
        let shown =
            app.web.get(&form).header("x-forwarded-for", "192.0.2.3").send().await.unwrap().text().await.unwrap();
        let (pass, numbers) = (hidden(&shown, "pass"), work(&hidden(&shown, "pass"), bits(&shown)));
        let worked = [("address", "max@reader.example"), ("consent", "on"), ("pass", &pass), ("work", &numbers)];
        let taken = send(&app, &form, "192.0.2.3", &worked).await.text().await.unwrap();
        assert!(taken.contains("Look into your mailbox"), "{taken}");
        let body = json!({ "address": "ann@reader.example", "consent": true });
        let told = app.web.post(&form).json(&body).send().await.unwrap();
        assert_eq!(told.status(), 428);
        let told: Value = told.json().await.unwrap();
        assert_eq!((&told["bits"], &told["wait_seconds"]), (&json!(14), &json!(20)));
    });
}

#[test]
fn a_pass_of_another_form_a_forged_one_and_borrowed_work_are_worth_nothing() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let (form, other) = (customer.form(&list).await, customer.form(&list).await);
        flood(&app, &form, 61).await;
        let shown = |url: String| async { app.web.get(url).send().await.unwrap().text().await.unwrap() };
        let (own, strange) = (hidden(&shown(form.clone()).await, "pass"), hidden(&shown(other).await, "pass"));
        let borrowed = work(&own, 14);
        app.app.clock.advance(TimeDelta::seconds(10));
        for (pass, numbers) in [
            (strange.as_str(), borrowed.as_str()),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", borrowed.as_str()),
            (own.as_str(), "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"),
        ] {
            let fields = [("address", "rose@reader.example"), ("consent", "on"), ("pass", pass), ("work", numbers)];
            let page = send(&app, &form, "192.0.2.1", &fields).await.text().await.unwrap();
            assert!(page.contains("One moment"), "{pass}");
        }
        assert_eq!(mails_to(&app, "rose@reader.example").await, 0);
    });
}

#[test]
fn nobody_reads_and_fills_in_a_form_within_a_second() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let form = customer.form(&customer.list("Letters", "en").await).await;
        let page = app.web.get(&form).send().await.unwrap().text().await.unwrap();
        assert_eq!(bits(&page), 0, "calm times ask for nothing");
        let pass = hidden(&page, "pass");
        let fields = [("address", "rose@reader.example"), ("consent", "on"), ("pass", pass.as_str())];
        assert!(send(&app, &form, "192.0.2.1", &fields).await.text().await.unwrap().contains("One moment"));
        app.app.clock.advance(TimeDelta::seconds(2));
        assert!(send(&app, &form, "192.0.2.1", &fields).await.text().await.unwrap().contains("Look into your mailbox"));
    });
}

#[test]
fn a_flood_is_told_once_to_the_account_and_the_operator_and_shown_on_the_form() {
    story(|app| async move {
        let operator = "operator@lists.example";
        let now = app.app.clock.now();
        let address = operator.parse().unwrap();
        app.app
            .db
            .write(move |conn| users::create_operator(conn, &address, None, Language::ENGLISH, now))
            .await
            .unwrap();
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        flood(&app, &form, 70).await;
        for reader in [owner_of("Papeterie").as_str(), operator] {
            let mail = app.inbox.next_to(reader).await;
            assert!(mail.subject().contains("“Our letter” is being flooded"), "{}", mail.subject());
            assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        }
        app.app.clock.advance(TimeDelta::hours(2));
        app.until_number("SELECT count(*) AS number FROM floods WHERE ended_at IS NOT NULL", 1).await;
        flood(&app, &form, 70).await;
        for (sql, expected) in [
            ("SELECT count(*) AS number FROM deliveries WHERE kind = 'flood'", 2),
            ("SELECT count(*) AS number FROM floods", 1),
            ("SELECT count(*) AS number FROM audit_entries WHERE action = 'form.flooded'", 1),
        ] {
            assert_eq!(app.number(sql).await, expected, "{sql}");
        }
    });
}

#[test]
fn con_10_who_did_not_ask_is_left_alone_by_every_account_and_it_counts_against_the_form() {
    story(|app| async move {
        let (one, two) = (app.create_account("Papeterie").await, app.create_account("Imprimerie").await);
        let form = one.form(&one.list("Letters", "en").await).await;
        let other = two.form(&two.list("Stamps", "en").await).await;
        let victim = "victim@reader.example";
        one.sign_up(&form, victim).await;
        two.sign_up(&other, victim).await;
        let mail = app.inbox.next_to(victim).await;
        let answer = app.web.post(format!("{}/not-me", mail.link("/confirm/"))).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let pending = "SELECT count(*) AS number FROM subscriptions WHERE state = 'pending'";
        assert_eq!(app.number(pending).await, 0, "the other account's request ended too");
        app.app.clock.advance(TimeDelta::days(60));
        let three = app.create_account("Librairie").await;
        let third = three.form(&three.list("Books", "en").await).await;
        let before = mails_to(&app, victim).await;
        let page = send(&app, &third, "192.0.2.1", &[("address", victim), ("consent", "on")]).await;
        assert!(page.text().await.unwrap().contains("Look into your mailbox"), "the answer is the same");
        assert_eq!(mails_to(&app, victim).await, before);
        let counted = "SELECT count(*) AS number FROM counters WHERE name LIKE 'unwanted/form/%'";
        assert_eq!(app.number(counted).await, 1);
    });
}

#[test]
fn held_mail_waits_until_somebody_lets_it_go_or_drops_it() {
    story(|app| async move {
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        let form = form_with(&customer, &list, json!({})).await;
        let id = form["id"].as_str().unwrap();
        // As if three thousand people had worked and were mailed within the hour.
        let window = app.app.clock.now().window(TimeDelta::minutes(15)).micros();
        let sql = format!("INSERT INTO counters (name, window_at, hits) VALUES ('mailed/form/{id}', {window}, 3000)");
        execute(&app, &sql).await;
        for who in ["rose", "max"] {
            let shown = app.web.get(url_of(&form)).send().await.unwrap().text().await.unwrap();
            let (pass, address) = (hidden(&shown, "pass"), format!("{who}@reader.example"));
            app.app.clock.advance(TimeDelta::seconds(120));
            let fields = [("address", address.as_str()), ("consent", "on"), ("pass", pass.as_str()), ("work", "")];
            let page = send(&app, &url_of(&form), "192.0.2.1", &fields).await.text().await.unwrap();
            assert!(page.contains("Look into your mailbox"), "{page}");
        }
        let held = "SELECT count(*) AS number FROM confirmations WHERE held_at IS NOT NULL";
        assert_eq!((app.number(held).await, mails_to(&app, "rose@reader.example").await), (2, 0));
        let session = signed_in(&app, &owner_of("Papeterie")).await;
        let path = format!("{}/lists/{list}/forms/{id}", app.url);
        let page = session.get(&path).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("2 confirmation mails are held"), "{page}");
        let csrf = hidden(&page, "csrf");
        let decided = session.post(format!("{path}/held")).form(&[("csrf", csrf.as_str()), ("act", "release")]);
        assert_eq!(decided.send().await.unwrap().status(), 303);
        assert_eq!(app.number(held).await, 0);
        app.app.clock.advance(TimeDelta::seconds(6));
        for who in ["rose", "max"] {
            let mail = app.inbox.next_to(&format!("{who}@reader.example")).await;
            app.confirm(&mail.link("/confirm/")).await;
        }
        until("both are stamped", || async {
            (app.number("SELECT count(*) AS number FROM subscriptions WHERE state = 'confirmed'").await == 2)
                .then_some(())
        })
        .await;
    });
}
