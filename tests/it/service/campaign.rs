//! A campaign across a stop, a crash and a restart of the program: nobody is lost, and hardly anybody gets it twice.

use std::collections::{BTreeMap, HashMap};

use diesel::RunQueryDsl;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{relay, said, settings};
use crate::support::binary::{self, Service};
use crate::support::{DatabaseKind, Inbox, TestDatabase, on_both_databases, until};

const READERS: usize = 400;

/// A running program with a campaign under way to [`READERS`] stamped addresses.
struct Story {
    settings: BTreeMap<String, String>,
    folder: TempDir,
    database: TestDatabase,
    inbox: Inbox,
    token: String,
    campaign: String,
}

impl Story {
    /// Stamps the readers by an import with evidence, and schedules the campaign.
    async fn begin(kind: DatabaseKind) -> (Self, Service) {
        let (database, folder, inbox) = (TestDatabase::new(kind), TempDir::new().unwrap(), relay().await);
        let settings = settings(&database, &inbox.url(), &folder);
        let made = binary::run(
            &["account", "create", "Papeterie", "--owner", "rose@papeterie.example", "--postal-address", "1 rue X"],
            &settings,
        );
        assert!(made.status.success(), "{}", said(&made));
        let token = binary::run(&["token", "create", "--account", "Papeterie"], &settings);
        let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        let service = Service::start(&settings, folder.path()).await;
        let mut story = Self { settings, folder, database, inbox, token, campaign: String::new() };
        let list = json!({
            "name": "Letters", "from_name": "Rose", "from_address": "rose@papeterie.example", "language": "en",
            "description": "",
        });
        let list = story.call("POST", "/lists", Some(&list)).await["id"].as_str().unwrap().to_owned();
        story.import(&list);
        let campaign = json!({ "list_id": list, "subject": "Across a stop", "body_markdown": "Hello" });
        story.campaign = story.call("POST", "/campaigns", Some(&campaign)).await["id"].as_str().unwrap().to_owned();
        let path = format!("/campaigns/{}/schedule", story.campaign);
        story.call("POST", &path, Some(&json!({ "spread_over": "PT6S" }))).await;
        (story, service)
    }

    fn import(&self, list: &str) {
        let file = self.folder.path().join("readers.csv");
        let rows: String = (1..=READERS).map(|reader| format!("reader{reader}@reader.example\n")).collect();
        std::fs::write(&file, format!("address\n{rows}")).unwrap();
        let imported = binary::run(
            &[
                "import",
                file.to_str().unwrap(),
                "--list",
                list,
                "--source",
                "the shop's own book",
                "--collected-at",
                "2026-01-01",
                "--basis",
                "signed at the counter",
                "--confirmed-elsewhere",
                "--evidence",
                "book 7",
            ],
            &self.settings,
        );
        assert!(imported.status.success(), "{}", said(&imported));
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/api/v1{path}", self.settings["ESTAMPILLE_BASE_URL"]);
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    async fn restart(&self) -> Service {
        Service::start(&self.settings, self.folder.path()).await
    }

    /// Waits for the end of the campaign and returns how often each reader got it.
    async fn copies(&self) -> HashMap<String, usize> {
        until("the campaign is finished", || async {
            let body = self.call("GET", &format!("/campaigns/{}", self.campaign), None).await;
            (body["state"] == "finished").then_some(())
        })
        .await;
        let mut copies = HashMap::new();
        // The owner was invited by mail; the readers are counted.
        let to_readers = self.inbox.take_all().into_iter().filter(|mail| mail.to[0].ends_with("@reader.example"));
        for mail in to_readers {
            *copies.entry(mail.to[0].clone()).or_default() += 1;
        }
        copies
    }

    fn in_state(&self, state: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let sql = format!("SELECT count(*) AS number FROM deliveries WHERE state = '{state}'");
        diesel::sql_query(sql).get_result::<Number>(&mut self.database.connect()).unwrap().number
    }
}

#[test]
fn sigterm_in_the_middle_of_a_campaign_loses_nobody_and_doubles_nobody() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        story.inbox.wait_for(READERS / 4).await;
        assert!(service.terminate().await.success());
        let (sent, accepted) = (story.inbox.count(), story.in_state("accepted"));
        assert!(sent < READERS, "it was over before the signal");
        assert_eq!(accepted, i64::try_from(sent).unwrap(), "what left is written down");
        assert_eq!(story.in_state("claimed"), 0, "what had not left went back");
        let service = story.restart().await;
        let copies = story.copies().await;
        assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
        assert!(copies.values().all(|count| *count == 1), "doubled: {:?}", doubled(&copies));
        assert!(service.terminate().await.success());
    });
}

#[test]
fn kill_9_in_the_middle_of_a_campaign_loses_nobody_and_doubles_no_more_than_the_connections_in_use() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        story.inbox.wait_for(READERS / 4).await;
        service.kill();
        assert!(story.inbox.count() < READERS, "it was over before the kill");
        let service = story.restart().await;
        let copies = story.copies().await;
        assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
        let connections: usize = story.settings["ESTAMPILLE_RELAY_CONNECTIONS"].parse().unwrap();
        assert!(doubled(&copies).len() <= connections, "doubled: {:?}", doubled(&copies));
        assert!(copies.values().all(|count| *count <= 2));
        assert!(service.terminate().await.success());
    });
}

#[test]
fn a_command_follows_a_campaign_to_its_end() {
    on_both_databases(|kind| async move {
        let (story, service) = Story::begin(kind).await;
        let (settings, campaign) = (story.settings.clone(), story.campaign.clone());
        let follow = move || binary::run(&["send", "--campaign", &campaign, "--wait"], &settings);
        let followed = tokio::task::spawn_blocking(follow).await.unwrap();
        assert!(followed.status.success(), "{}", said(&followed));
        let told: Value = serde_json::from_slice(&followed.stdout).unwrap();
        assert_eq!(
            (told["state"].as_str(), told["counts"]["accepted"].as_u64()),
            (Some("finished"), Some(READERS as u64))
        );
        assert_eq!(story.copies().await.len(), READERS);
        assert!(service.terminate().await.success());
    });
}

fn doubled(copies: &HashMap<String, usize>) -> Vec<&String> {
    copies.iter().filter(|(_, count)| **count > 1).map(|(address, _)| address).collect()
}
