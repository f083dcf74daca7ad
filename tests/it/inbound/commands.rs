//! `receive`, `inspect` and `trace`, as an MTA and an operator run them.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Output, Stdio};

use estampille::app::App;
use estampille::config::Settings;
use estampille::storage::DeliveryId;
use tempfile::TempDir;

use super::site::report;
use crate::support::binary::{command, run};

fn settings(folder: &TempDir) -> BTreeMap<String, String> {
    [("DATA_DIR", folder.path().to_str().unwrap()), ("MAIL_DOMAIN", "lists.example.org")]
        .map(|(name, value)| (format!("ESTAMPILLE_{name}"), value.to_owned()))
        .into()
}

fn pipe(arguments: &[&str], settings: &BTreeMap<String, String>, message: &str) -> Output {
    let mut command = command(arguments, settings);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn receive_answers_with_the_status_that_an_mta_understands() {
    let folder = TempDir::new().unwrap();
    let settings = settings(&folder);
    let message = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    let kept = pipe(&["receive", "--recipient", "abuse@lists.example.org"], &settings, &message);
    assert_eq!(kept.status.code(), Some(0), "{kept:?}");
    let by_header = pipe(&["receive"], &settings, &format!("Delivered-To: postmaster@lists.example.org\n{message}"));
    assert_eq!(by_header.status.code(), Some(0), "{by_header:?}");
    assert_eq!(pipe(&["receive"], &settings, "").status.code(), Some(65), "there is no message");
    assert_eq!(pipe(&["receive"], &settings, "Subject: x\n\nx\n").status.code(), Some(0), "kept, though for nobody");
    let mut away = settings;
    away.insert("ESTAMPILLE_DATABASE_URL".into(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1".into());
    let away = pipe(&["receive", "--recipient", "abuse@lists.example.org"], &away, &message);
    assert_eq!(away.status.code(), Some(75), "the MTA keeps it: {away:?}");
}

#[test]
fn inspect_prints_one_line_a_message_and_one_a_reply() {
    let folder = TempDir::new().unwrap();
    let message = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    std::fs::write(folder.path().join("1.eml"), &message).unwrap();
    std::fs::write(folder.path().join("2.mbox"), format!("From x\n{message}\n\nFrom y\n{message}")).unwrap();
    let place = folder.path().to_str().unwrap();
    let printed = String::from_utf8(run(&["inspect", place], &BTreeMap::new()).stdout).unwrap();
    let line = |name: &str| format!("{place}/{name}\tbounce-hard\tanne@example.org\t5.1.1\tunknown_user\n");
    assert_eq!(printed, [line("1.eml"), line("2.mbox#1"), line("2.mbox#2")].concat());
    let replies = folder.path().join("replies.tsv");
    std::fs::write(&replies, "reply\tclass\n550 5.1.1 no such user\tx\n552 5.1.1 full OFR_417\n421 slow down\n")
        .unwrap();
    let printed = run(&["inspect", "--replies", replies.to_str().unwrap()], &BTreeMap::new()).stdout;
    let wanted =
        "550 5.1.1 no such user\thard-bounce\n552 5.1.1 full OFR_417\tmailbox-full\n421 slow down\tthrottled\n";
    assert_eq!(String::from_utf8(printed).unwrap(), wanted);
}

/// B24, B29, B30: known and unknown messages are told apart.
#[test]
fn trace_says_whether_a_message_went_through_here() {
    let folder = TempDir::new().unwrap();
    let settings = settings(&folder);
    let foreign = folder.path().join("foreign.eml");
    std::fs::write(&foreign, "Received: from b by c; Tue\nReceived: from a by b; Mon\nSubject: x\n\nx\n").unwrap();
    let output = run(&["trace", foreign.to_str().unwrap()], &settings);
    assert_eq!(output.status.code(), Some(1));
    let (told, why) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(told.contains("1. from a by b; Mon\n2. from b by c; Tue"), "{told}");
    assert!(why.contains("not sent through this installation"), "{why}");
    // A valid mark whose delivery is gone is no proof either.
    let app = App::open(Settings::from_values(&settings).unwrap()).unwrap();
    let mark = estampille::mail::marks::trace(&app.keys, DeliveryId(7));
    std::fs::write(&foreign, format!("X-Estampille-Trace: {mark}\nSubject: x\n\nx\n")).unwrap();
    assert_eq!(run(&["trace", foreign.to_str().unwrap()], &settings).status.code(), Some(1));
}
