//! Behind a relay, refusals by policy come back as reports: they reach the lane and the campaign as those on the wire do.

use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use estampille::mail::marks;
use estampille::storage::DeliveryId;
use serde_json::{Value, json};

use super::operator::{operator, text};
use super::site::{Site, report};
use crate::support::{Answer, Customer, DatabaseKind, on_both_databases};

const BLOCKED: &str = "554 5.7.9 Message not accepted for policy reasons, see https://policies.yahoo.example/why";
const HELD: &str = "SELECT count(*) AS number FROM account_lanes WHERE lane = 'yahoo' AND stopped_until IS NOT NULL";
const COUNTED: &str = "SELECT CAST(COALESCE(SUM(hits), 0) AS BIGINT) AS number FROM counters WHERE (name LIKE 'told/%' OR name LIKE 'blocked/%')";

const UNTIL: &str = "SELECT stopped_until AS number FROM account_lanes WHERE lane = 'yahoo'";

/// What follows for lanes and campaigns is written after the judgement, and before the next one.
async fn until_followed(site: &Site) {
    site.until_judged().await;
    let number = site.app.number("SELECT count(*) AS number FROM inbound_messages").await;
    site.deliver("postmaster@bounces.estampille.example", &format!("Subject: hello {number}\n\nHello\n"))
        .await
        .unwrap();
    site.until_judged().await;
}

/// A campaign that the relay took for readers of Yahoo; it is still on its way to somebody else.
struct Sent<'a> {
    site: &'a Site,
    customer: &'a Customer<'a>,
    campaign: String,
    paths: Vec<String>,
}

impl<'a> Sent<'a> {
    async fn to_yahoo(site: &'a Site, customer: &'a Customer<'a>, readers: usize) -> Self {
        let list = customer.list("Letters", "en").await;
        let form = customer.form(&list).await;
        for reader in 0..readers {
            customer.stamp(&form, &format!("reader{reader}@yahoo.fr")).await;
        }
        customer.stamp(&form, "later@reader.example").await;
        site.app.inbox.answer("later@reader.example", Answer::Always("451 4.3.0 Later".into()));
        site.execute(
            "INSERT INTO lanes (name, permille, hourly) VALUES ('yahoo', 1000, 3600000) \
             ON CONFLICT (name) DO UPDATE SET hourly = 3600000"
                .to_owned(),
        )
        .await;
        let campaign = customer.send_campaign(&list, "Unloved").await;
        let mut paths = Vec::new();
        for reader in 0..readers {
            paths.push(site.app.inbox.next_to(&format!("reader{reader}@yahoo.fr")).await.from);
        }
        let taken = "SELECT count(*) AS number FROM deliveries WHERE kind = 'campaign' AND state = 'accepted'";
        site.app.until_number(taken, i64::try_from(readers).unwrap()).await;
        Self { site, customer, campaign, paths }
    }

    async fn returned(&self, reader: usize, again: &str) {
        let message = report(&format!("reader{reader}@yahoo.fr"), "failed", "5.7.9", BLOCKED);
        self.site.deliver(&self.paths[reader], &format!("{again}{message}")).await.unwrap();
        until_followed(self.site).await;
    }

    async fn state(&self) -> (String, String) {
        let body = self.customer.get(&format!("/campaigns/{}", self.campaign)).await;
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (word("state"), word("paused_reason"))
    }
}

/// PAC-02, PAC-07: one report is nothing, five hold the account's mail to that provider, ten stop the campaign.
async fn a_burst_of_reports_stops_the_lane_and_then_the_campaign(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let sent = Sent::to_yahoo(&site, &customer, 13).await;
    for reader in 0..4 {
        sent.returned(reader, "").await;
        sent.returned(reader, "X-Copy: yes\n").await;
    }
    assert_eq!((site.app.number(HELD).await, sent.state().await.0.as_str()), (0, "sending"), "copies do not count");
    sent.returned(4, "").await;
    it_is_held_once(&sent).await;
    sent.returned(9, "").await;
    it_is_paused_in_words(&sent).await;
    // Who looked at it and lets it go on is not stopped by the next one of the same.
    customer.post(&format!("/campaigns/{}/resume", sent.campaign), &json!({})).await;
    sent.returned(10, "").await;
    site.app.until_number(&format!("{COUNTED} AND name LIKE 'blocked/%'"), 1).await;
    assert_eq!(sent.state().await.0, "sending");
    site.app.stop().await;
}

/// The page and the API say it; four more reports of mail that left before change nothing of it.
async fn it_is_held_once(sent: &Sent<'_>) {
    let site = sent.site;
    site.app.until_number(HELD, 1).await;
    let lanes = text(&operator(site).await, site, "/operator/lanes").await;
    assert!(lanes.contains("account alone is held back here"), "{lanes}");
    let now = site.app.app.clock.now();
    let new = tokens::NewToken { account_id: None, label: "operations".into(), scope: Scope::Full };
    let (_, token) = site.app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await.unwrap();
    let url = format!("{}/api/v1/operator/lanes", site.app.url);
    let told: Value = site.app.web.get(url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    let yahoo = told["lanes"].as_array().unwrap().iter().find(|lane| lane["lane"] == "yahoo").unwrap();
    assert_eq!((&yahoo["state"], &yahoo["held_accounts"]), (&json!("open"), &json!(1)), "{yahoo}");
    let until = site.app.number(UNTIL).await;
    for reader in 5..9 {
        sent.returned(reader, "").await;
    }
    assert_eq!(sent.state().await.0, "sending", "nine are no burst");
    assert_eq!(site.app.number(UNTIL).await, until, "mail that left before says nothing new of the lane");
}

async fn it_is_paused_in_words(sent: &Sent<'_>) {
    sent.customer.until_campaign(&sent.campaign, "paused").await;
    let (_, reason) = sent.state().await;
    assert!(reason.starts_with("10 of the last ") && reason.contains("Yahoo"), "{reason}");
    assert!(reason.contains("5.7.9 Message not accepted for policy reasons"), "{reason}");
    let nobody = "SELECT count(*) AS number FROM subscriptions WHERE state = 'ended'";
    assert_eq!(sent.site.app.number(nobody).await, 0, "it is about us, not about them");
}

#[test]
fn pac_07_a_burst_of_reports_about_policy_stops_the_lane_of_the_account_and_then_the_campaign() {
    on_both_databases(a_burst_of_reports_stops_the_lane_and_then_the_campaign);
}

/// BNC-04: what a forger can write moves no lane and stops no campaign; nor do addresses that are dead.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_04_reports_without_our_return_path_tell_nothing_of_lanes_and_campaigns() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let sent = Sent::to_yahoo(&site, &customer, 12).await;
    let first = site.app.number("SELECT min(id) AS number FROM deliveries WHERE kind = 'campaign'").await;
    for number in 0..12 {
        let trace = marks::trace(&site.app.app.keys, DeliveryId(first + number));
        let message = report("reader0@yahoo.fr", "failed", "5.7.9", BLOCKED).replace(
            "\n\n--cut--\n",
            &format!("\n\n--cut\nContent-Type: text/rfc822-headers\n\nX-Estampille-Trace: {trace}\n\n--cut--\n"),
        );
        site.deliver("fbl@bounces.estampille.example", &message).await.unwrap();
        let forged = format!("b-{}", &sent.paths[usize::try_from(number).unwrap()][4..]);
        site.deliver(&forged, &message).await.unwrap_err();
    }
    site.until_judged().await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM inbound_messages WHERE state = 'unmarked'").await, 12);
    for (reader, path) in sent.paths.iter().enumerate() {
        let dead = report(&format!("reader{reader}@yahoo.fr"), "failed", "5.1.1", "550 5.1.1 User unknown");
        site.deliver(path, &dead).await.unwrap();
    }
    until_followed(&site).await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces").await, 12);
    assert_eq!((site.app.number(COUNTED).await, site.app.number(HELD).await), (0, 0));
    assert_eq!(sent.state().await.0, "sending");
    site.app.stop().await;
}

/// BNC-04: whoever signs addresses of their own up has the marks of their confirmation mails, and reports nothing by them.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_04_reports_about_confirmation_mails_tell_nothing_of_lanes() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Letters", "en").await;
    let form = customer.form(&list).await;
    for number in 0..6 {
        let address = format!("stranger{number}@yahoo.fr");
        let sent = site.mailed(&customer, &form, &address).await;
        let message = report(&address, "failed", "5.7.9", BLOCKED);
        site.deliver(&site.return_path(sent.id), &message).await.unwrap();
    }
    until_followed(&site).await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces").await, 6);
    assert_eq!((site.app.number(COUNTED).await, site.app.number(HELD).await), (0, 0));
    site.app.stop().await;
}

/// Who kept old mails may write a report of each: it is one voice.
#[tokio::test(flavor = "multi_thread")]
async fn one_readers_reports_about_several_mails_count_once() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Letters", "en").await;
    let form = customer.form(&list).await;
    customer.stamp(&form, "reader@yahoo.fr").await;
    for number in 0..6 {
        customer.send_campaign(&list, &format!("Letter {number}")).await;
        let path = site.app.inbox.next_to("reader@yahoo.fr").await.from;
        let message = report("reader@yahoo.fr", "failed", "5.7.9", BLOCKED);
        site.deliver(&path, &message).await.unwrap();
    }
    until_followed(&site).await;
    assert_eq!(site.app.number("SELECT count(*) AS number FROM bounces").await, 6);
    assert_eq!(site.app.number(&format!("{COUNTED} AND name LIKE 'told/%'")).await, 1);
    assert_eq!(site.app.number(HELD).await, 0);
    site.app.stop().await;
}
