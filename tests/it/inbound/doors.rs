//! Which door a report came through, and what it may do from there.

use chrono::TimeDelta;
use estampille::bounces::inbound_messages::drop_bodies;
use estampille::deliveries::Delivery;
use estampille::mail::marks;

use super::site::{Site, complaint, report};
use crate::support::{Customer, DatabaseKind, on_both_databases};

const BOUNCES: &str = "SELECT count(*) AS number FROM bounces";
const COMPLAINTS: &str = "SELECT count(*) AS number FROM complaints";
const UNMARKED: &str = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'unmarked'";
const BODIES: &str = "SELECT count(*) AS number FROM inbound_messages WHERE length(message) > 0";
const FBL: &str = "fbl@bounces.estampille.example";

async fn form_of(customer: &Customer<'_>) -> String {
    let list = customer.list("Lettre", "fr").await;
    customer.form(&list).await
}

/// What whoever saw the message can say of it: its Message-ID and trace.
fn seen(site: &Site, delivery: &Delivery) -> String {
    let keys = &site.app.app.keys;
    let id = marks::message_id(keys, "bounces.estampille.example", delivery.id);
    format!("Message-ID: <{id}>\nX-Estampille-Trace: {}\nSubject: Lettre", marks::trace(keys, delivery.id))
}

/// A bounce with these header lines of the returned message.
fn bounce_about(returned: &str) -> String {
    let report = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    let inside = format!("\n\n--cut\nContent-Type: text/rfc822-headers\n\n{returned}\n\n--cut--\n");
    report.replace("\n\n--cut--\n", &inside)
}

async fn post(site: &Site, customer: &Customer<'_>, message: &str) {
    let request = site.app.web.post(format!("{}/api/v1/reports", site.app.url)).bearer_auth(&customer.token);
    let answer = request.header("content-type", "message/rfc822").body(message.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    site.until_judged().await;
}

/// BNC-04: who has only seen a message cannot say that it came back; a complaint about it is heard.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_04_a_bounce_acts_only_by_its_return_path() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let delivery = site.mailed(&customer, &form, "anne@example.org").await;
    let forged = bounce_about(&seen(&site, &delivery));
    for to in [FBL, "abuse@bounces.estampille.example", "postmaster@bounces.estampille.example"] {
        site.deliver(to, &forged).await.unwrap();
    }
    site.until_judged().await;
    post(&site, &customer, &forged).await;
    assert_eq!(customer.subscription("anne@example.org").await["state"], "pending");
    assert_eq!((site.app.number(BOUNCES).await, site.app.number(UNMARKED).await), (0, 4), "kept and counted");
    site.deliver(FBL, &complaint(&seen(&site, &delivery))).await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("anne@example.org").await["end_reason"], "complaint");
}

/// BNC-04: the header of a posted message stands for the envelope that it has lost, for mail of the token's account.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_04_a_posted_bounce_acts_by_the_return_path_in_its_header_for_its_own_account() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let (owner, other) = (site.app.create_account("Papeterie").await, site.app.create_account("Mairie").await);
    let form = form_of(&owner).await;
    let delivery = site.mailed(&owner, &form, "anne@example.org").await;
    let message = format!("To: <{}>\n{}", site.return_path(delivery.id), bounce_about("Subject: Lettre"));
    post(&site, &other, &message).await;
    assert_eq!(owner.subscription("anne@example.org").await["state"], "pending", "another's token");
    assert_eq!((site.app.number(BOUNCES).await, site.app.number(UNMARKED).await), (0, 1));
    post(&site, &owner, &message).await;
    assert_eq!(owner.subscription("anne@example.org").await["end_reason"], "hard_bounce");
}

/// A NUL, which PostgreSQL takes in no text, loses neither a bounce nor a complaint.
async fn nul_in_a_report_is_kept_as_a_blank(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let dead = site.mailed(&customer, &form, "dead@example.org").await;
    let angry = site.mailed(&customer, &form, "angry@example.org").await;
    // "The following message to <dead@example.org> was undeliverable.\n550 5.1.1 User\0unknown\n"
    let prose = "From: MAILER-DAEMON@mx.receiver.example\nSubject: Undelivered Mail Returned to Sender\n\
        MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n\
        VGhlIGZvbGxvd2luZyBtZXNzYWdlIHRvIDxkZWFkQGV4YW1wbGUub3JnPiB3YXMgdW5kZWxpdmVy\n\
        YWJsZS4KNTUwIDUuMS4xIFVzZXIAdW5rbm93bgo=\n";
    site.deliver(&site.return_path(dead.id), prose).await.unwrap();
    // "Feedback-Type: ab\0use\nUser-Agent: Receiver\0/1\nVersion: 1\n"
    let encoded = "Content-Transfer-Encoding: base64\n\n\
        RmVlZGJhY2stVHlwZTogYWIAdXNlClVzZXItQWdlbnQ6IFJlY2VpdmVyAC8xClZlcnNpb246IDEK\n\n";
    let report = complaint(&seen(&site, &angry));
    let report =
        report.replace("\n\nFeedback-Type: abuse\nUser-Agent: Receiver/1\nVersion: 1\n\n", &format!("\n{encoded}"));
    assert!(report.contains("base64"));
    site.deliver(FBL, &report).await.unwrap();
    site.until_judged().await;
    assert_eq!((site.app.number(BOUNCES).await, site.app.number(COMPLAINTS).await), (1, 1));
    let bounces = customer.get("/bounces").await;
    assert!(bounces["items"][0]["reply"].as_str().unwrap().contains("User unknown"), "{bounces}");
    let complaints = customer.get("/complaints").await;
    assert_eq!(complaints["items"][0]["source"], "Receiver /1", "{complaints}");
}

#[test]
fn nul_in_a_report_loses_nothing() {
    on_both_databases(nul_in_a_report_is_kept_as_a_blank);
}

/// Bodies go after their time, rows stay, and the same message is still the same.
async fn bodies_are_kept_for_a_time(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let delivery = site.mailed(&customer, &form, "anne@example.org").await;
    let message = bounce_about("Subject: Lettre");
    site.deliver(&site.return_path(delivery.id), &message).await.unwrap();
    site.deliver("abuse@bounces.estampille.example", &message).await.unwrap();
    site.deliver(FBL, &bounce_about(&seen(&site, &delivery))).await.unwrap();
    site.until_judged().await;
    let start = site.app.app.clock.now();
    let drop_after = async |days| {
        site.app.app.db.write(move |conn| drop_bodies(conn, start + TimeDelta::days(days), 1)).await.unwrap()
    };
    assert_eq!((drop_after(29).await, site.app.number(BODIES).await), (0, 3));
    assert_eq!((drop_after(31).await, site.app.number(BODIES).await), (2, 1), "one kept, one unmarked");
    assert_eq!((drop_after(179).await, site.app.number(BODIES).await), (0, 1));
    assert_eq!((drop_after(181).await, site.app.number(BODIES).await), (1, 0));
    site.deliver("abuse@bounces.estampille.example", &message).await.unwrap();
    assert_eq!(site.app.number("SELECT count(*) AS number FROM inbound_messages").await, 3);
}

#[test]
fn bodies_are_dropped_after_their_time() {
    on_both_databases(bodies_are_kept_for_a_time);
}
