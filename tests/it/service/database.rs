//! A database that goes away in the middle of a campaign and comes back: everything waits, pages say so, nobody is lost.

use diesel::connection::SimpleConnection;
use estampille::storage::Conn;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::story::{READERS, Story, doubled};
use crate::support::away::Way;
use crate::support::binary::Service;
use crate::support::{A_CAMPAIGN, DatabaseKind, TestDatabase, databases, until, until_within};

/// A PostgreSQL database, and the way to it as `ESTAMPILLE_DATABASE_URL` takes it.
pub(super) async fn far_away() -> (TestDatabase, Way, String) {
    let database = TestDatabase::new(DatabaseKind::Postgres);
    let url = database.setting();
    let (head, rest) = url.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let way = Way::to(server.to_owned()).await;
    let url = format!("{head}@{}/{rest}", way.address);
    (database, way, url)
}

/// A visitor of the installation's web.
struct Visitor<'a> {
    story: &'a Story,
    client: reqwest::Client,
    form: String,
}

impl<'a> Visitor<'a> {
    /// One who knows a signup form.
    async fn of(story: &'a Story) -> Self {
        let list = json!({
            "name": "Others", "from_name": "Rose", "from_address": "rose@papeterie.example", "language": "en",
            "description": "",
        });
        let list = story.call("POST", "/lists", Some(&list)).await["id"].as_str().unwrap().to_owned();
        let form = json!({ "title": "Our letter", "consent_text": "I want the letter." });
        let form = story.call("POST", &format!("/lists/{list}/forms"), Some(&form)).await;
        Self { story, client: reqwest::Client::new(), form: form["url"].as_str().unwrap().to_owned() }
    }

    async fn sign_up(&self, address: &str) -> Response {
        let fields = [("address", address), ("consent", "yes")];
        self.client.post(&self.form).header("accept", "text/html").form(&fields).send().await.unwrap()
    }

    async fn sign_up_by_program(&self, address: &str) -> Response {
        self.client.post(&self.form).json(&json!({ "address": address, "consent": "yes" })).send().await.unwrap()
    }

    async fn readiness(&self) -> (StatusCode, Value) {
        let url = format!("{}/readyz", self.story.settings["ESTAMPILLE_BASE_URL"]);
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// `/readyz` says that nothing works, and why.
    async fn until_told(&self) {
        until("`/readyz` says that the database is away", || async {
            let (status, body) = self.readiness().await;
            (status == StatusCode::SERVICE_UNAVAILABLE).then(|| assert_eq!(body["status"], "not_ready", "{body}"))
        })
        .await;
    }

    async fn until_ready(&self) {
        until("`/readyz` says that all is well", || async { (self.readiness().await.0 == 200).then_some(()) }).await;
    }

    /// A person who signs up meanwhile is told the truth, and when to come again.
    async fn is_asked_to_come_again(&self) {
        let page = until("a signup is put off", || async {
            let answer = self.sign_up("patient@visitor.example").await;
            (answer.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(answer)
        })
        .await;
        assert_eq!(page.headers()["retry-after"], "10");
        let text = page.text().await.unwrap();
        assert!(text.contains("Back in a moment") && text.contains("try again shortly"), "{text}");
        let answer = self.sign_up_by_program("program@visitor.example").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "10");
    }

    /// Who comes again is signed up, and gets the confirmation mail.
    async fn comes_again(&self) {
        for address in ["patient@visitor.example", "program@visitor.example"] {
            until("a signup is taken again", || async { (self.sign_up(address).await.status() == 200).then_some(()) })
                .await;
            self.story.inbox.next_to(address).await;
        }
    }
}

/// Everybody has the campaign, and exactly once.
async fn assert_whole(story: &Story) {
    let copies = story.copies().await;
    assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
    assert!(copies.values().all(|count| *count == 1), "doubled: {:?}", doubled(&copies));
    let campaign = story.call("GET", &format!("/campaigns/{}", story.campaign), None).await;
    assert_eq!(campaign["counts"]["accepted"], READERS, "{campaign}");
}

/// Trouble is said once for each kind of work, and so is its end.
fn assert_said_once(log: &str) {
    let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!((count("the database is gone"), count("the database is back")), (1, 1), "{log}");
    assert!(count("it waits until this works") <= 10, "{log}");
}

/// A campaign during which the database is away, and people who come to sign up meanwhile.
async fn away(go: impl FnOnce(&Way), come_back: impl FnOnce(&Way)) {
    let (database, way, url) = far_away().await;
    let (story, service) = Story::begin_with(database, &[("DATABASE_URL", url.as_str())]).await;
    let visitor = Visitor::of(&story).await;
    story.inbox.wait_for(READERS / 4).await;
    go(&way);
    visitor.until_told().await;
    visitor.is_asked_to_come_again().await;
    until("the log says it", || async { story.log().contains("the database is gone").then_some(()) }).await;
    assert!(story.inbox.count() < READERS, "it was over before the database went away");
    come_back(&way);
    visitor.until_ready().await;
    visitor.comes_again().await;
    assert_whole(&story).await;
    assert_ended(&story, service).await;
}

async fn assert_ended(story: &Story, service: Service) {
    until("the log says that it is back", || async { story.log().contains("the database is back").then_some(()) })
        .await;
    assert!(service.terminate().await.success());
    assert_said_once(&story.log());
}

#[test]
fn a_database_whose_connections_are_cut_is_waited_for_and_sending_goes_on_by_itself() {
    databases::on(DatabaseKind::Postgres, away(Way::close, Way::open));
}

#[test]
fn a_database_that_does_not_move_is_waited_for_and_pages_do_not_wait_with_it() {
    databases::on(DatabaseKind::Postgres, away(Way::stall, Way::open));
}

#[test]
fn a_database_that_does_not_move_and_whose_connections_then_end_is_waited_for_too() {
    databases::on(
        DatabaseKind::Postgres,
        away(Way::stall, |way| {
            way.close();
            way.open_later();
        }),
    );
}

/// What the database carried out and could not say is neither lost nor done twice, and nobody waits for a lease to end.
#[test]
fn answers_of_the_database_that_are_lost_lose_and_double_nobody() {
    databases::on(DatabaseKind::Postgres, async {
        let (database, way, url) = far_away().await;
        let (story, service) = Story::begin_with(database, &[("DATABASE_URL", url.as_str())]).await;
        story.inbox.wait_for(READERS / 4).await;
        way.lose_answers_to_commits(25);
        until_within(A_CAMPAIGN, "all of them are lost", || async { (way.answers_to_lose() == 0).then_some(()) }).await;
        assert_whole(&story).await;
        let curve = "SELECT CAST(SUM(accepted) AS BIGINT) AS number FROM campaign_progress";
        assert_eq!(story.number(curve), i64::try_from(READERS).unwrap(), "the curve counts each once");
        assert!(service.terminate().await.success());
    });
}

/// Another program holds the file of the embedded database for longer than anybody waits.
#[test]
fn an_embedded_database_that_another_program_holds_is_waited_for() {
    databases::on(DatabaseKind::Sqlite, async {
        let (story, service) = Story::begin(DatabaseKind::Sqlite).await;
        let visitor = Visitor::of(&story).await;
        story.inbox.wait_for(READERS / 4).await;
        let mut holder: Conn = story.database.connect();
        holder.batch_execute("BEGIN IMMEDIATE").unwrap();
        visitor.is_asked_to_come_again().await;
        assert!(story.inbox.count() < READERS, "it was over before the database was held");
        let sent = story.inbox.count();
        holder.batch_execute("ROLLBACK").unwrap();
        visitor.comes_again().await;
        assert_whole(&story).await;
        assert!(sent < READERS);
        assert!(service.terminate().await.success());
    });
}
