//! The program as an operator runs it: start, upgrade, stop, crash.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::support::binary::{self, Service};
use crate::support::{DatabaseKind, Inbox, TestDatabase, app, on_both_databases};

/// Settings of an installation of its own, for the program in a process of its own.
fn settings(database: &TestDatabase, relay: &str, folder: &TempDir) -> BTreeMap<String, String> {
    let url = format!("http://{}", binary::free_address());
    app::settings(&url, relay, &database.setting(), folder.path())
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[tokio::test]
async fn an_embedded_database_is_migrated_by_the_start_itself() {
    let (database, folder) = (TestDatabase::unmigrated(DatabaseKind::Sqlite), TempDir::new().unwrap());
    let service = Service::start(&settings(&database, "tray:", &folder), folder.path()).await;
    assert!(service.terminate().await.success());
}

#[tokio::test]
async fn a_server_s_schema_that_is_behind_stops_the_start_which_names_the_command() {
    let (database, folder) = (TestDatabase::unmigrated(DatabaseKind::Postgres), TempDir::new().unwrap());
    let settings = settings(&database, "tray:", &folder);
    let refused = binary::run(&["serve"], &settings);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(said(&refused).contains("estampille migrate"), "{}", said(&refused));
    let migrated = binary::run(&["migrate"], &settings);
    assert!(migrated.status.success(), "{}", said(&migrated));
    let service = Service::start(&settings, folder.path()).await;
    assert!(service.terminate().await.success());
}

/// Two versions side by side: this program on the schema of the next one.
#[test]
fn the_program_works_on_a_schema_that_is_ahead() {
    on_both_databases(|kind| async move {
        let (database, folder) = (TestDatabase::new(kind), TempDir::new().unwrap());
        let ahead = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000');
             ALTER TABLE lists ADD COLUMN colour TEXT; ALTER TABLE subscriptions ADD COLUMN note TEXT DEFAULT 'x';
             CREATE TABLE postcards (id BIGINT PRIMARY KEY);";
        database.connect().batch_execute(ahead).unwrap();
        let settings = settings(&database, "tray:", &folder);
        let service = Service::start(&settings, folder.path()).await;
        let made = binary::run(&["account", "create", "Papeterie", "--owner", "rose@papeterie.example"], &settings);
        assert!(made.status.success(), "{}", said(&made));
        let token = binary::run(&["token", "create", "--account", "Papeterie"], &settings);
        let token = String::from_utf8(token.stdout).unwrap();
        let list = serde_json::json!({
            "name": "Letters", "from_name": "Rose", "from_address": "rose@papeterie.example", "language": "en",
            "description": "",
        });
        let url = format!("{}/api/v1/lists", settings["ESTAMPILLE_BASE_URL"]);
        let answer = reqwest::Client::new().post(url).bearer_auth(token.trim()).json(&list).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
        assert!(service.terminate().await.success());
    });
}

#[tokio::test]
async fn a_bad_setting_stops_the_start_with_the_key_the_value_and_what_is_allowed() {
    let (database, folder) = (TestDatabase::new(DatabaseKind::Sqlite), TempDir::new().unwrap());
    let mut settings = settings(&database, "tray:", &folder);
    settings.insert("ESTAMPILLE_RELAY_CONNECTIONS".into(), "many".into());
    let refused = binary::run(&["serve"], &settings);
    assert!(!refused.status.success());
    for word in ["ESTAMPILLE_RELAY_CONNECTIONS", "many", "1 to 1000"] {
        assert!(said(&refused).contains(word), "{}", said(&refused));
    }
}

/// A lost relay or database leaves the web up; `/healthz` says so, `/readyz` says what is wrong.
#[tokio::test]
async fn a_database_that_is_away_at_the_start_leaves_the_web_up_and_unready() {
    let (database, folder) = (TestDatabase::new(DatabaseKind::Postgres), TempDir::new().unwrap());
    let mut settings = settings(&database, "tray:", &folder);
    let gone = format!("postgres://estampille@{}/estampille?sslmode=disable", binary::free_address());
    settings.insert("ESTAMPILLE_DATABASE_URL".into(), gone);
    let service = Service::start_unready(&settings, folder.path());
    let client = reqwest::Client::new();
    let status = |path: &'static str| {
        let request = client.get(format!("{}{path}", settings["ESTAMPILLE_BASE_URL"]));
        async { Some(request.send().await.ok()?.status().as_u16()) }
    };
    let up = crate::support::until("the web is up", || status("/healthz")).await;
    assert_eq!(up, 200);
    assert_eq!(status("/readyz").await, Some(503));
    assert!(service.terminate().await.success());
}

mod campaign;
mod database;
mod disk;
mod encryption;
mod nodes;
mod patience;
mod stop;
mod story;

/// What a run of the program leaves at its relay.
pub(crate) async fn relay() -> Inbox {
    Inbox::start().await
}
