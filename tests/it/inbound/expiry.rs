//! Marks have an end: what is reported of mail sent more than thirteen months ago changes nobody. Leaving never ends.

use estampille::bounces::inbound_messages::marks::COUNT_FOR;
use estampille::deliveries::Delivery;
use estampille::mail::marks;
use estampille::subscriptions;

use super::operator::{operator, text};
use super::site::{Site, complaint, report};
use crate::support::{DatabaseKind, on_both_databases};

const FBL: &str = "fbl@bounces.estampille.example";
const EXPIRED: &str = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'expired'";

/// As if the relay had taken a delivery so many seconds before its marks come to their end.
async fn accepted_before_the_end(site: &Site, delivery: &Delivery, seconds: i64) {
    let at = (site.app.app.clock.now() - COUNT_FOR).micros() + seconds * 1_000_000;
    let id = delivery.id;
    site.execute(format!("UPDATE deliveries SET state = 'accepted', finished_at = {at} WHERE id = {id}")).await;
}

async fn reports_about_old_mail_change_nobody(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let keys = &site.app.app.keys;
    let said = "550 5.1.1 User unknown";
    for (reader, seconds, ended) in [("old", 0, false), ("young", 600, true)] {
        let (bounced, angry) = (format!("{reader}-bounced@example.org"), format!("{reader}-angry@example.org"));
        let bounce = site.mailed(&customer, &form, &bounced).await;
        let complained = site.mailed(&customer, &form, &angry).await;
        site.app.until_number("SELECT count(*) AS number FROM deliveries WHERE finished_at IS NULL", 0).await;
        accepted_before_the_end(&site, &bounce, seconds).await;
        accepted_before_the_end(&site, &complained, seconds).await;
        site.deliver(&site.return_path(bounce.id), &report(&bounced, "failed", "5.1.1", said)).await.unwrap();
        for mark in [
            format!("CFBL-Feedback-ID: {}", marks::complaint_id(keys, complained.id)),
            format!("X-Estampille-Trace: {}", marks::trace(keys, complained.id)),
            format!("Message-ID: <{}>", marks::message_id(keys, "bounces.estampille.example", complained.id)),
        ] {
            site.deliver(FBL, &complaint(&format!("Subject: Lettre\n{mark}"))).await.unwrap();
        }
        site.until_judged().await;
        for address in [&bounced, &angry] {
            let state = &customer.subscription(address).await["state"];
            assert_eq!(state, if ended { "ended" } else { "pending" }, "{address}");
        }
    }
    assert_eq!(site.app.number(EXPIRED).await, 4, "kept and counted");
    let client = operator(&site).await;
    let page = text(&client, &site, "/operator/reports?state=expired").await;
    assert!(page.contains("more than thirteen months before"), "{page}");
}

#[test]
fn reports_count_for_thirteen_months_and_no_longer() {
    on_both_databases(reports_about_old_mail_change_nobody);
}

/// UNS-10: who leaves by mail may do so from a mail of any age.
#[tokio::test(flavor = "multi_thread")]
async fn uns_10_leaving_never_expires() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let by_mail = site.mailed(&customer, &form, "anne@example.org").await;
    let by_click = site.mailed(&customer, &form, "paul@example.org").await;
    for delivery in [&by_mail, &by_click] {
        accepted_before_the_end(&site, delivery, -10 * 365 * 86_400).await;
    }
    let token =
        |delivery: &Delivery| subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
    let address = marks::unsubscribe_address(&token(&by_mail), "bounces.estampille.example");
    site.deliver(&address, "From: anne@example.org\nSubject: unsubscribe\n\n").await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("anne@example.org").await["end_reason"], "mail");
    let link = format!("{}/unsubscribe/{}", site.app.url, token(&by_click));
    let answer = site.app.web.post(link).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(customer.subscription("paul@example.org").await["end_reason"], "one_click");
}
