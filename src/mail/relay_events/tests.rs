use super::*;
use crate::mail::inbound::Kind;

macro_rules! event {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/events/", $name, ".json"))
            .replace("@ADDRESS@", "anne@reader.example")
            .replace("@RETURN_PATH@", "b-mark@lists.example")
            .replace("@MESSAGE_ID@", "id@lists.example")
            .replace("@TRACE@", "trace")
    };
}

fn only(provider: Provider, body: &str) -> (Event, Report) {
    let mut events = split(provider, body.as_bytes()).expect("events");
    assert_eq!(events.len(), 1, "one event that matters");
    let event = events.remove(0);
    let report = read(provider, &event.message).expect("a report");
    (event, report)
}

#[test]
fn bounces_of_every_provider_carry_the_words_of_the_receiving_side_and_our_mark() {
    for (provider, body, return_path, mark) in [
        (Provider::Ses, event!("ses-bounce"), "b-mark@lists.example", "x-estampille-trace: trace\n"),
        (Provider::Postmark, event!("postmark-bounce"), "", "x-estampille-trace: trace\n"),
        (Provider::Mailgun, event!("mailgun-bounce"), "b-mark@lists.example", "x-estampille-trace: trace\n"),
        (Provider::SendGrid, event!("sendgrid-batch"), "", "x-estampille-trace: trace\n"),
        (Provider::Brevo, event!("brevo-bounce"), "", "x-estampille-trace: trace\n"),
    ] {
        let (event, report) = only(provider, &body);
        let read = report.inbound;
        assert_eq!((read.kind, event.return_path.as_str()), (Kind::Bounce, return_path), "{provider}");
        assert_eq!(report.handed_to, ["anne@reader.example"], "{provider}");
        assert_eq!(read.refusals[0].address, "anne@reader.example", "{provider}");
        assert!(read.refusals[0].reply.starts_with("550"), "{provider}: {}", read.refusals[0].reply);
        assert!(read.returned.contains(mark), "{provider}: {}", read.returned);
    }
}

#[test]
fn complaints_of_every_provider_are_complaints() {
    for (provider, body) in [
        (Provider::Ses, event!("ses-complaint")),
        (Provider::Postmark, event!("postmark-complaint")),
        (Provider::Postmark, event!("postmark-suppression")),
        (Provider::Mailgun, event!("mailgun-complaint")),
        (Provider::SendGrid, event!("sendgrid-complaint")),
        (Provider::Brevo, event!("brevo-complaint")),
    ] {
        let (_, report) = only(provider, &body);
        assert_eq!((report.inbound.kind, report.handed_to.len()), (Kind::Complaint, 1), "{provider}");
        let feedback = report.inbound.feedback.expect("a feedback report");
        assert_eq!(feedback.feedback_type, "abuse", "{provider}");
        assert!(!feedback.user_agent.is_empty(), "{provider}");
    }
}

#[test]
fn delays_absences_and_what_a_relay_did_not_even_try_are_told_apart() {
    let kind = |provider, body: String| only(provider, &body).1.inbound.kind;
    assert_eq!(kind(Provider::Ses, event!("ses-delay")), Kind::Delayed);
    assert_eq!(kind(Provider::Ses, event!("ses-absence")), Kind::AutoReply);
    let passing = event!("mailgun-bounce").replace("permanent", "temporary");
    assert_eq!(kind(Provider::Mailgun, passing), Kind::Delayed);
    let told = only(Provider::Mailgun, &event!("mailgun-suppressed")).1.inbound.refusals.remove(0);
    assert_eq!((told.status.as_str(), told.reply.as_str()), ("", "Not delivering to previously bounced address"));
    let told = only(Provider::SendGrid, &event!("sendgrid-dropped")).1.inbound.refusals.remove(0);
    assert_eq!((told.status.as_str(), told.reply.as_str()), ("5.0.0", "Bounced Address"));
}

#[test]
fn a_providers_own_word_counts_only_where_the_receiving_side_said_nothing() {
    let silent = event!("postmark-bounce").replace(
        "smtp;550 5.1.1 <anne@reader.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "",
    );
    assert_eq!(only(Provider::Postmark, &silent).1.inbound.refusals[0].status, "5.1.1");
    assert_eq!(only(Provider::Postmark, &event!("postmark-bounce")).1.inbound.refusals[0].status, "");
}

#[test]
fn what_is_no_event_is_a_flaw_and_what_does_not_matter_is_left_out() {
    for provider in Provider::ALL {
        for body in ["", "{", "1", "\"x\"", "[1]", "[[]]", "null", "\u{feff}{}"] {
            assert_eq!(split(*provider, body.as_bytes()), Err(Flaw::NoEvents), "{provider} {body}");
        }
        for body in ["{}", "[]", r#"{"event":"opened"}"#, r#"{"mail":{"headers":"x"},"notificationType":7}"#] {
            assert_eq!(split(*provider, body.as_bytes()), Ok(Vec::new()), "{provider} {body}");
        }
        let many = format!("[{}]", vec!["{}"; MOST_EVENTS + 1].join(","));
        assert_eq!(split(*provider, many.as_bytes()), Err(Flaw::TooMany));
        assert_eq!(split(*provider, "[".repeat(100_000).as_bytes()), Err(Flaw::NoEvents));
        assert_eq!(read(*provider, b"Subject: x\r\n\r\n{}"), None);
    }
}

#[test]
fn a_label_is_one_header_field_that_comes_back_with_the_events() {
    for provider in Provider::ALL {
        let field = label(*provider, "trace");
        assert!(field.is_empty() == (*provider == Provider::Ses), "{field}");
        assert!(field.is_empty() || (field.ends_with("trace\r\n") || field.ends_with("}\r\n")), "{field}");
        assert_eq!(field.matches("\r\n").count(), usize::from(!field.is_empty()), "{field}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_in_an_event_makes_a_header_line_of_its_own(text in "\\PC{0,20}[\r\n]{0,2}x-estampille-trace: y") {
        let event = serde_json::json!({ "event": "spam", "email": "a@b.example", "X-Mailin-custom": text });
        let (_, report) = only(Provider::Brevo, &event.to_string());
        proptest::prop_assert_eq!(report.inbound.returned.lines().count(), 2);
    }
}
