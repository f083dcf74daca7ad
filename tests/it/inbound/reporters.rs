//! BNC-08: who complains must be known: by a signature of the domain in `From`, or as a source that is registered.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use estampille::accounts::{Scope, tokens};
use estampille::audit::Actor;
use estampille::bounces::inbound_messages::{self, Channel, Received, StoreOutcome};
use estampille::mail::marks;
use estampille::mail::sign::Signer;
use estampille::storage::{Conn, StoreError};
use estampille::worker::inbound::Limits;

use super::operator::{operator, signed_in, text};
use super::site::{Site, complaint};
use crate::support::app::owner_of;
use crate::support::world::Names;
use crate::support::{Customer, DatabaseKind, on_both_databases, until};

const FBL: &str = "fbl@bounces.estampille.example";
const ASIDE: &str = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'quarantined'";
const COMPLAINTS: &str = "SELECT count(*) AS number FROM complaints";

/// An installation that asks a name server of the tests.
struct Scene {
    names: Names,
    site: Site,
}

/// A new key, which a domain signs with.
fn key() -> (Vec<u8>, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let record = format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(public.as_ref()));
    (private.as_ref().to_vec(), record)
}

/// A message signed by a domain.
fn signed(message: &str, domain: &str, key: &[u8]) -> String {
    let crlf = message.replace('\n', "\r\n");
    String::from_utf8(Signer::new(domain, "fbl", key).unwrap().signed(crlf.as_bytes()).unwrap()).unwrap()
}

/// As a mail server passes a message on that the internet brought.
fn relayed(message: &str) -> String {
    let line = "Received: from out.receiver.example by mx.estampille.example; Sun, 22 Nov 2026 01:00:00 +0000";
    if message.contains("\r\n") { format!("{line}\r\n{message}") } else { format!("{line}\n{message}") }
}

impl Scene {
    async fn start(kind: DatabaseKind, sources: &str) -> Self {
        let names = Names::start().await;
        names.mx("example.org", &[(10, "mx.example.org")]);
        names.address_of("mx.example.org", "192.0.2.25".parse().unwrap());
        let server = names.address().to_string();
        let changes = [("DNS_SERVER", server.as_str()), ("FEEDBACK_SOURCES", sources)];
        let site = Site::start_with(kind, &changes, false, Limits::default()).await;
        Self { names, site }
    }

    /// A complaint about the mail of one reader, with our mark.
    async fn complaint(&self, customer: &Customer<'_>, form: &str, reader: &str) -> String {
        let delivery = self.site.mailed(customer, form, &format!("{reader}@example.org")).await;
        let mark = marks::complaint_id(&self.site.app.app.keys, delivery.id);
        complaint(&format!("Subject: Lettre\nCFBL-Feedback-ID: {mark}"))
    }

    async fn hand_in(&self, message: &str) {
        self.site.deliver(FBL, message).await.unwrap();
        self.site.until_judged().await;
    }

    async fn numbers(&self) -> (i64, i64) {
        (self.site.app.number(ASIDE).await, self.site.app.number(COMPLAINTS).await)
    }
}

async fn reader_of(customer: &Customer<'_>, reader: &str) -> String {
    let found = customer.subscription(&format!("{reader}@example.org")).await;
    found["end_reason"].as_str().unwrap_or("still there").to_owned()
}

async fn form_of(customer: &Customer<'_>) -> String {
    let list = customer.list("Lettre", "fr").await;
    customer.form(&list).await
}

async fn a_complaint_acts_when_its_sender_signed_it(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let customer = scene.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let ((own, record), (other, other_record), (lost, _)) = (key(), key(), key());
    scene.names.txt("fbl._domainkey.receiver.example", &record);
    scene.names.txt("fbl._domainkey.else.example", &other_record);

    let honest = scene.complaint(&customer, &form, "anne").await;
    scene.hand_in(&relayed(&signed(&honest, "receiver.example", &own))).await;
    assert_eq!((reader_of(&customer, "anne").await.as_str(), scene.numbers().await), ("complaint", (0, 1)));

    let unsigned = scene.complaint(&customer, &form, "paul").await;
    let changed = signed(&scene.complaint(&customer, &form, "rose").await, "receiver.example", &own)
        .replace("This is an abuse report.", "This is another report.");
    let foreign = signed(&scene.complaint(&customer, &form, "luc").await, "else.example", &other);
    let forged = signed(&scene.complaint(&customer, &form, "eve").await, "receiver.example", &lost);
    let keyless =
        signed(&scene.complaint(&customer, &form, "leo").await, "receiver.example", &own).replace("s=fbl;", "s=none;");
    for (number, (reader, message, why)) in [
        ("paul", unsigned, "unsigned"),
        ("rose", changed, "broken"),
        ("luc", foreign, "foreign"),
        ("eve", forged, "broken"),
        ("leo", keyless, "broken"),
    ]
    .into_iter()
    .enumerate()
    {
        scene.hand_in(&relayed(&message)).await;
        assert_eq!(reader_of(&customer, reader).await, "still there", "{why}");
        let told = format!("{ASIDE} AND reporter = '{why}' AND delivery_id IS NOT NULL");
        assert!(scene.site.app.number(&told).await > 0, "{reader}: {why}");
        assert_eq!(scene.numbers().await, (i64::try_from(number).unwrap() + 1, 1));
    }
    assert_eq!(scene.site.app.number("SELECT count(*) AS number FROM suppressions").await, 1);
}

#[test]
fn bnc_08_a_complaint_acts_when_the_domain_of_its_sender_signed_it() {
    on_both_databases(a_complaint_acts_when_its_sender_signed_it);
}

/// Name servers that do not answer put a complaint off, and lose none.
async fn a_complaint_waits_for_the_name_servers(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let customer = scene.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let (own, record) = key();
    scene.names.txt("fbl._domainkey.receiver.example", &record);
    let message = scene.complaint(&customer, &form, "anne").await;
    let late = scene.complaint(&customer, &form, "paul").await;
    scene.names.go_down().await;
    scene.site.deliver(FBL, &relayed(&signed(&message, "receiver.example", &own))).await.unwrap();
    scene.site.deliver(FBL, &relayed(&signed(&late, "receiver.example", &own))).await.unwrap();
    let put_off = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'stored' AND look_at IS NOT NULL";
    scene.site.app.until_number(put_off, 2).await;
    assert_eq!(scene.numbers().await, (0, 0));
    // What is stored while they are away is judged: nothing waits behind it.
    let delivery = scene.site.app.number("SELECT max(id) AS number FROM deliveries").await;
    let path = scene.site.return_path(estampille::storage::DeliveryId(delivery));
    scene.site.deliver(&path, &super::site::report("paul@example.org", "delayed", "4.4.1", "later")).await.unwrap();
    scene.site.app.until_number("SELECT count(*) AS number FROM inbound_messages WHERE kind = 'delayed'", 1).await;
    // After a day it is kept aside; before, it acts as soon as they are back.
    let late = "state = 'stored' AND id <> (SELECT min(id) FROM inbound_messages)";
    let a_day_ago = format!("UPDATE inbound_messages SET received_at = received_at - 86400000000 WHERE {late}");
    scene.site.execute(a_day_ago).await;
    // Another judge may be about to put it off once more.
    until("it is kept aside", || async {
        scene.site.execute(format!("UPDATE inbound_messages SET look_at = 0 WHERE {late}")).await;
        let aside = scene.site.app.number(&format!("{ASIDE} AND reporter = 'unsure'")).await;
        (aside == 1).then_some(())
    })
    .await;
    scene.names.come_back().await;
    scene.site.execute("UPDATE inbound_messages SET look_at = 0 WHERE state = 'stored'".to_owned()).await;
    scene.site.app.until_number(COMPLAINTS, 1).await;
    assert_eq!(reader_of(&customer, "anne").await, "complaint");
    assert_eq!(reader_of(&customer, "paul").await, "still there");
}

#[test]
fn bnc_08_a_complaint_waits_a_day_for_name_servers_that_are_away() {
    on_both_databases(a_complaint_waits_for_the_name_servers);
}

/// Registered sources need no signature; programs of this machine neither, unless the operator forbids it.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_08_registered_sources_are_believed() {
    let by_network = Scene::start(DatabaseKind::Sqlite, "127.0.0.0/8").await;
    let customer = by_network.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let message = by_network.complaint(&customer, &form, "anne").await;
    by_network.hand_in(&relayed(&message)).await;
    assert_eq!(reader_of(&customer, "anne").await, "complaint");

    let by_domain = Scene::start(DatabaseKind::Sqlite, "feedback.example").await;
    let customer = by_domain.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let (own, record) = key();
    by_domain.names.txt("fbl._domainkey.eu.feedback.example", &record);
    let message = by_domain.complaint(&customer, &form, "anne").await;
    by_domain.hand_in(&relayed(&signed(&message, "eu.feedback.example", &own))).await;
    assert_eq!(reader_of(&customer, "anne").await, "complaint");
    // `local` is not among what was set.
    let local = by_domain.complaint(&customer, &form, "paul").await;
    by_domain.hand_in(&local).await;
    assert_eq!((reader_of(&customer, "paul").await.as_str(), by_domain.numbers().await), ("still there", (1, 1)));

    let usual = Scene::start(DatabaseKind::Sqlite, "").await;
    let customer = usual.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let local = usual.complaint(&customer, &form, "paul").await;
    usual.hand_in(&local).await;
    assert_eq!(reader_of(&customer, "paul").await, "complaint");
}

/// An account may complain of its own mail, and of nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_08_a_posted_complaint_is_believed_about_the_accounts_own_mail() {
    let scene = Scene::start(DatabaseKind::Sqlite, "").await;
    let (owner, other) =
        (scene.site.app.create_account("Papeterie").await, scene.site.app.create_account("Mairie").await);
    let form = form_of(&owner).await;
    let message = relayed(&scene.complaint(&owner, &form, "anne").await);
    for (customer, wanted) in [(&other, "still there"), (&owner, "complaint")] {
        let request = scene.site.app.web.post(format!("{}/api/v1/reports", scene.site.app.url));
        let message = format!("X-Of: {wanted}\n{message}");
        let request = request.bearer_auth(&customer.token).header("content-type", "message/rfc822").body(message);
        assert_eq!(request.send().await.unwrap().status(), 202);
        scene.site.until_judged().await;
        assert_eq!(reader_of(&owner, "anne").await, wanted);
    }
    assert_eq!(scene.numbers().await, (1, 1));
}

fn csrf_of(page: &str) -> String {
    page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The operator's way to let a complaint act.
struct Release<'a> {
    scene: &'a Scene,
    path: String,
}

impl<'a> Release<'a> {
    /// Of the only complaint that is kept aside.
    async fn of(scene: &'a Scene) -> Self {
        let id = scene.site.app.number("SELECT id AS number FROM inbound_messages WHERE state = 'quarantined'").await;
        Self { scene, path: format!("/operator/reports/{id}") }
    }

    async fn send(&self, client: &reqwest::Client, csrf: &str, reason: &str) -> reqwest::Response {
        let path = format!("{}{}/release", self.scene.site.app.url, self.path);
        client.post(&path).form(&[("csrf", csrf), ("reason", reason)]).send().await.unwrap()
    }

    async fn is_asked_for_in_words(&self, client: &reqwest::Client) {
        let overview = text(client, &self.scene.site, "/operator").await;
        assert!(overview.contains("A complaint about your mail waits for your word"), "{overview}");
        assert!(overview.contains("href=\"/operator/reports?state=quarantined\""), "{overview}");
        let list = text(client, &self.scene.site, "/operator/reports?state=quarantined").await;
        assert!(list.contains("who reports is not known") && list.contains("not signed"), "{list}");
    }

    async fn is_asked_for_no_more(&self, client: &reqwest::Client) {
        let overview = text(client, &self.scene.site, "/operator").await;
        assert!(!overview.contains("waits for your word"), "{overview}");
    }

    async fn wants_a_reason(&self, client: &reqwest::Client, csrf: &str) {
        let without = self.send(client, csrf, " ").await;
        assert!(without.headers()["location"].to_str().unwrap().ends_with("done=needs-reason"));
    }

    /// An account's own user gets nowhere.
    async fn is_refused_to_the_owner(&self) {
        let owner = signed_in(&self.scene.site, &owner_of("Papeterie")).await;
        let page = text(&owner, &self.scene.site, "/settings").await;
        assert_eq!(self.send(&owner, &csrf_of(&page), "mine").await.status(), 404, "not an account's to decide");
    }
}

/// What was kept aside is shown with its reason, and acts once an operator says so.
async fn an_operator_lets_a_complaint_act(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let customer = scene.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let message = scene.complaint(&customer, &form, "anne").await;
    scene.hand_in(&relayed(&message)).await;
    let client = operator(&scene.site).await;
    let release = Release::of(&scene).await;
    release.is_asked_for_in_words(&client).await;
    let csrf = csrf_of(&text(&client, &scene.site, &release.path).await);
    release.wants_a_reason(&client, &csrf).await;
    assert_eq!(reader_of(&customer, "anne").await, "still there");
    release.is_refused_to_the_owner().await;
    assert_eq!(release.send(&client, &csrf, "Anne wrote to us as well").await.status(), 303);
    scene.site.app.until_number(COMPLAINTS, 1).await;
    assert_eq!((reader_of(&customer, "anne").await.as_str(), scene.numbers().await), ("complaint", (0, 1)));
    assert_eq!(release.send(&client, &csrf, "again").await.status(), 404, "it is judged");
    assert_eq!(scene.site.app.number(RELEASES).await, 1);
    release.is_asked_for_no_more(&client).await;
}

/// On the record of the account whose mail it is about.
const RELEASES: &str = "SELECT count(*) AS number FROM audit_entries WHERE action = 'report.release' \
     AND reason LIKE 'Anne wrote%' AND account_id = (SELECT id FROM accounts)";

#[test]
fn bnc_08_an_operator_lets_a_complaint_act_that_was_kept_aside() {
    on_both_databases(an_operator_lets_a_complaint_act);
}

/// Posts a message by an account; it is accepted whatever becomes of it.
async fn post(scene: &Scene, customer: &Customer<'_>, message: &str) {
    let request = scene.site.app.web.post(format!("{}/api/v1/reports", scene.site.app.url));
    let request = request.bearer_auth(&customer.token).header("content-type", "message/rfc822");
    assert_eq!(request.body(message.to_owned()).send().await.unwrap().status(), 202);
    scene.site.until_judged().await;
}

/// Whoever hands a copy in first takes nothing from the one who is believed; and again it is judged once.
async fn the_same_bytes_act_through_a_better_door(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let (owner, other) =
        (scene.site.app.create_account("Papeterie").await, scene.site.app.create_account("Mairie").await);
    let form = form_of(&owner).await;
    let message = relayed(&scene.complaint(&owner, &form, "anne").await);
    post(&scene, &other, &message).await;
    assert_eq!((reader_of(&owner, "anne").await.as_str(), scene.numbers().await), ("still there", (1, 0)));
    post(&scene, &other, &message).await;
    assert_eq!(scene.numbers().await, (1, 0), "again from there it is the same");
    post(&scene, &owner, &message).await;
    assert_eq!((reader_of(&owner, "anne").await.as_str(), scene.numbers().await), ("complaint", (0, 1)));
    post(&scene, &other, &message).await;
    post(&scene, &owner, &message).await;
    assert_eq!(scene.numbers().await, (0, 1), "what was judged stays as it is");
    assert_eq!(scene.site.app.number("SELECT count(*) AS number FROM inbound_messages").await, 1);
}

#[test]
fn bnc_08_a_copy_from_a_known_reporter_acts_though_another_was_set_aside() {
    on_both_databases(the_same_bytes_act_through_a_better_door);
}

/// Both copies are there before the first one is judged.
async fn a_copy_acts_though_the_first_is_not_judged_yet(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let (owner, other) =
        (scene.site.app.create_account("Papeterie").await, scene.site.app.create_account("Mairie").await);
    let form = form_of(&owner).await;
    for (reader, doors) in [("anne", [&other, &owner]), ("paul", [&owner, &other])] {
        let message = relayed(&scene.complaint(&owner, &form, reader).await);
        let copies = doors.map(|customer| Received {
            channel: Channel::Api,
            envelope_from: String::new(),
            envelope_to: FBL.to_owned(),
            source: customer.id.to_string(),
            message: message.clone().into(),
        });
        let now = scene.site.app.app.clock.now();
        let store = move |conn: &mut Conn| {
            // Twice each: from where it came already it is the same.
            let copies = copies.iter().chain(&copies).map(|one| inbound_messages::store(conn, one, now));
            copies.collect::<Result<Vec<_>, StoreError>>()
        };
        let stored = scene.site.app.app.db.write(store).await.unwrap();
        let is_new: Vec<bool> = stored.iter().map(|one| matches!(one, StoreOutcome::Stored(_))).collect();
        assert_eq!(is_new, [true, true, false, false], "{reader}");
        scene.site.until_judged().await;
        assert_eq!(reader_of(&owner, reader).await, "complaint", "{reader}");
    }
    assert_eq!(scene.site.app.number(COMPLAINTS).await, 2);
}

#[test]
fn bnc_08_a_copy_from_a_known_reporter_acts_though_another_waits_to_be_judged() {
    on_both_databases(a_copy_acts_though_the_first_is_not_judged_yet);
}

/// The same bytes to the same address, through a door.
async fn through(scene: &Scene, channel: Channel, source: &str, message: &str) {
    let received = Received {
        channel,
        envelope_from: String::new(),
        envelope_to: FBL.to_owned(),
        source: source.to_owned(),
        message: message.as_bytes().to_vec(),
    };
    let now = scene.site.app.app.clock.now();
    scene.site.app.app.db.write(move |conn| inbound_messages::store(conn, &received, now)).await.unwrap();
    scene.site.until_judged().await;
}

/// On the page and over the API; then nobody is asked about it any more, and it cannot act.
async fn an_operator_dismisses_complaints(kind: DatabaseKind) {
    let scene = Scene::start(kind, "").await;
    let customer = scene.site.app.create_account("Papeterie").await;
    let form = form_of(&customer).await;
    let first = relayed(&scene.complaint(&customer, &form, "anne").await);
    through(&scene, Channel::Smtp, "192.0.2.1", &first).await;
    let client = operator(&scene.site).await;
    let release = Release::of(&scene).await;
    dismissed_on_the_page(&release, &client).await;
    through(&scene, Channel::Api, &customer.id.to_string(), &first).await;
    assert_eq!((reader_of(&customer, "anne").await.as_str(), scene.numbers().await), ("still there", (0, 0)));
    by_the_api(&scene, &customer, &form).await;
    without_a_text(&release, &client, &relayed(&scene.complaint(&customer, &form, "rose").await)).await;
}

/// With a reason, and for good.
async fn dismissed_on_the_page(release: &Release<'_>, client: &reqwest::Client) {
    let site = &release.scene.site;
    let csrf = csrf_of(&text(client, site, &release.path).await);
    let dismiss = |reason: &'static str| {
        let path = format!("{}{}/dismiss", site.app.url, release.path);
        client.post(&path).form(&[("csrf", csrf.clone()), ("reason", reason.to_owned())]).send()
    };
    let without = dismiss(" ").await.unwrap();
    assert!(without.headers()["location"].to_str().unwrap().ends_with("done=needs-reason"));
    release.is_asked_for_in_words(client).await;
    assert_eq!(dismiss("a prank of a competitor").await.unwrap().status(), 303);
    release.is_asked_for_no_more(client).await;
    let audited = "SELECT count(*) AS number FROM audit_entries WHERE action = 'report.dismiss' \
         AND reason LIKE 'a prank%' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(site.app.number(audited).await, 1);
    assert_eq!(release.send(client, &csrf, "after all").await.status(), 404, "for good");
    let list = text(client, site, "/operator/reports?state=dismissed").await;
    assert!(list.contains("Complaint dismissed"), "{list}");
}

/// One whose text is gone cannot act any more, and is nothing to warn of.
async fn without_a_text(release: &Release<'_>, client: &reqwest::Client, message: &str) {
    release.scene.hand_in(message).await;
    assert!(text(client, &release.scene.site, "/operator").await.contains("waits for your word"));
    let gone = "UPDATE inbound_messages SET message = '' WHERE state = 'quarantined'";
    release.scene.site.execute(gone.to_owned()).await;
    release.is_asked_for_no_more(client).await;
}

/// Two that are kept aside: one is dismissed, and one acts.
async fn by_the_api(scene: &Scene, customer: &Customer<'_>, form: &str) {
    let now = scene.site.app.app.clock.now();
    let new = tokens::NewToken { account_id: None, label: "operations".into(), scope: Scope::Full };
    let made = scene.site.app.app.db.write(move |conn| tokens::create(conn, &new, Actor::System, now)).await;
    let (url, token) = (format!("{}/api/v1/operator/reports", scene.site.app.url), made.unwrap().1);
    for reader in ["paul", "luc"] {
        scene.hand_in(&relayed(&scene.complaint(customer, form, reader).await)).await;
    }
    let listed = scene.site.app.web.get(&url).bearer_auth(&token).send().await.unwrap();
    let listed: serde_json::Value = listed.json().await.unwrap();
    let ids: Vec<i64> = listed["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!((ids.len(), &listed["items"][0]["reporter"]), (2, &"unsigned".into()), "{listed}");
    let decide = |id: i64, verb: &'static str| {
        let request = scene.site.app.web.post(format!("{url}/{id}/{verb}")).bearer_auth(&token);
        async move { request.json(&serde_json::json!({ "reason": "looked at" })).send().await.unwrap().status().as_u16() }
    };
    // The newest first: Luc's.
    assert_eq!((decide(ids[0], "dismiss").await, decide(ids[1], "release").await), (200, 200));
    assert_eq!((decide(ids[0], "release").await, decide(ids[0], "dismiss").await), (404, 404));
    scene.site.until_judged().await;
    assert_eq!(
        (reader_of(customer, "paul").await.as_str(), reader_of(customer, "luc").await.as_str()),
        ("complaint", "still there")
    );
}

#[test]
fn bnc_08_an_operator_dismisses_a_complaint_for_good() {
    on_both_databases(an_operator_dismisses_complaints);
}
