//! A relay that is reached by TLS and wants a password: what is right is used, what is wrong is said, and nothing is lost.

use std::collections::BTreeMap;

use serde_json::Value;
use tempfile::TempDir;

use super::{said, settings};
use crate::support::binary::{self, Service};
use crate::support::world::Receiver;
use crate::support::{DatabaseKind, Login, Manners, TestDatabase, Tls, World, on_both_databases, until};

const PASSWORD: &str = "hunter2+hunter2";
/// As a URL writes it.
const WRITTEN: &str = "hunter2%2Bhunter2";
const OWNER: &str = "rose@papeterie.example";

/// An installation from which one mail shall go: the invitation of an account's owner.
struct Office {
    settings: BTreeMap<String, String>,
    folder: TempDir,
    _database: TestDatabase,
}

impl Office {
    fn new(kind: DatabaseKind, world: &World) -> Self {
        let (database, folder) = (TestDatabase::new(kind), TempDir::new().unwrap());
        let mut settings = settings(&database, "tray:", &folder);
        settings.insert("SSL_CERT_FILE".into(), world.roots());
        settings.insert("ESTAMPILLE_LOG".into(), "trace".into());
        let made = binary::run(&["account", "create", "Papeterie", "--owner", OWNER], &settings);
        assert!(made.status.success(), "{}", said(&made));
        Self { settings, folder, _database: database }
    }

    /// Runs it with this relay.
    async fn open(&mut self, relay: &str) -> Service {
        self.settings.insert("ESTAMPILLE_RELAY_URL".into(), relay.to_owned());
        Service::start(&self.settings, self.folder.path()).await
    }

    /// Waits until it says that the relay is away, and returns why.
    async fn until_away(&self) -> String {
        let url = format!("{}/readyz", self.settings["ESTAMPILLE_BASE_URL"]);
        until("`/readyz` says that the relay is away", || async {
            let ready: Value = reqwest::get(&url).await.ok()?.json().await.ok()?;
            let is_away = ready["relay"]["state"] == "away";
            is_away.then(|| ready["relay"]["reason"].as_str().unwrap_or_default().to_owned())
        })
        .await
    }

    /// The log, which holds no password however it is written.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("service.log")).unwrap();
        let plain = data_encoding::BASE64.encode(format!("\0sender\0{PASSWORD}").as_bytes());
        for secret in [PASSWORD, WRITTEN, &plain, &data_encoding::BASE64.encode(PASSWORD.as_bytes())] {
            assert!(!log.contains(secret), "a password in the log");
        }
        log
    }
}

fn login(mechanisms: &'static str) -> Option<Login> {
    Some(Login { mechanisms, user: "sender", password: PASSWORD })
}

async fn relay(world: &World, tls: Tls, login: Option<Login>) -> Receiver {
    let address = world.address();
    world.server_at(address, &address.to_string(), Manners { tls, login, ..Manners::default() }).await
}

/// The mail goes by this relay, and by it alone.
async fn goes_by(office: &mut Office, relay: &Receiver, url: &str, is_encrypted: bool) {
    let service = office.open(url).await;
    relay.mail_to(OWNER).await;
    assert!(service.terminate().await.success());
    assert_eq!(relay.count_to(OWNER), 1, "{url}");
    let visits = relay.visits();
    assert!(visits.iter().filter(|visit| visit.messages > 0).all(|visit| visit.is_encrypted == is_encrypted), "{url}");
    office.log();
}

#[test]
fn a_relay_is_spoken_to_by_tls_and_logged_in_to_as_its_url_says() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let ways: [(&str, &str, &str, Tls, Option<Login>); 5] = [
            ("smtp", "sender:hunter2%2Bhunter2@", "?tls=required", Tls::Good, login("PLAIN LOGIN")),
            ("smtp", "sender:hunter2%2Bhunter2@", "?tls=opportunistic", Tls::Good, login("LOGIN")),
            ("smtp", "", "?tls=opportunistic", Tls::None, None),
            ("smtps", "sender:hunter2%2Bhunter2@", "", Tls::FromTheStart, login("PLAIN")),
            ("smtps", "", "", Tls::FromTheStart, None),
        ];
        for (scheme, user, query, tls, login) in ways {
            let relay = relay(&world, tls, login).await;
            let mut office = Office::new(kind, &world);
            let url = format!("{scheme}://{user}{}{query}", relay.address);
            goes_by(&mut office, &relay, &url, tls != Tls::None).await;
            let told = if login.is_some() { vec![PASSWORD.to_owned()] } else { Vec::new() };
            assert!(relay.passwords().iter().all(|password| told.contains(password)), "{url}");
            assert_eq!(relay.passwords().is_empty(), told.is_empty(), "{url}");
        }
    });
}

#[test]
fn a_relay_that_nobody_vouches_for_learns_no_password_and_gets_no_mail() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let good = relay(&world, Tls::Good, login("PLAIN")).await;
        for (tls, told) in [(Tls::WrongName, "certificate"), (Tls::SelfSigned, "certificate"), (Tls::None, "502")] {
            let stranger = relay(&world, tls, login("PLAIN")).await;
            let mut office = Office::new(kind, &world);
            let before = good.count_to(OWNER);
            let url = |relay: &Receiver| format!("smtp://sender:{WRITTEN}@{}?tls=required", relay.address);
            let service = office.open(&url(&stranger)).await;
            let reason = office.until_away().await;
            assert!(reason.contains(told), "{tls:?}: {reason}");
            assert!(service.terminate().await.success());
            assert_eq!((stranger.count(), stranger.passwords().len()), (0, 0), "{tls:?}");
            assert!(office.log().contains("the relay does not take mail"), "{tls:?}");
            let service = office.open(&url(&good)).await;
            until("the mail has come", || async { (good.count_to(OWNER) > before).then_some(()) }).await;
            assert!(service.terminate().await.success());
            assert_eq!(good.count_to(OWNER), before + 1, "{tls:?}");
        }
    });
}

#[test]
fn a_wrong_password_loses_no_mail_and_stands_in_no_log() {
    on_both_databases(|kind| async move {
        let world = World::start().await;
        let relay = relay(&world, Tls::FromTheStart, login("PLAIN")).await;
        let mut office = Office::new(kind, &world);
        let wrong = format!("smtps://sender:swordfish-swordfish@{}", relay.address);
        let service = office.open(&wrong).await;
        let reason = office.until_away().await;
        assert!(reason.contains("535") || reason.contains("5.7.8"), "{reason}");
        assert!(service.terminate().await.success());
        let log = office.log();
        let plain = data_encoding::BASE64.encode(b"\0sender\0swordfish-swordfish");
        assert!(!log.contains("swordfish") && !log.contains(&plain), "a password in the log");
        assert_eq!(log.matches("the relay does not take mail").count(), 1, "said once");
        assert_eq!(relay.count(), 0);
        goes_by(&mut office, &relay, &format!("smtps://sender:{WRITTEN}@{}", relay.address), true).await;
    });
}
