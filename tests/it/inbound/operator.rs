//! What the operator sees of the mail that changed nobody.

use estampille::accounts::{passwords, users};
use estampille::bounces::inbound_messages::{self, Channel, Received};
use estampille::texts::Language;

use super::site::{Site, report};
use crate::support::app::{PASSWORD, owner_of};
use crate::support::{DatabaseKind, on_both_databases};

pub(super) async fn signed_in(site: &Site, address: &str) -> reqwest::Client {
    let policy = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().cookie_store(true).redirect(policy).build().unwrap();
    let form = [("address", address), ("password", PASSWORD)];
    let answer = client.post(format!("{}/sign-in", site.app.url)).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    client
}

pub(super) async fn operator(site: &Site) -> reqwest::Client {
    let hash = passwords::hash_blocking(PASSWORD).unwrap();
    let address = "ops@provider.example".parse().unwrap();
    let now = site.app.app.clock.now();
    let create = move |conn: &mut estampille::storage::Conn| {
        users::create_operator(conn, &address, Some(&hash), Language::ENGLISH, now)
    };
    site.app.app.db.write(create).await.unwrap();
    signed_in(site, "ops@provider.example").await
}

pub(super) async fn text(client: &reqwest::Client, site: &Site, path: &str) -> String {
    let answer = client.get(format!("{}{path}", site.app.url)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

const HOSTILE: &str = "From: \"<b>Anne</b>\" <anne@example.org>\nTo: abuse@bounces.estampille.example\nSubject: x\n\
    MIME-Version: 1.0\nContent-Type: text/html\n\n\
    <script>alert(1)</script><img src=\"https://tracker.example/p.gif\"><p>Your customer sends spam.</p>\n";

/// Mail to abuse@, and two reports with a forged mark, one of them refused at the door.
async fn what_changes_nobody_comes_in(site: &Site) {
    site.deliver("abuse@bounces.estampille.example", HOSTILE).await.unwrap();
    let forged = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    let piped = Received {
        channel: Channel::Pipe,
        envelope_from: String::new(),
        envelope_to: "b-forged@bounces.estampille.example".into(),
        source: String::new(),
        message: forged.clone().into(),
    };
    let now = site.app.app.clock.now();
    site.app.app.db.write(move |conn| inbound_messages::store(conn, &piped, now)).await.unwrap();
    site.deliver("b-forged@bounces.estampille.example", &forged).await.unwrap_err();
    site.until_judged().await;
    site.app.until_number("SELECT count(*) AS number FROM counters WHERE name = 'inbound/refused'", 1).await;
}

async fn it_is_listed(site: &Site, client: &reqwest::Client) {
    let kept = text(client, site, "/operator/reports?state=kept").await;
    assert!(kept.contains("abuse@bounces.estampille.example") && !kept.contains("b-forged@"), "{kept}");
    let all = text(client, site, "/operator/reports").await;
    assert!(all.contains("b-forged@bounces.estampille.example") && all.contains("SMTP listener"), "{all}");
    assert!(all.contains("Pipe of the mail server") && all.contains("carries no valid mark of ours"), "{all}");
    assert!(text(client, site, "/operator").await.contains("href=\"/operator/reports\""));
}

/// As text, and to be saved; nothing in it is run or fetched.
async fn it_can_be_read(site: &Site, client: &reqwest::Client, id: i64) {
    let page = text(client, site, &format!("/operator/reports/{id}")).await;
    assert!(page.contains("Your customer sends spam."), "{page}");
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"), "{page}");
    for live in ["<script>alert", "<img src=\"https://tracker", "<b>Anne"] {
        assert!(!page.contains(live), "{live}");
    }
    let file = client.get(format!("{}/operator/reports/{id}/message.eml", site.app.url)).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "message/rfc822");
    assert_eq!(file.headers()["content-disposition"], format!("attachment; filename=\"report-{id}.eml\""));
    assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    let saved = file.text().await.unwrap();
    assert_eq!(saved, HOSTILE.replace('\n', "\r\n") + "\r\n", "as it came in");
}

/// An account's user sees nothing of it, and a message that speaks of an account's mail is none of these.
async fn nobody_else_can(site: &Site, client: &reqwest::Client, id: i64) {
    let owner = signed_in(site, &owner_of("Papeterie")).await;
    for path in [
        "/operator/reports".to_owned(),
        format!("/operator/reports/{id}"),
        format!("/operator/reports/{id}/message.eml"),
    ] {
        let answer = owner.get(format!("{}{path}", site.app.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    for path in ["/operator/reports/999999", "/operator/reports/x", "/operator/reports/999999/message.eml"] {
        assert_eq!(client.get(format!("{}{path}", site.app.url)).send().await.unwrap().status(), 404, "{path}");
    }
}

async fn mail_for_the_operator_is_shown_as_text(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    site.app.create_account("Papeterie").await;
    what_changes_nobody_comes_in(&site).await;
    let client = operator(&site).await;
    it_is_listed(&site, &client).await;
    let id = site.app.number("SELECT id AS number FROM inbound_messages WHERE state = 'kept'").await;
    it_can_be_read(&site, &client, id).await;
    nobody_else_can(&site, &client, id).await;
}

#[test]
fn the_operator_reads_what_changed_nobody() {
    on_both_databases(mail_for_the_operator_is_shown_as_text);
}
