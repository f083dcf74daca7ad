//! Nobody is ever answered, and what is posted is bounded.

use estampille::mail::marks;
use estampille::subscriptions;

use super::fixtures;
use super::site::{Site, report};
use crate::support::{Customer, DatabaseKind, on_both_databases};

const KEPT: &str = "SELECT count(*) AS number FROM inbound_messages";

/// B08, HDR-05: whatever comes in through whatever door, no mail goes out: no answer, no receipt, no bounce, no goodbye.
async fn nothing_that_comes_in_is_answered(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let delivery = site.mailed(&customer, &form, "anne@example.org").await;
    site.app.inbox.next_to("anne@example.org").await;
    let token = subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
    let leave = marks::unsubscribe_address(&token, "bounces.estampille.example");
    let own = site.return_path(delivery.id);
    let asking = "From: Bob <bob@example.net>\nDisposition-Notification-To: bob@example.net\nReturn-Receipt-To: \
        bob@example.net\nSubject: Please answer\n\nDo you read this?\n";
    let mut fixtures: Vec<String> =
        fixtures::all().into_iter().map(|(_, message)| String::from_utf8(message).unwrap()).collect();
    fixtures.push(asking.to_owned());
    for (number, message) in fixtures.iter().enumerate() {
        let message = format!("X-Number: {number}\n{}", message.replace('\r', ""));
        // One of them for each, because the operator's mail has a ceiling for a day.
        let operator = ["abuse", "postmaster"][number % 2];
        for to in [&format!("{operator}@bounces.estampille.example"), &own, &leave] {
            // From a person, not from the null sender: somebody who could be answered.
            let taken = crate::support::smtp_client::deliver(site.address, "bob@example.net", to, message.as_bytes());
            taken.await.unwrap();
        }
        assert_eq!(post(&site, &customer, "message/rfc822", message.into_bytes()).await, 202);
    }
    site.until_judged().await;
    assert_eq!(site.app.number(KEPT).await, i64::try_from(4 * fixtures.len()).unwrap());
    assert_eq!(site.app.number("SELECT count(*) AS number FROM deliveries").await, 1, "one, and that was before");
    assert_eq!(site.app.inbox.left_over(), Vec::<String>::new(), "nothing went out");
}

#[test]
fn b08_nobody_is_ever_answered() {
    on_both_databases(nothing_that_comes_in_is_answered);
}

async fn post(site: &Site, customer: &Customer<'_>, kind: &str, body: Vec<u8>) -> u16 {
    post_with(site, customer, &[("content-type", kind)], body).await
}

async fn post_with(site: &Site, customer: &Customer<'_>, headers: &[(&str, &str)], body: Vec<u8>) -> u16 {
    let mut request = site.app.web.post(format!("{}/api/v1/reports", site.app.url)).bearer_auth(&customer.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).send().await.unwrap().status().as_u16()
}

/// Once by its content, and once by its key.
async fn the_same_report_is_kept_once(site: &Site, customer: &Customer<'_>, message: &[u8]) {
    assert_eq!(post(site, customer, "message/rfc822", message.to_vec()).await, 202);
    assert_eq!(post(site, customer, "Message/RFC822; charset=utf-8", message.to_vec()).await, 202);
    assert_eq!(site.app.number(KEPT).await, 1, "the same message once");
    let keyed = [("content-type", "message/rfc822"), ("idempotency-key", "report-1")];
    let other = [b"X-Again: yes\n", message].concat();
    assert_eq!(post_with(site, customer, &keyed, other.clone()).await, 202);
    assert_eq!(post_with(site, customer, &keyed, other).await, 202);
    assert_eq!(post_with(site, customer, &keyed, message.to_vec()).await, 422, "the key of another request");
    assert_eq!(site.app.number(KEPT).await, 2);
}

async fn other_kinds_and_sizes_are_refused(site: &Site, customer: &Customer<'_>, message: &[u8]) {
    for kind in ["application/json", "text/plain", "message/rfc8222", ""] {
        assert_eq!(post(site, customer, kind, message.to_vec()).await, 415, "{kind}");
    }
    assert_eq!(post(site, customer, "message/rfc822", Vec::new()).await, 400);
    let largest = 10 * 1024 * 1024;
    assert_eq!(post(site, customer, "message/rfc822", b"a".repeat(largest + 1)).await, 413);
    assert_eq!(post(site, customer, "message/rfc822", b"a".repeat(largest)).await, 202, "just not too large");
}

/// `POST /api/v1/reports`: what it takes, what it refuses, and the same again.
async fn posted_reports_are_bounded_and_kept_once(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let message = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown").into_bytes();
    the_same_report_is_kept_once(&site, &customer, &message).await;
    other_kinds_and_sizes_are_refused(&site, &customer, &message).await;
    site.until_judged().await;
    assert_eq!(site.app.number(KEPT).await, 3);
}

#[test]
fn posted_reports_are_bounded() {
    on_both_databases(posted_reports_are_bounded_and_kept_once);
}
