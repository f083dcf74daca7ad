//! Every message of `tests/fixtures/` beside what it is.

use std::path::{Path, PathBuf};

use estampille::bounces::classify::classify;
use estampille::bounces::inbound_messages::word_of;
use estampille::bounces::{Severity, classify_reply};
use estampille::mail::inbound;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "eml"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect()
}

fn found(message: &[u8]) -> Value {
    let Some(read) = inbound::read(message) else { return json!("unreadable") };
    let verdicts: Vec<_> = read.refusals.iter().map(|one| classify(&one.status, &one.reply, &read.prose)).collect();
    let mut recipients: Vec<&str> = read.refusals.iter().map(|one| one.address.as_str()).collect();
    if let Some(feedback) = &read.feedback {
        recipients = feedback.recipients.iter().map(String::as_str).collect();
    }
    let mut statuses: Vec<&str> =
        verdicts.iter().map(|one| one.status.as_str()).filter(|one| !one.is_empty()).collect();
    statuses.dedup();
    let mut classes: Vec<&str> = verdicts.iter().map(|one| one.class.word()).collect();
    classes.dedup();
    json!({ "kind": word_of(&read), "recipients": recipients, "status": statuses, "class": classes })
}

/// BNC-01, BNC-02, BNC-03 and HDR-05 among them.
#[test]
fn every_fixture_is_read_as_its_json_says() {
    let all = all();
    assert!(all.len() > 120, "the fixtures are there");
    let mut wrong = Vec::new();
    for (file, message) in all {
        let expected: Value = serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
        let found = found(&message);
        if found != expected {
            wrong.push(format!("{}\n    found    {found}\n    expected {expected}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

/// BNC-01, BNC-02 and BNC-03: a table of replies of many providers and programs.
#[test]
fn every_reply_is_read_as_its_line_says() {
    let mut wrong = Vec::new();
    let lines = include_str!("../../fixtures/replies.tsv").lines().skip(1);
    for line in lines {
        let [reply, class, severity] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}")
        };
        let verdict = classify_reply(reply);
        let found = (verdict.class.word(), verdict.severity.map_or("", Severity::word));
        if found != (class, severity) {
            wrong.push(format!("{found:?} for {line}"));
        }
    }
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

#[test]
fn line_ends_of_any_kind_change_nothing() {
    for (file, message) in all() {
        let text = String::from_utf8(message.clone()).unwrap().replace("\r\n", "\n").replace('\r', "\n");
        let network = text.replace('\n', "\r\n");
        assert_eq!(found(network.as_bytes()), found(&message), "{}", file.display());
    }
}
