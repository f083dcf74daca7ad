//! A campaign that goes wrong stops by itself, says why in numbers, and goes on only when a person says so.

use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use estampille::campaigns::brakes::{self, LookBack};
use estampille::storage::{CampaignId, Conn};
use estampille::subscriptions::{self, Circumstances, Signup, Via};
use serde_json::{Value, json};

use super::campaigns::address;
use crate::support::app::owner_of;
use crate::support::{Answer, Customer, TestApp, on_both_databases};

/// This many people who confirmed, without a mail having gone out.
async fn stamp(app: &TestApp, customer: &Customer<'_>, list: &str, readers: usize) {
    let (keys, now) = (app.app.keys.clone(), app.app.clock.now());
    let asked = move |reader: usize, account_id, list_id| Signup {
        account_id,
        list_id,
        address: address(reader).parse().unwrap(),
        attributes: std::collections::BTreeMap::new(),
        form: None,
        shown_in: None,
        wording: String::new(),
        language: None,
        via: Via::Operator,
        circumstances: Circumstances::default(),
        detail: "the tests".to_owned(),
    };
    let (account, list) = (customer.id, list.parse().unwrap());
    let work = move |conn: &mut Conn| {
        for reader in 1..=readers {
            subscriptions::stamp_by_operator(conn, &keys, &asked(reader, account, list), now)?;
        }
        Ok(())
    };
    app.app.db.write(work).await.unwrap();
}

/// PAC-07.
#[test]
fn pac_07_dead_addresses_stop_a_campaign_and_a_person_lets_it_go_on() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        stamp(&app, &customer, &list, 54).await;
        for dead in 1..=3 {
            app.inbox.answer(&address(dead), Answer::Always("550 5.1.1 No such user here".into()));
        }
        // This one waits, so that the campaign is still on its way when it is looked at.
        app.inbox.answer(&address(4), Answer::Always("451 4.3.0 Later".into()));
        let campaign = customer.send_campaign(&list, "The stamps of November").await;
        let done =
            "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state IN ('accepted', 'failed')";
        app.until_number(done, 53).await;
        assert_eq!(customer.get(&format!("/campaigns/{campaign}")).await["state"], "sending", "too small a sample");
        let strict = json!({ "sample": 50, "bounces_percent": 4.0 });
        let (status, set) = customer.call("PATCH", "/account/brakes", Some(&strict)).await;
        assert_eq!((status.as_u16(), &set["bounces_percent"]), (200, &json!(4.0)), "{set}");
        customer.until_campaign(&campaign, "paused").await;
        let shown = customer.get(&format!("/campaigns/{campaign}")).await;
        let reason = shown["paused_reason"].as_str().unwrap();
        assert!(reason.contains("3 of 53") && reason.contains("At 4 %") && reason.contains("resume"), "{reason}");
        let notice = app.inbox.next_to(&owner_of("Papeterie")).await;
        assert!(notice.subject().contains("The stamps of November"), "{}", notice.subject());
        assert!(notice.text().contains("3 of 53") && notice.text().contains(&campaign), "{}", notice.text());
        assert_eq!(notice.header("Auto-Submitted"), "auto-generated");
        customer.post(&format!("/campaigns/{campaign}/resume"), &json!({})).await;
        let found = app.app.db.read(brakes::look).await.unwrap();
        assert!(found.is_empty(), "the same numbers do not stop it again: {found:?}");
        let resumed = customer.get(&format!("/campaigns/{campaign}")).await;
        assert_eq!((&resumed["state"], &resumed["paused_reason"]), (&json!("sending"), &Value::Null), "{resumed}");
        app.stop().await;
    });
}

/// PAC-07: bounces come for days after the last message left; then there is nothing to stop, and still something to say.
#[test]
fn pac_07_a_campaign_that_has_finished_still_warns() {
    on_both_databases(|kind| async move {
        let mut app = TestApp::start(kind).await;
        app.forgive_left_over();
        let customer = app.create_account("Papeterie").await;
        let list = customer.list("Letters", "en").await;
        stamp(&app, &customer, &list, 54).await;
        let strict = json!({ "sample": 50, "bounces_percent": 1.0 });
        assert_eq!(customer.call("PATCH", "/account/brakes", Some(&strict)).await.0.as_u16(), 200);
        let campaign = customer.send_campaign(&list, "The stamps of November").await;
        customer.until_campaign(&campaign, "finished").await;
        let now = app.app.clock.now();
        let from = LookBack { after: None, most: 50 };
        let look_from = async |from, at| app.app.db.read(move |conn| brakes::look_back(conn, from, at)).await.unwrap();
        let look_back = async |at| look_from(from, at).await.found;
        assert!(look_back(now).await.is_empty(), "nothing came back yet");
        // A look goes as far as it may, and on from there.
        let id: CampaignId = campaign.parse().unwrap();
        assert_eq!(look_from(LookBack { most: 1, ..from }, now).await.next, Some(id));
        assert_eq!(look_from(LookBack { after: Some(id), most: 1 }, now).await.next, None, "it is the only one");
        let mail = app.inbox.next_to(&address(7)).await;
        let report = format!(
            "From: MAILER-DAEMON@mx.reader.example\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=cut\r\n\r\n--cut\r\n\r\nNo.\r\n--cut\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.reader.example\r\n\r\n\
             Final-Recipient: rfc822; {0}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--cut--\r\n",
            mail.to[0]
        );
        app.deliver_report(&mail.from, report.as_bytes()).await;
        customer.until_subscription(&address(7), "ended").await;
        let later = now + chrono::TimeDelta::days(20);
        assert!(look_back(later).await.is_empty(), "what is long ago is not looked at any more");
        let account = customer.id;
        // The worker may have been quicker; either way it is said once.
        let found = look_back(now).await;
        let told = app.number("SELECT count(*) AS number FROM campaign_brakes WHERE warned_at IS NOT NULL").await;
        assert!(found == [(account, id)] || (found.is_empty() && told == 1), "{found:?}, {told}");
        app.app.db.write(move |conn| brakes::brake(conn, account, id, now)).await.unwrap();
        let notice = app.inbox.next_to(&owner_of("Papeterie")).await;
        assert!(notice.text().contains("1 of 54") && notice.text().contains("has finished"), "{}", notice.text());
        assert!(!notice.text().contains("resume"), "{}", notice.text());
        assert!(look_back(now).await.is_empty(), "it is said once");
        assert_eq!(customer.get(&format!("/campaigns/{campaign}")).await["state"], "finished");
        app.stop().await;
    });
}

#[test]
fn an_account_chooses_its_brakes_within_what_the_operator_allows() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let usual = json!({ "bounces_percent": 5.0, "complaints_percent": 0.3, "sample": 200 });
        assert_eq!(customer.get("/account/brakes").await, usual);
        let lax = json!({ "bounces_percent": 6, "complaints_percent": 0.31, "sample": 10 });
        let (status, problem) = customer.call("PATCH", "/account/brakes", Some(&lax)).await;
        assert_eq!(status.as_u16(), 422, "{problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "every wrong number at once: {problem}");
        let now = app.app.clock.now();
        let new = tokens::NewToken { account_id: None, label: "tests".into(), scope: Scope::Full };
        let (_, token) = app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await.unwrap();
        let bounds = json!({ "complaints_percent": 0.1, "soft_bounces": 4, "soft_bounce_days": 20 });
        let url = format!("{}/api/v1/operator/brakes", app.url);
        let answer = app.web.patch(url).bearer_auth(&token).json(&bounds).send().await.unwrap();
        let told: Value = answer.json().await.unwrap();
        assert_eq!((&told["soft_bounces"], &told["complaints_percent"]), (&json!(4), &json!(0.1)), "{told}");
        assert_eq!(customer.get("/account/brakes").await["complaints_percent"], json!(0.1), "it holds at once");
        let audited = "SELECT count(*) AS number FROM audit_entries WHERE action = 'brakes.bounds'";
        assert_eq!(app.number(audited).await, 1);
        app.stop().await;
    });
}
