//! Several nodes around one PostgreSQL: they share the work, and the others finish what a lost one held.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use tempfile::TempDir;

use super::story::{READERS, Story, doubled};
use crate::support::binary::{Service, free_address};
use crate::support::{DatabaseKind, databases, until};

/// A further node of the installation: its own data folder and port, the same database, relay and keys.
fn another(story: &Story, folder: &TempDir) -> BTreeMap<String, String> {
    let key = story.folder.path().join("secret");
    let folder = folder.path().to_str().unwrap().to_owned();
    story
        .settings
        .clone()
        .into_iter()
        .chain([
            ("ESTAMPILLE_DATA_DIR".to_owned(), folder),
            ("ESTAMPILLE_SECRET_FILE".to_owned(), key.to_str().unwrap().to_owned()),
            ("ESTAMPILLE_LISTEN".to_owned(), free_address().to_string()),
        ])
        .collect()
}

#[test]
fn of_three_nodes_one_is_killed_and_the_others_lose_nobody_and_double_no_more_than_it_had_under_way() {
    databases::on(DatabaseKind::Postgres, async {
        let (story, first) = Story::begin(DatabaseKind::Postgres).await;
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let second = Service::start(&another(&story, &folders[0]), folders[0].path()).await;
        let third = Service::start(&another(&story, &folders[1]), folders[1].path()).await;
        story.inbox.wait_for(READERS / 3).await;
        second.kill();
        assert!(story.inbox.count() < READERS, "it was over before the kill");
        let name = std::fs::read_to_string(folders[0].path().join("node")).unwrap();
        let lost = name.lines().next().unwrap();
        // What five minutes of waiting would do: the lease of the lost node ends. Nobody else touches its claims before.
        let ended =
            format!("UPDATE deliveries SET claimed_until = 1 WHERE state = 'claimed' AND claimed_by = '{lost}'");
        diesel::sql_query(ended).execute(&mut story.database.connect()).unwrap();
        let copies = story.copies().await;
        assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
        let connections: usize = story.settings["ESTAMPILLE_RELAY_CONNECTIONS"].parse().unwrap();
        assert!(doubled(&copies).len() <= connections, "doubled: {:?}", doubled(&copies));
        assert!(copies.values().all(|count| *count <= 2));
        assert_eq!(story.in_state("claimed"), 0);
        assert!(first.terminate().await.success());
        assert!(third.terminate().await.success());
    });
}

#[test]
fn three_nodes_send_each_mail_once() {
    databases::on(DatabaseKind::Postgres, async {
        let (story, first) = Story::begin(DatabaseKind::Postgres).await;
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let second = Service::start(&another(&story, &folders[0]), folders[0].path()).await;
        let third = Service::start(&another(&story, &folders[1]), folders[1].path()).await;
        let copies = story.copies().await;
        assert_eq!(copies.len(), READERS);
        assert!(copies.values().all(|count| *count == 1), "doubled: {:?}", doubled(&copies));
        for node in [first, second, third] {
            assert!(node.terminate().await.success());
        }
    });
}

/// What `/readyz` of a process says of the relay.
async fn relay_as_told_by(settings: &BTreeMap<String, String>) -> Option<serde_json::Value> {
    let url = format!("http://{}/readyz", settings["ESTAMPILLE_LISTEN"]);
    let told: serde_json::Value = reqwest::get(url).await.ok()?.json().await.ok()?;
    Some(told["relay"].clone())
}

#[test]
fn a_process_that_sends_nothing_tells_that_the_relay_is_away_and_when_nobody_sends_that_it_does_not_know() {
    databases::on(DatabaseKind::Postgres, async {
        let (story, sending) = Story::begin(DatabaseKind::Postgres).await;
        let folder = TempDir::new().unwrap();
        let settings = another(&story, &folder);
        let web = Service::start_as("web", &settings, folder.path()).await;
        let told = |state: &'static str| {
            let settings = &settings;
            until("the other process knows", move || async move {
                relay_as_told_by(settings).await.filter(|relay| relay["state"] == state)
            })
        };
        told("ok").await;
        story.inbox.go_down().await;
        let away = told("away").await;
        assert!(away["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{away}");
        story.inbox.come_back().await;
        told("ok").await;
        assert!(sending.terminate().await.success());
        assert_eq!(told("unknown").await["reason"], serde_json::Value::Null);
        assert!(web.terminate().await.success());
    });
}
