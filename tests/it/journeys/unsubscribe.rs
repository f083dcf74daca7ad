//! Leaving: one click, by the page, by mail.

use serde_json::json;

use super::campaigns::{address, list_of};
use crate::support::{Mail, TestApp, on_both_databases, smtp_client};

/// A finished campaign to one reader: what that reader got.
async fn one_mail(app: &TestApp, customer: &crate::support::Customer<'_>) -> Mail {
    let (list, _) = list_of(customer, 1).await;
    let campaign = customer.send_campaign(&list, "First").await;
    let mail = app.inbox.next_to(&address(1)).await;
    customer.until_campaign(&campaign, "finished").await;
    mail
}

/// UNS-03, UNS-07.
#[test]
fn uns_03_one_click_works_in_both_encodings_twice_and_without_cookies() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let mail = one_mail(&app, &customer).await;
        let url = mail.one_click_url();
        for _ in 0..100 {
            assert_eq!(app.web.get(&url).send().await.unwrap().status(), 200);
        }
        assert_eq!(customer.subscription(&address(1)).await["state"], "confirmed", "UNS-04: looking changes nothing");
        let form = reqwest::multipart::Form::new().text("List-Unsubscribe", "One-Click");
        let answer = app.web.post(&url).multipart(form).header("Cookie", "estampille_session=x").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let subscription = customer.subscription(&address(1)).await;
        assert_eq!((&subscription["state"], &subscription["end_reason"]), (&json!("ended"), &json!("one_click")));
        app.unsubscribe_one_click(&mail).await;
        assert_eq!(customer.subscription(&address(1)).await, subscription, "a second click changes nothing");
        app.stop().await;
    });
}

/// UNS-07.
#[test]
fn uns_07_a_forged_link_is_refused_and_changes_nobody() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let url = one_mail(&app, &customer).await.one_click_url();
        let (start, last) = url.split_at(url.len() - 1);
        let forged = format!("{start}{}", if last == "a" { "b" } else { "a" });
        let answer = app.web.post(&forged).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{}", answer.status());
        assert_eq!(customer.subscription(&address(1)).await["state"], "confirmed");
        app.stop().await;
    });
}

/// UNS-10.
#[test]
fn uns_10_a_mail_to_the_unsubscribe_address_takes_its_subscription_out() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let mail = one_mail(&app, &customer).await;
        let field = mail.header("List-Unsubscribe");
        let mailto = field.split(['<', '>', ',']).find_map(|item| item.trim().strip_prefix("mailto:")).unwrap();
        let to = mailto.split('?').next().unwrap().to_owned();
        let message = format!("From: {0}\r\nTo: {to}\r\nSubject: unsubscribe\r\n\r\nunsubscribe\r\n", address(1));
        smtp_client::deliver(app.inbound, &address(1), &to, message.as_bytes()).await.unwrap();
        let subscription = customer.until_subscription(&address(1), "ended").await;
        assert_eq!(subscription["end_reason"], "mail", "{subscription}");
        app.stop().await;
    });
}

/// CON-13: nobody but the person brings an address back.
#[test]
fn con_13_after_a_one_click_the_api_does_not_write_again_and_the_person_may_come_back() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 1).await;
        let campaign = customer.send_campaign(&list, "First").await;
        let mail = app.inbox.next_to(&address(1)).await;
        customer.until_campaign(&campaign, "finished").await;
        app.unsubscribe_one_click(&mail).await;
        let asked = json!({ "list_id": list, "address": address(1), "source": "shop" });
        customer.call("POST", "/subscriptions", Some(&asked)).await;
        customer.stamp(&form, "other@reader.example").await;
        assert_eq!(app.inbox.count_to(&address(1)), 2, "no mail to who left");
        assert_eq!(customer.subscription(&address(1)).await["state"], "ended");
        app.stop().await;
    });
}
