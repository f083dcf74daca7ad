//! What signs the mail of a sending domain: one key, two, or the relay.

use diesel::connection::SimpleConnection;
use estampille::clock::Clock;
use estampille::sending_domains::{self, SendingDomain, SigningKey};
use estampille::storage::{Conn, DatabaseUrl};
use mail_auth::{AuthenticatedMessage, DkimResult, Parameters};
use serde_json::{Value, json};

use super::campaigns::list_of;
use crate::support::{Customer, DatabaseKind, Mail, TestApp, World, binary, on_both_databases};
use crate::web::pages::Browser;

const DOMAIN: &str = "sender.example";

/// An installation whose customer has added a domain and published its required records.
async fn verified<'a>(app: &'a TestApp, world: &World) -> (Customer<'a>, String) {
    let customer = app.create_account("Papeterie").await;
    let domain = customer.post("/sending-domains", &json!({ "name": DOMAIN })).await;
    assert_eq!((&domain["signing"], &domain["verified_at"]), (&json!("rsa"), &Value::Null), "{domain}");
    publish(world, &domain, "dkim");
    publish(world, &domain, "dmarc");
    let path = format!("/sending-domains/{}", domain["id"].as_str().unwrap());
    let checked = customer.post(&format!("{path}/check"), &Value::Null).await;
    assert!(checked["verified_at"].is_string(), "{checked}");
    (customer, path)
}

fn record<'a>(domain: &'a Value, record: &str) -> Option<&'a Value> {
    domain["records"].as_array().unwrap().iter().find(|each| each["record"] == record)
}

/// Does what the page tells the sender to do.
fn publish(world: &World, domain: &Value, which: &str) {
    let wanted = record(domain, which).unwrap_or_else(|| panic!("no {which} in {domain}"));
    assert_eq!(wanted["type"], "TXT");
    world.names.txt(wanted["host"].as_str().unwrap(), wanted["value"].as_str().unwrap());
}

async fn choose(customer: &Customer<'_>, path: &str, signing: &str) -> Value {
    let (status, domain) = customer.call("PATCH", path, Some(&json!({ "signing": signing }))).await;
    assert_eq!(status, 200, "{domain}");
    assert_eq!(domain["signing"], signing);
    domain
}

/// Each signature of a mail: its algorithm, and what an independent verifier says that asks the same DNS.
async fn signatures(world: &World, mail: &Mail) -> Vec<(String, DkimResult)> {
    let verifier = world.names.verifier();
    let message = AuthenticatedMessage::parse(&mail.message).unwrap();
    let outputs = verifier.verify_dkim(Parameters::new(&message)).await;
    let told =
        |output: &mail_auth::DkimOutput<'_>| (format!("{:?}", output.signature().unwrap().a), output.result().clone());
    let told: Vec<_> = outputs.iter().map(told).collect();
    assert_eq!(told.len(), mail.headers("DKIM-Signature").len());
    told
}

fn good(algorithm: &str) -> (String, DkimResult) {
    (algorithm.to_owned(), DkimResult::Pass)
}

async fn installation(kind: DatabaseKind, world: &World, signs: &str) -> TestApp {
    let dns = world.dns_server();
    let changes = [("DNS_SERVER", dns.as_str()), ("UNVERIFIED_DOMAINS", "refuse"), ("RELAY_SIGNS", signs)];
    TestApp::start_with(kind, &changes, Clock::System).await
}

/// What the doctor finds to be well.
async fn doctor(app: &TestApp, world: &World) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    let database = match &app.app.settings.database {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut settings = crate::support::app::settings(&app.url, "tray:", &database, folder.path());
    settings.insert("ESTAMPILLE_DNS_SERVER".into(), world.dns_server());
    let output = tokio::task::spawn_blocking(move || binary::run(&["doctor", DOMAIN], &settings)).await.unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    report.lines().filter(|line| line.starts_with("ok")).collect::<Vec<_>>().join("\n")
}

/// A campaign to the one reader of a list, as it came.
async fn campaign_mail(app: &TestApp, customer: &Customer<'_>, list: &str) -> Mail {
    let campaign = customer.send_campaign(list, "Signed").await;
    let mail = app.inbox.next_to(&super::campaigns::address(1)).await;
    customer.until_campaign(&campaign, "finished").await;
    mail
}

#[test]
fn aut_02_a_second_key_signs_beside_the_first_from_the_check_that_finds_it_in_dns() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "no").await;
        let (customer, path) = verified(&app, &world).await;
        let (list, _) = list_of(&customer, 1).await;
        let domain = choose(&customer, &path, "rsa_ed25519").await;
        assert!(domain["verified_at"].is_string(), "a choice takes nobody's permission away: {domain}");
        let wanted = record(&domain, "dkim_ed25519").unwrap();
        assert!(wanted["value"].as_str().unwrap().starts_with("v=DKIM1; k=ed25519; p="), "{wanted}");
        assert_eq!(wanted["required"], false, "{wanted}");
        assert_ne!(wanted["host"], record(&domain, "dkim").unwrap()["host"], "a selector of its own");
        let mail = campaign_mail(&app, &customer, &list).await;
        assert_eq!(signatures(&world, &mail).await, [good("RsaSha256")], "nobody could find the second key yet");
        publish(&world, &domain, "dkim_ed25519");
        let checked = customer.post(&format!("{path}/check"), &Value::Null).await;
        assert_eq!(record(&checked, "dkim_ed25519").unwrap()["state"], "good", "{checked}");
        assert!(doctor(&app, &world).await.contains("sender.example dkim_ed25519"), "the doctor looks at both");
        app.restart_worker().await;
        let mail = campaign_mail(&app, &customer, &list).await;
        assert_eq!(signatures(&world, &mail).await, [good("RsaSha256"), good("Ed25519Sha256")]);
        // A mail that is no campaign is signed alike.
        customer.sign_up(&customer.form(&list).await, "new@reader.example").await;
        let mail = app.inbox.next_to("new@reader.example").await;
        assert_eq!(signatures(&world, &mail).await, [good("RsaSha256"), good("Ed25519Sha256")]);
        app.stop().await;
    });
}

#[test]
fn where_the_relay_signs_mail_leaves_unsigned_and_the_domain_stays_verified() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "yes").await;
        let (customer, path) = verified(&app, &world).await;
        let (list, _) = list_of(&customer, 1).await;
        choose(&customer, &path, "relay").await;
        let mail = campaign_mail(&app, &customer, &list).await;
        assert_eq!(signatures(&world, &mail).await, []);
        let checked = customer.post(&format!("{path}/check"), &Value::Null).await;
        assert!(checked["verified_at"].is_string(), "{checked}");
        assert_eq!(record(&checked, "dkim").unwrap()["required"], true, "it shows whose the domain is: {checked}");
        app.stop().await;
    });
}

#[test]
fn nobody_leaves_the_signing_to_a_relay_that_does_not_sign() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "no").await;
        let (customer, path) = verified(&app, &world).await;
        let (status, problem) = customer.call("PATCH", &path, Some(&json!({ "signing": "relay" }))).await;
        assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("signing")), "{problem}");
        let owner = Browser::signed_in(&app, "Papeterie").await;
        let page = owner.text(&format!("/settings{}", path.replace("sending-", ""))).await;
        assert!(page.contains("value=\"rsa_ed25519\"") && !page.contains("value=\"relay\""), "{page}");
        let form = format!("/settings{}/signing", path.replace("sending-", ""));
        assert_eq!(owner.send(&form, &[("signing", "relay")]).await.status(), 400);
        let saved = owner.send(&form, &[("signing", "rsa_ed25519")]).await;
        assert!(saved.headers()["location"].to_str().unwrap().ends_with("done=domain-second-key"));
        let page = owner.text(&format!("/settings{}", path.replace("sending-", ""))).await;
        assert!(page.contains("k=ed25519") && page.contains("k=rsa"), "both records are shown: {page}");
        let other = app.create_account("Librairie").await;
        assert_eq!(other.call("GET", &path, None).await.0, 404);
        let thief = Browser::signed_in(&app, "Librairie").await;
        assert_eq!(thief.send(&form, &[("signing", "rsa")]).await.status(), 404);
        app.stop().await;
    });
}

/// The schema before there was a choice, and the one after, with a domain that was there all the time.
#[test]
fn an_updated_installation_keeps_its_key_its_selector_and_its_records() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let app = installation(kind, &world, "no").await;
        let (customer, _) = verified(&app, &world).await;
        let before = domain_of(&app, &customer).await;
        let again = |conn: &mut Conn| {
            let [down, up] = match conn {
                Conn::Sqlite(_) => [
                    include_str!("../../../migrations/sqlite/2026-11-22-090401_signing/down.sql"),
                    include_str!("../../../migrations/sqlite/2026-11-22-090401_signing/up.sql"),
                ],
                Conn::Postgres(_) => [
                    include_str!("../../../migrations/postgres/2026-11-22-090401_signing/down.sql"),
                    include_str!("../../../migrations/postgres/2026-11-22-090401_signing/up.sql"),
                ],
            };
            conn.batch_execute(down)?;
            Ok(conn.batch_execute(up)?)
        };
        app.app.db.write(again).await.unwrap();
        let after = domain_of(&app, &customer).await;
        assert_eq!(after, before, "the same selector, key, findings and verdict");
        assert_eq!(after.signing_keys(false), [SigningKey::Rsa(before.selector.clone(), before.private_key.clone())]);
        let wanted = |domain: &SendingDomain| sending_domains::wanted_records(&app.app.settings, domain);
        assert_eq!(wanted(&after), wanted(&before));
        app.stop().await;
    });
}

async fn domain_of(app: &TestApp, customer: &Customer<'_>) -> SendingDomain {
    let account = customer.id;
    let found = app.app.db.read(move |conn| sending_domains::find_for(conn, account, DOMAIN)).await;
    found.unwrap().unwrap()
}
