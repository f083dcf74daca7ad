//! A disk that is full in the middle of a campaign: everything waits, the program says so, and nobody is lost.

use std::io::Write;
use std::path::PathBuf;

use reqwest::StatusCode;
use serde_json::json;

use super::story::{READERS, Story, doubled};
use crate::support::databases::{DatabaseKind, SMALL_DISK, TestDatabase, on_both_databases};
use crate::support::until;

/// What a loop says once when its work cannot be done now.
const WAITS: &str = "it waits until this works";

/// A file that takes all the room there is, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn take_all(folder: &str) -> Self {
        let path = PathBuf::from(folder).join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [1 << 20, 4096, 1] {
            let block = vec![0_u8; size];
            while file.write_all(&block).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// Makes lists until the database has no room for one more; says what the last request was answered.
async fn fill_up(story: &Story) -> StatusCode {
    let list = json!({
        "name": "Letters", "from_name": "Rose", "from_address": "rose@papeterie.example", "language": "en",
        "description": "Room is what this takes. ".repeat(30),
    });
    let url = format!("{}/api/v1/lists", story.settings["ESTAMPILLE_BASE_URL"]);
    let client = reqwest::Client::new();
    for _ in 0..20_000 {
        let answer = client.post(&url).bearer_auth(&story.token).json(&list).send().await.unwrap();
        if answer.status() != StatusCode::CREATED {
            return answer.status();
        }
    }
    panic!("the disk does not fill up")
}

#[test]
fn a_full_disk_in_the_middle_of_a_campaign_stops_it_and_loses_and_doubles_nobody() {
    on_both_databases(|kind: DatabaseKind| async move {
        let small = std::env::var(SMALL_DISK).expect("TEST_SMALL_DISK names no folder: run ./test.sh as root");
        let (story, service) = Story::begin_in(TestDatabase::on_small_disk(kind, &small)).await;
        story.inbox.wait_for(READERS / 4).await;
        let ballast = Ballast::take_all(&small);
        assert_eq!(fill_up(&story).await, StatusCode::SERVICE_UNAVAILABLE);
        let path = format!("/campaigns/{}", story.campaign);
        assert_eq!(story.call("GET", &path, None).await["state"], "sending", "what is there can still be read");
        let log = || std::fs::read_to_string(story.folder.path().join("service.log")).unwrap();
        until("a loop says that it waits", || async { log().contains(WAITS).then_some(()) }).await;
        drop(ballast);
        let copies = story.copies().await;
        assert_eq!(copies.len(), READERS, "lost: {}", READERS - copies.len());
        assert!(copies.values().all(|count| *count == 1), "doubled: {:?}", doubled(&copies));
        assert!(service.terminate().await.success());
        let said = log().lines().filter(|line| line.contains(WAITS)).count();
        assert!((1..=10).contains(&said), "trouble is said once for each kind of work, not {said} times");
    });
}
