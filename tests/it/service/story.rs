//! A running program with a campaign under way, and what became of each reader.

use std::collections::{BTreeMap, HashMap};

use diesel::RunQueryDsl;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{relay, said, settings};
use crate::support::app::Changes;
use crate::support::binary::{self, Service};
use crate::support::{A_CAMPAIGN, DatabaseKind, Inbox, TestDatabase, until_within};

/// How many stamped readers the campaign goes to.
pub(super) const READERS: usize = 400;

/// A running program with a campaign under way to [`READERS`] stamped addresses.
pub(super) struct Story {
    pub(super) settings: BTreeMap<String, String>,
    pub(super) folder: TempDir,
    pub(super) database: TestDatabase,
    pub(super) inbox: Inbox,
    pub(super) token: String,
    pub(super) campaign: String,
}

impl Story {
    /// Stamps the readers by an import with evidence, and schedules the campaign.
    pub(super) async fn begin(kind: DatabaseKind) -> (Self, Service) {
        Self::begin_in(TestDatabase::new(kind)).await
    }

    /// The same in this database.
    pub(super) async fn begin_in(database: TestDatabase) -> (Self, Service) {
        Self::begin_with(database, &[]).await
    }

    /// The same with some settings changed: names without `ESTAMPILLE_`, and values.
    pub(super) async fn begin_with(database: TestDatabase, changes: Changes<'_>) -> (Self, Service) {
        let (folder, inbox) = (TempDir::new().unwrap(), relay().await);
        let mut settings = settings(&database, &inbox.url(), &folder);
        settings.extend(changes.iter().map(|(name, value)| (format!("ESTAMPILLE_{name}"), (*value).to_owned())));
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

    pub(super) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/api/v1{path}", self.settings["ESTAMPILLE_BASE_URL"]);
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub(super) async fn restart(&self) -> Service {
        Service::start(&self.settings, self.folder.path()).await
    }

    /// Waits for the end of the campaign and returns how often each reader got it.
    pub(super) async fn copies(&self) -> HashMap<String, usize> {
        until_within(A_CAMPAIGN, "the campaign is finished", || async {
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

    /// Starts it again and waits for the end: nobody is lost, and at most so many got it twice.
    pub(super) async fn goes_on_to_the_end(&self, most_doubled: usize) {
        let service = self.restart().await;
        let copies = self.copies().await;
        assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
        assert!(doubled(&copies).len() <= most_doubled, "doubled: {:?}", doubled(&copies));
        assert!(copies.values().all(|count| *count <= 2));
        assert!(service.terminate().await.success());
    }

    /// Messages that may be under way at once.
    pub(super) fn connections(&self) -> usize {
        self.settings["ESTAMPILLE_RELAY_CONNECTIONS"].parse().unwrap()
    }

    /// It was stopped in the middle: what left is written down, and what had not left went back.
    pub(super) fn is_stopped_and_whole(&self) {
        let (sent, accepted) = (self.inbox.count(), self.in_state("accepted"));
        assert!(sent < READERS, "it was over before the signal");
        assert_eq!(accepted, i64::try_from(sent).unwrap(), "what left is written down");
        assert_eq!(self.in_state("claimed"), 0, "what had not left went back");
    }

    /// What the program logged so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("service.log")).unwrap()
    }

    pub(super) fn in_state(&self, state: &str) -> i64 {
        self.number(&format!("SELECT count(*) AS number FROM deliveries WHERE state = '{state}'"))
    }

    /// The number that an SQL text answers with.
    pub(super) fn number(&self, sql: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Number {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        diesel::sql_query(sql).get_result::<Number>(&mut self.database.connect()).unwrap().number
    }
}

/// Who got it more than once.
pub(super) fn doubled(copies: &HashMap<String, usize>) -> Vec<&String> {
    copies.iter().filter(|(_, count)| **count > 1).map(|(address, _)| address).collect()
}
