//! What follows later: a bounce that is forgiven once, and an erasure that reaches what came back.

use estampille::deliveries::{self, Kind, NewDelivery};
use estampille::storage::{Conn, DeliveryId};
use serde_json::json;

use super::site::{Site, complaint, report};
use crate::support::{Customer, DatabaseKind, on_both_databases};

/// Signs an address up and lets its mail come back as dead.
async fn bounced(site: &Site, customer: &Customer<'_>, form: &str, address: &str, said: &str) {
    let delivery = site.mailed(customer, form, address).await;
    let refused = report(address, "failed", "5.1.1", &format!("550 5.1.1 <{address}>: {said}"));
    site.deliver(&site.return_path(delivery.id), &refused).await.unwrap();
    site.until_judged().await;
}

/// A later mail to the address of a delivery comes back as dead.
async fn come_back_again(site: &Site, earlier: i64, said: &str) {
    let now = site.app.app.clock.now();
    let write = move |conn: &mut Conn| {
        let earlier = deliveries::find(conn, DeliveryId(earlier))?.unwrap();
        let later = NewDelivery {
            kind: Kind::Welcome,
            account_id: earlier.account_id,
            campaign_id: None,
            list_id: earlier.list_id,
            subscriber_id: earlier.subscriber_id,
            subscription_id: earlier.subscription_id,
            cause: None,
            address: earlier.address.unwrap(),
            expires_at: now,
        };
        deliveries::enqueue(conn, &later, now)
    };
    let later = site.app.app.db.write(write).await.unwrap();
    let refused = report("anne@example.org", "failed", "5.1.1", &format!("550 5.1.1 {said}"));
    site.deliver(&site.return_path(later), &refused).await.unwrap();
    site.until_judged().await;
}

async fn mail_that_came_back_is_forgiven_once(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    bounced(&site, &customer, &form, "anne@example.org", "User unknown").await;
    let first = customer.get("/suppressions").await["items"][0].clone();
    let path = format!("/suppressions/{}", first["id"].as_str().unwrap());
    let (status, problem) = customer.call("DELETE", &path, None).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("reason")), "{problem}");
    let why = format!("{path}?reason=Anne+wrote+from+this+address");
    assert_eq!(customer.call("DELETE", &why, None).await.0.as_u16(), 204);
    let audited = "SELECT count(*) AS number FROM audit_entries WHERE action = 'suppression.lift' \
        AND reason = 'Anne wrote from this address'";
    assert_eq!(site.app.number(audited).await, 1);
    come_back_again(&site, first["delivery_id"].as_i64().unwrap(), "User unknown again").await;
    let second = customer.get("/suppressions").await["items"][0].clone();
    assert_ne!(first["id"], second["id"]);
    let again = format!("/suppressions/{}?reason=once+more", second["id"].as_str().unwrap());
    let (status, problem) = customer.call("DELETE", &again, None).await;
    assert_eq!(status.as_u16(), 409, "{problem}");
    let story = problem["detail"].as_str().unwrap();
    assert!(story.contains("Anne wrote from this address") && story.contains("User unknown"), "{story}");
    assert_eq!(customer.get("/suppressions").await["items"][0]["id"], second["id"], "it holds");
}

#[test]
fn a_suppression_for_mail_that_came_back_is_lifted_once_and_with_a_reason() {
    on_both_databases(mail_that_came_back_is_forgiven_once);
}

/// A complaint is never lifted, whatever the reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_never_lifted() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let delivery = site.mailed(&customer, &form, "angry@example.org").await;
    site.deliver(&site.return_path(delivery.id), &complaint("Subject: Lettre")).await.unwrap();
    site.until_judged().await;
    let suppression = customer.get("/suppressions").await["items"][0].clone();
    assert_eq!(suppression["reason"], "complaint", "{suppression}");
    let path = format!("/suppressions/{}?reason=a+mistake", suppression["id"].as_str().unwrap());
    assert_eq!(customer.call("DELETE", &path, None).await.0.as_u16(), 409);
}

/// PRI-02, UNS-12.
async fn an_erasure_reaches_what_came_back(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    bounced(&site, &customer, &form, "gone@example.org", "User unknown").await;
    bounced(&site, &customer, &form, "other@example.org", "User unknown").await;
    let quoted = |table: &str| match table {
        "bounces" => "SELECT count(*) AS number FROM bounces WHERE reply LIKE '%gone@example.org%'",
        _ => "SELECT count(*) AS number FROM inbound_messages WHERE length(message) > 0",
    };
    assert_eq!(site.app.number(quoted("bounces")).await, 1);
    assert_eq!(site.app.number(quoted("inbound_messages")).await, 2);
    let found = customer.get("/subscribers?address=gone@example.org").await;
    let path = format!("/subscribers/{}", found["items"][0]["id"].as_str().unwrap());
    assert_eq!(customer.call("DELETE", &path, None).await.0.as_u16(), 204);
    assert_eq!(site.app.number(quoted("bounces")).await, 0);
    assert_eq!(site.app.number(quoted("inbound_messages")).await, 1, "the other person's stays");
    let whole = customer.get("/bounces").await.to_string() + &customer.get("/suppressions").await.to_string();
    assert!(!whole.contains("gone@example.org") && whole.contains("other@example.org"), "{whole}");
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces").await, 2, "that it came back stays");
}

#[test]
fn an_erasure_takes_away_the_replies_and_messages_that_quote_the_address() {
    on_both_databases(an_erasure_reaches_what_came_back);
}
