//! The replies of a session.

use super::*;

fn known(address: &str) -> Recipient {
    match address.to_lowercase().rsplit_once('@') {
        Some(("b-mark", "lists.example")) => Recipient::Marked,
        Some(("postmaster", "lists.example")) => Recipient::Operator,
        Some((_, "lists.example")) => Recipient::Unknown,
        _ => Recipient::Foreign,
    }
}

fn say(dialogue: &mut Dialogue, line: &str) -> String {
    dialogue.answer(line, known).0.split(' ').next().unwrap_or_default().to_owned()
}

#[test]
fn a_report_is_taken() {
    let mut dialogue = Dialogue::new("lists.example", false);
    assert!(dialogue.answer("EHLO mx.example.org", known).0.contains("250-SIZE 10485760"));
    assert_eq!(say(&mut dialogue, "MAIL FROM:<> BODY=8BITMIME"), "250");
    assert_eq!(say(&mut dialogue, "RCPT TO:<b-mark@lists.example>"), "250");
    assert_eq!(say(&mut dialogue, "RCPT TO:<Postmaster>"), "250");
    assert_eq!(dialogue.answer("DATA", known).1, Next::Text);
    let envelope = dialogue.take_envelope();
    assert_eq!(envelope.to, ["b-mark@lists.example", "Postmaster@lists.example"]);
    assert_eq!(say(&mut dialogue, "DATA"), "503", "the envelope is used up");
}

/// BNC-06: it never relays, and says so before the text.
#[test]
fn bnc_06_foreign_and_unknown_recipients_are_refused_in_the_session() {
    let mut dialogue = Dialogue::new("lists.example", false);
    say(&mut dialogue, "HELO x");
    say(&mut dialogue, "MAIL FROM:<anne@example.org>");
    for foreign in
        ["bob@example.net", "b-mark@example.net", "b-mark%example.net@example.org", "\"a@lists.example\"@b.c"]
    {
        assert_eq!(dialogue.answer(&format!("RCPT TO:<{foreign}>"), known).0, "550 5.7.1 not relayed", "{foreign}");
    }
    assert_eq!(say(&mut dialogue, "RCPT TO:<anne@lists.example>"), "550");
    assert_eq!(say(&mut dialogue, "RCPT TO:<anne%example.net@lists.example>"), "550");
    assert_eq!(say(&mut dialogue, "DATA"), "554");
}

#[test]
fn commands_out_of_order_are_refused() {
    let mut dialogue = Dialogue::new("lists.example", false);
    for (line, code) in [
        ("MAIL FROM:<>", "503"),
        ("LHLO x", "500"),
        ("EHLO x", "250-lists.example\r\n250-PIPELINING\r\n250-SIZE"),
        ("RCPT TO:<b-mark@lists.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<> SIZE=99999999", "552"),
        ("MAIL FROM:<>", "250"),
        ("MAIL FROM:<>", "503"),
        ("RSET", "250"),
        ("MAIL FROM:<>", "250"),
        ("VRFY anne", "252"),
        ("NOOP", "250"),
    ] {
        assert_eq!(say(&mut dialogue, line), code, "{line}");
    }
}

#[test]
fn lmtp_greets_in_its_own_way() {
    let mut dialogue = Dialogue::new("lists.example", true);
    assert!(dialogue.greeting().contains("LMTP"));
    assert_eq!(say(&mut dialogue, "EHLO x"), "500");
    assert!(say(&mut dialogue, "LHLO x").starts_with("250"));
}

#[test]
fn a_client_that_only_makes_mistakes_is_sent_away() {
    let mut dialogue = Dialogue::new("lists.example", false);
    let last = (0..=MOST_MISTAKES).map(|_| dialogue.answer("GET / HTTP/1.1", known)).last();
    assert_eq!(last.map(|(_, next)| next), Some(Next::Close));
}

#[test]
fn no_more_recipients_than_allowed() {
    let mut dialogue = Dialogue::new("lists.example", false);
    say(&mut dialogue, "EHLO x");
    say(&mut dialogue, "MAIL FROM:<>");
    let replies: Vec<_> = (0..101).map(|_| say(&mut dialogue, "RCPT TO:<b-mark@lists.example>")).collect();
    assert_eq!(replies[99..], ["250", "452"]);
}

/// Anybody may write to the operator, so a little only; a mark of ours opens the door wider.
#[test]
fn what_only_the_operator_reads_may_be_a_megabyte_long() {
    let mut dialogue = Dialogue::new("lists.example", false);
    say(&mut dialogue, "EHLO x");
    let mut longest = |recipients: &[&str]| {
        say(&mut dialogue, "MAIL FROM:<>");
        for to in recipients {
            assert_eq!(say(&mut dialogue, &format!("RCPT TO:<{to}>")), "250");
        }
        dialogue.take_envelope().longest()
    };
    assert_eq!(longest(&["postmaster@lists.example", "postmaster"]), LONGEST_FOR_OPERATOR);
    assert_eq!(longest(&["b-mark@lists.example", "postmaster"]), LONGEST_MESSAGE);
    assert_eq!(longest(&["postmaster"]), LONGEST_FOR_OPERATOR, "the next message starts anew");
}
