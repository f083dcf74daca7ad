//! Nothing that comes in makes the reader fail or take long.

use std::time::{Duration, Instant};

use estampille::bounces::classify_reply;
use estampille::keyring::Keyring;
use estampille::mail::{dsn, feedback_report::FeedbackReport, inbound, marks, return_path};
use proptest::prelude::*;

use super::fixtures;

fn keys() -> Keyring {
    Keyring::new(vec![[7; 32]]).unwrap()
}

/// A fixture with some bytes changed, some of it repeated, some of it gone.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<usize>(), any::<u8>(), 0..4_u8), 1..40);
    (0..fixtures::all().len(), changes).prop_map(|(number, changes)| {
        let (_, mut message) = fixtures::all().swap_remove(number);
        for (at, byte, what) in changes {
            let at = at % message.len().max(1);
            match what {
                0 if !message.is_empty() => message[at] = byte,
                1 => message.truncate(at.max(1)),
                2 => message.insert(at, byte),
                _ => message.extend_from_within(..at.min(500)),
            }
        }
        message
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        drop(inbound::read(&bytes));
        drop(inbound::recipients(&bytes));
    }

    #[test]
    fn damaged_reports_are_read_or_refused(message in mutated()) {
        drop(inbound::read(&message));
    }

    #[test]
    fn any_text_is_classified(text in "\\PC*") {
        drop(classify_reply(&text));
        drop(dsn::recipients(&text));
        drop(FeedbackReport::read(&text));
    }

    #[test]
    fn no_text_opens_a_mark(text in "\\PC{0,80}", mark in "[a-z2-7]{0,60}") {
        for text in [&text, &mark] {
            prop_assert_eq!(return_path::open(&keys(), &format!("b-{text}")), None);
            prop_assert_eq!(return_path::open(&keys(), text), None);
            prop_assert_eq!(marks::open_message_id(&keys(), text), None);
            prop_assert_eq!(marks::open_trace(&keys(), text), None);
            prop_assert_eq!(marks::open_complaint_id(&keys(), text), None);
        }
    }
}

#[test]
fn messages_made_to_be_expensive_are_done_with_soon() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(200_000);
    let digests = "Content-Type: multipart/digest; boundary=a\n\n--a\n\n".repeat(100_000);
    let ats = format!("Subject: Undelivered\nFrom: MAILER-DAEMON@x.example\n\n{}", "a@b.c ".repeat(500_000));
    let brackets = format!("Subject: Undelivered\nContent-Type: text/html\n\n{}", "<a".repeat(1_000_000));
    let fields = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\
         Content-Type: message/delivery-status\n\n{}\n--b--\n",
        "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n".repeat(100_000)
    );
    let lines =
        format!("From: postmaster@x.example\nSubject: failure notice\n\n{}", "<a@b.example>:\n\n".repeat(100_000));
    let header = "a: b\n".repeat(500_000);
    for message in [deep, digests, ats, brackets, fields, lines, header] {
        let start = Instant::now();
        drop(inbound::read(message.as_bytes()));
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(10), "{taken:?} for {}", &message[..60]);
    }
}
