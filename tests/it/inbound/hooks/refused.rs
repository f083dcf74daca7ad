//! Each way of being false.

use data_encoding::BASE64;
use estampille::mail::relay_events::Provider;
use serde_json::json;

use super::provider::{Call, Relays, mailgun};
use super::sns::{self, CERTIFICATE, Sns};
use crate::support::DatabaseKind;

const KEPT: &str = "SELECT count(*) AS number FROM inbound_messages";

/// A call with another body, or another header.
fn with_body(call: &Call, body: impl Into<String>) -> Call {
    Call { body: body.into(), ..call.clone() }
}

fn with_header(call: &Call, name: &'static str, value: impl Into<String>) -> Call {
    let mut headers: Vec<_> = call.headers.iter().filter(|(known, _)| *known != name).cloned().collect();
    headers.push((name, value.into()));
    Call { headers, ..call.clone() }
}

async fn all_refused(relays: &Relays, provider: Provider, calls: Vec<(&str, Call, u16)>) {
    let false_calls = calls.iter().filter(|(_, _, status)| ![413, 415].contains(status)).count();
    for (why, call, status) in calls {
        assert_eq!(relays.make(&call).await, status, "{why}");
    }
    assert_eq!(relays.site.app.number(KEPT).await, 0, "nothing of it is kept");
    assert_eq!(relays.refused(provider).await, i64::try_from(false_calls).unwrap(), "it is counted");
    relays.site.assert_unchanged(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn false_notifications_of_ses_are_refused() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    let now = relays.site.app.app.clock.now();
    let event = relays.event("ses-bounce", &anne);
    let right = Sns::notification(&event, &now.rfc3339());
    let sign = |envelope: &serde_json::Value| relays.sns.signed(envelope, "2");
    let changed = |name: &str, value: serde_json::Value| {
        let mut envelope = right.clone();
        envelope[name] = value;
        envelope
    };
    let signed: serde_json::Value = serde_json::from_str(&sign(&right).body).unwrap();
    let tampered = |name: &str, value: serde_json::Value| {
        let mut envelope = signed.clone();
        envelope[name] = value;
        sns::call(&envelope)
    };
    let stranger = Sns::start().await;
    let at = |delta| json!((now + delta).rfc3339());
    let other_host = |url: &str| sign(&changed("SigningCertURL", json!(url)));
    let calls = vec![
        ("a bad signature", tampered("Signature", json!(BASE64.encode(&[7; 256]))), 403),
        ("no signature", tampered("Signature", json!("")), 403),
        ("a changed message", tampered("Message", json!(event.replace("5.1.1", "5.2.2"))), 403),
        ("a changed time", tampered("Timestamp", at(chrono::TimeDelta::seconds(1))), 403),
        ("a subject that was not signed", tampered("Subject", json!("x")), 403),
        ("another version than it was signed in", tampered("SignatureVersion", json!("1")), 403),
        ("a version that does not exist", tampered("SignatureVersion", json!("3")), 403),
        ("another key", stranger.signed(&right, "2"), 403),
        ("a foreign topic", sign(&changed("TopicArn", json!("arn:aws:sns:eu-west-1:999999999999:reports"))), 403),
        ("too old", sign(&changed("Timestamp", at(-chrono::TimeDelta::hours(3)))), 403),
        ("from the future", sign(&changed("Timestamp", at(chrono::TimeDelta::hours(1)))), 403),
        ("a foreign host", other_host("https://evil.example/SimpleNotificationService-0f.pem"), 403),
        ("a host that looks like it", other_host("https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"), 403),
        ("a bucket of somebody's", other_host("https://s3.eu-west-1.amazonaws.com/bucket/x.pem"), 403),
        ("no encryption", other_host(&CERTIFICATE.replace("https", "http")), 403),
        ("cut off", with_body(&sign(&right), &signed.to_string()[..200]), 400),
        ("no envelope", with_body(&sign(&right), &*event), 400),
        ("a message that is no JSON", sign(&changed("Message", json!("hello"))), 400),
        ("huge", sign(&changed("Message", json!("x".repeat(1100 * 1024)))), 413),
        ("a form", with_header(&sign(&right), "content-type", "application/x-www-form-urlencoded"), 415),
    ];
    all_refused(&relays, Provider::Ses, calls).await;
    let asked = relays.sns.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|line| line.contains("/SimpleNotificationService-0f.pem")), "{asked:?}");
    assert_eq!(stranger.asked.lock().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn false_calls_of_mailgun_are_refused() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    let event = relays.event("mailgun-bounce", &anne);
    let now = relays.site.app.app.clock.now().seconds();
    let right = mailgun(&event, now, "token");
    let signature = right.body.split("\"signature\":\"").nth(1).unwrap()[..64].to_owned();
    let calls = vec![
        ("a bad signature", with_body(&right, right.body.replace(&signature, &"0".repeat(64))), 406),
        ("no signature", with_body(&right, right.body.replace(&signature, "")), 406),
        ("another token", with_body(&right, right.body.replace("\"token\":\"token\"", "\"token\":\"other\"")), 406),
        (
            "another time",
            with_body(&right, right.body.replace(&format!("\"{now}\""), &format!("\"{}\"", now - 1))),
            406,
        ),
        ("too old", mailgun(&event, now - 10 * 3600, "old"), 406),
        ("from the future", mailgun(&event, now + 3600, "new"), 406),
        ("an endless token", mailgun(&event, now, &"t".repeat(300)), 406),
        ("no signature at all", with_body(&right, format!("{{\"event-data\":{event}}}")), 400),
        ("cut off", with_body(&right, &right.body[..right.body.len() - 10]), 400),
        ("no event", mailgun("7", now, "seven"), 400),
        ("huge", with_body(&right, right.body.replace("Lettre", &"x".repeat(1100 * 1024))), 413),
        ("a form", with_header(&right, "content-type", "application/x-www-form-urlencoded"), 415),
    ];
    all_refused(&relays, Provider::Mailgun, calls).await;
    // The signature does not cover the event: who saw one call may not say something else with its token.
    let opened = mailgun("{\"event\":\"opened\"}", now, "seen");
    relays.made(&opened).await;
    let replayed = with_body(&opened, opened.body.replace("{\"event\":\"opened\"}", &event));
    assert_eq!(relays.make(&replayed).await, 406, "a replayed token");
    relays.made(&opened).await;
    relays.site.assert_unchanged(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn false_batches_of_sendgrid_are_refused() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    let event = relays.event("sendgrid-batch", &anne);
    let now = relays.site.app.app.clock.now().seconds();
    let right = relays.sendgrid(&event, &now.to_string());
    let (signature, timestamp) = ("x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp");
    let stranger = Relays::start(DatabaseKind::Sqlite).await;
    let many = format!("[{}]", vec!["{\"event\":\"bounce\"}"; 5001].join(","));
    let calls = vec![
        ("a bad signature", with_header(&right, signature, BASE64.encode(&[7; 70])), 403),
        ("no signature", with_header(&right, signature, ""), 403),
        ("another key", stranger.sendgrid(&event, &now.to_string()), 403),
        ("another time", with_header(&right, timestamp, (now - 1).to_string()), 403),
        ("one byte more", with_body(&right, format!("{event} ")), 403),
        ("cut off", with_body(&right, &event[..event.len() - 10]), 403),
        ("too old", relays.sendgrid(&event, &(now - 26 * 3600).to_string()), 403),
        ("from the future", relays.sendgrid(&event, &(now + 3600).to_string()), 403),
        ("a time that is none", relays.sendgrid(&event, "now"), 400),
        ("no events", relays.sendgrid("{\"events\":", &now.to_string()), 400),
        ("too many events", relays.sendgrid(&many, &now.to_string()), 413),
        ("huge", relays.sendgrid(&"x".repeat(1100 * 1024), &now.to_string()), 413),
        ("a form", with_header(&right, "content-type", "multipart/form-data; boundary=x"), 415),
    ];
    all_refused(&relays, Provider::SendGrid, calls).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_postmark_and_brevo_without_their_password_are_refused() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    for (provider, name) in [(Provider::Postmark, "postmark-bounce"), (Provider::Brevo, "brevo-bounce")] {
        let right = relays.call(name, &relays.event(name, &anne));
        let proof = |value: &str| with_header(&right, "authorization", value);
        let calls = vec![
            ("no password", proof(""), 401),
            ("another password", proof(&format!("Basic {}", BASE64.encode(b"postmark:another-password"))), 401),
            ("another token", proof("Bearer a-token-of-brevo-0124"), 401),
            ("the start of the token", proof("Bearer a-token-of-brevo"), 401),
            ("cut off", with_body(&right, &right.body[..right.body.len() - 5]), 400),
            ("no event", with_body(&right, "\"hello\""), 400),
            ("huge", with_body(&right, right.body.replace("Lettre", &"x".repeat(1100 * 1024))), 413),
            ("a form", with_header(&right, "content-type", "text/plain"), 415),
        ];
        all_refused(&relays, provider, calls).await;
    }
}

/// Who is not in the settings has no route.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_a_setting_is_not_there() {
    let site = super::super::site::Site::start(DatabaseKind::Sqlite).await;
    for provider in ["ses", "postmark", "mailgun", "sendgrid", "brevo", "other", "", "../api/v1/account"] {
        let url = format!("{}/hooks/{provider}", site.app.url);
        let answer = site.app.web.post(url).header("content-type", "application/json").body("{}").send().await.unwrap();
        assert_eq!(answer.status(), if provider.starts_with("..") { 405 } else { 404 }, "{provider}");
    }
}
