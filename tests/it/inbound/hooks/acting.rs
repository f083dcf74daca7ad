//! What an event of the relay does to the person whose mail it speaks of.

use estampille::mail::relay_events::Provider;

use super::provider::{Relays, mailgun};
use super::sns::{CERTIFICATE, Sns, TOPIC};
use crate::support::{DatabaseKind, on_both_databases};

const KEPT: &str = "SELECT count(*) AS number FROM inbound_messages";
const UNMARKED: &str = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'unmarked'";

/// Every provider's bounce and complaint takes out exactly the address of the delivery, by our mark.
async fn events_take_out_the_address_of_their_delivery(kind: DatabaseKind) {
    let relays = Relays::start(kind).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    relays.site.mailed(&customer, &form, "bystander@reader.example").await;
    let events = [
        ("ses-bounce", "hard_bounce"),
        ("ses-complaint", "complaint"),
        ("postmark-bounce", "hard_bounce"),
        ("postmark-complaint", "complaint"),
        ("postmark-suppression", "complaint"),
        ("mailgun-bounce", "hard_bounce"),
        ("mailgun-complaint", "complaint"),
        ("sendgrid-batch", "hard_bounce"),
        ("sendgrid-complaint", "complaint"),
        ("brevo-bounce", "hard_bounce"),
        ("brevo-complaint", "complaint"),
    ];
    for (number, (name, reason)) in events.into_iter().enumerate() {
        let address = format!("{name}@reader.example");
        let delivery = relays.site.mailed(&customer, &form, &address).await;
        let event = relays.event(name, &delivery);
        let call = match name.starts_with("mailgun") {
            true => mailgun(&event, relays.site.app.app.clock.now().seconds(), &format!("token-{name}")),
            false => relays.call(name, &event),
        };
        relays.made(&call).await;
        let subscription = customer.subscription(&address).await;
        assert_eq!(subscription["end_reason"], reason, "{name}: {subscription}");
        // The provider's next try after a lost answer brings nothing new.
        relays.made(&call).await;
        assert_eq!(relays.site.app.number(KEPT).await, i64::try_from(number + 1).unwrap(), "{name}");
    }
    assert_eq!(customer.subscription("bystander@reader.example").await["state"], "pending");
    let bounces = customer.get("/bounces").await;
    let replies: Vec<&str> =
        bounces["items"].as_array().unwrap().iter().filter_map(|one| one["reply"].as_str()).collect();
    assert!(replies.len() == 5 && replies.iter().all(|reply| reply.starts_with("550")), "the evidence: {bounces}");
    let deliveries = "SELECT count(*) AS number FROM deliveries";
    assert_eq!(relays.site.app.number(deliveries).await, 12, "nothing was sent in answer");
}

#[test]
fn events_of_every_provider_act_once() {
    on_both_databases(events_take_out_the_address_of_their_delivery);
}

/// What is no word on the mailbox leaves people in: delays, absences, the relay's own lists.
#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_of_the_mailbox_takes_nobody_out() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    for name in ["ses-delay", "ses-absence", "mailgun-suppressed", "sendgrid-dropped"] {
        let address = format!("{name}@reader.example");
        let delivery = relays.site.mailed(&customer, &form, &address).await;
        relays.made(&relays.call(name, &relays.event(name, &delivery))).await;
        assert_eq!(customer.subscription(&address).await["state"], "pending", "{name}");
    }
    assert_eq!(relays.site.app.number("SELECT count(*) AS number FROM suppressions").await, 0);
}

/// A good signature around a mark that is not ours, or one of somebody else's mail: kept, counted, without effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_event_without_a_right_mark_changes_nobody() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    let names = ["ses-bounce", "ses-complaint", "postmark-bounce", "mailgun-bounce", "sendgrid-batch", "brevo-bounce"];
    for name in names {
        let right = relays.event(name, &anne);
        let mark = estampille::mail::marks::trace(&relays.site.app.app.keys, anne.id);
        let path = relays.site.return_path(anne.id);
        let id = estampille::mail::marks::message_id(&relays.site.app.app.keys, "bounces.estampille.example", anne.id);
        let forged = |text: &str| text.replace(&mark, "forged").replace(&path, "b-forged@x").replace(&id, "forged@x");
        let cut = |text: &str| text.replace(&mark, &mark[1..]).replace(&path, &path[1..]).replace(&id, &id[..9]);
        // Anybody may copy a mark into other mail that leaves by the same relay, to an address that bounces.
        let elsewhere = right.replace("anne@reader.example", "dead@elsewhere.example");
        for (number, event) in [forged(&right), cut(&right), elsewhere].into_iter().enumerate() {
            let call = match name.starts_with("mailgun") {
                true => mailgun(&event, relays.site.app.app.clock.now().seconds(), &format!("{name}{number}")),
                false => relays.call(name, &event),
            };
            relays.made(&call).await;
        }
    }
    relays.site.assert_unchanged(1).await;
    let kept = i64::try_from(3 * names.len()).unwrap();
    assert_eq!((relays.site.app.number(KEPT).await, relays.site.app.number(UNMARKED).await), (kept, kept));
}

/// SNS signs in two ways, with a certificate that is fetched once, and asks before it begins.
#[tokio::test(flavor = "multi_thread")]
async fn sns_is_believed_in_both_versions_and_confirmed_for_the_pinned_topic_only() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let now = relays.site.app.app.clock.now().rfc3339();
    let confirm = |topic: &str| {
        format!("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=2336412f37")
    };
    let foreign = "arn:aws:sns:eu-west-1:999999999999:reports";
    for (topic, url, status) in [
        (TOPIC, confirm(TOPIC), 200),
        (foreign, confirm(foreign), 403),
        (TOPIC, confirm(foreign), 403),
        (TOPIC, "https://evil.example/?Action=ConfirmSubscription&TopicArn=x".to_owned(), 403),
        (TOPIC, confirm(TOPIC).replace("https", "http"), 403),
        (TOPIC, confirm(TOPIC).replace("ConfirmSubscription", "Publish"), 403),
        (
            TOPIC,
            confirm(TOPIC).replace("https://sns.eu-west-1.amazonaws.com/", "https://sns.eu-west-1.amazonaws.com:8443/"),
            403,
        ),
    ] {
        let asked = Sns::subscription(topic, &url, &now);
        assert_eq!(relays.make(&relays.sns.signed(&asked, "2")).await, status, "{url}");
    }
    let old = relays.sns.signed(&Sns::notification("{\"eventType\":\"Open\"}", &now), "1");
    assert_eq!(relays.make(&old).await, 200, "version 1");
    let asked = relays.sns.asked.lock().unwrap().clone();
    let path = CERTIFICATE.trim_start_matches("https://sns.eu-west-1.amazonaws.com");
    assert_eq!(asked.len(), 2, "the certificate once, the confirmation once: {asked:?}");
    assert_eq!(asked[0], format!("GET {path} HTTP/1.1"));
    assert!(asked[1].contains("Action=ConfirmSubscription") && asked[1].contains(TOPIC), "{asked:?}");
    assert_eq!(relays.refused(Provider::Ses).await, 6);
}

/// The mail that leaves asks the relay to give our mark back.
#[tokio::test(flavor = "multi_thread")]
async fn mail_carries_our_mark_in_the_words_of_each_relay() {
    let relays = Relays::start(DatabaseKind::Sqlite).await;
    let customer = relays.site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let delivery = relays.site.mailed(&customer, &form, "anne@reader.example").await;
    let mail = relays.site.app.inbox.next_to("anne@reader.example").await;
    let mark = mail.header("X-Estampille-Trace");
    assert_eq!(mark, estampille::mail::marks::trace(&relays.site.app.app.keys, delivery.id));
    for field in ["X-PM-Metadata-estampille-trace", "X-Mailin-custom", "X-SMTPAPI", "X-Mailgun-Variables"] {
        assert!(mail.header(field).contains(&mark), "{field}: {}", mail.header(field));
    }
}
