//! What a report does to the person whose mail came back, and to nobody else.

use estampille::mail::marks;
use estampille::subscriptions;

use super::site::{Site, complaint, report};
use crate::support::{DatabaseKind, on_both_databases, smtp_client};

const SUPPRESSED: &str = "SELECT count(*) AS number FROM suppressions WHERE lifted_at IS NULL";
const ENDED: &str = "SELECT count(*) AS number FROM subscriptions WHERE state = 'ended'";
const BOUNCES: &str = "SELECT count(*) AS number FROM bounces";

/// BNC-01, A23: the address acted on is the one of the delivery, whatever the report names.
async fn a_hard_bounce_takes_the_address_out_with_its_evidence(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let dead = site.mailed(&customer, &form, "dead@example.org").await;
    site.mailed(&customer, &form, "alive@example.org").await;
    let refused = report("alive@example.org", "failed", "5.1.1", "550 5.1.1 <dead@example.org>: User unknown");
    site.deliver(&site.return_path(dead.id).to_uppercase(), &refused).await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("dead@example.org").await["end_reason"], "hard_bounce");
    assert_eq!(customer.subscription("alive@example.org").await["state"], "pending");
    let bounces = customer.get("/bounces").await;
    let bounce = &bounces["items"][0];
    assert_eq!((&bounce["severity"], &bounce["class"]), (&"hard".into(), &"unknown_user".into()), "{bounces}");
    assert!(bounce["reply"].as_str().unwrap().contains("User unknown"), "the evidence is kept: {bounce}");
    assert_eq!(site.app.number(SUPPRESSED).await, 1);
    // The same again, written differently: nothing more happens.
    site.deliver(&site.return_path(dead.id), &format!("X-Again: yes\n{refused}")).await.unwrap();
    site.until_judged().await;
    assert_eq!((site.app.number(BOUNCES).await, site.app.number(SUPPRESSED).await), (1, 1));
    assert_eq!(site.app.number("SELECT count(*) AS number FROM deliveries").await, 2, "nothing was queued in answer");
}

#[test]
fn a_hard_bounce_takes_the_address_out() {
    on_both_databases(a_hard_bounce_takes_the_address_out_with_its_evidence);
}

/// BNC-02 and BNC-05.
async fn blocks_full_mailboxes_and_delays_leave_people_in(kind: DatabaseKind) {
    let site = Site::start(kind).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    for (number, (action, status, said)) in [
        ("failed", "5.7.1", "550 5.7.1 messages from [192.0.2.1] weren't sent (S3150)"),
        ("failed", "5.7.26", "550 5.7.26 DMARC check failed"),
        ("failed", "5.2.2", "552 5.2.2 mailbox full"),
        ("failed", "5.1.1", "552 5.1.1 Boite du destinataire pleine. OFR_417 [417]"),
        ("delayed", "4.4.1", "connection timed out"),
    ]
    .into_iter()
    .enumerate()
    {
        let address = format!("reader{number}@example.org");
        let delivery = site.mailed(&customer, &form, &address).await;
        site.deliver(&site.return_path(delivery.id), &report(&address, action, status, said)).await.unwrap();
        site.until_judged().await;
        assert_eq!(customer.subscription(&address).await["state"], "pending", "{said}");
    }
    assert_eq!((site.app.number(ENDED).await, site.app.number(SUPPRESSED).await), (0, 0));
    assert_eq!(site.app.number(BOUNCES).await, 4, "a delay is not a bounce");
}

#[test]
fn what_is_not_about_the_address_leaves_it_in() {
    on_both_databases(blocks_full_mailboxes_and_delays_leave_people_in);
}

/// BNC-07: a report without a recipient is mapped by our mark; the complainer hears nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_07_a_redacted_complaint_takes_the_complainer_out() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let delivery = site.mailed(&customer, &form, "angry@example.org").await;
    site.mailed(&customer, &form, "happy@example.org").await;
    let mark = marks::complaint_id(&site.app.app.keys, delivery.id);
    let fbl = "fbl@bounces.estampille.example";
    site.deliver(fbl, &complaint(&format!("Subject: Lettre\nCFBL-Feedback-ID: {mark}"))).await.unwrap();
    site.deliver(fbl, &complaint("Subject: Lettre\nCFBL-Feedback-ID: nonsense\nTo: happy@example.org")).await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("angry@example.org").await["end_reason"], "complaint");
    assert_eq!(customer.subscription("happy@example.org").await["state"], "pending");
    assert_eq!(site.app.number(SUPPRESSED).await, 1);
    assert_eq!(site.app.number("SELECT count(*) AS number FROM deliveries").await, 2, "not even a goodbye");
}

/// UNS-10.
#[tokio::test(flavor = "multi_thread")]
async fn uns_10_a_mail_to_the_unsubscribe_address_ends_the_subscription() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let delivery = site.mailed(&customer, &form, "anne@example.org").await;
    let token = subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
    let address = marks::unsubscribe_address(&token, "bounces.estampille.example");
    let away = "From: anne@example.org\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack on Monday\n";
    site.deliver(&address, away).await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("anne@example.org").await["state"], "pending", "a program is not a person");
    site.deliver(&address, "From: anne@example.org\nSubject: unsubscribe\n\n").await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("anne@example.org").await["end_reason"], "mail");
    // Programs that write for their user say so (RFC 3834), and it is the user's wish; so is a complaint made there.
    for (number, (message, reason)) in [
        (
            "From: paul@example.org\nSubject: unsubscribe\nAuto-Submitted: auto-generated\n\
             References: <1@lists.example>\n\nThis message was automatically generated.\n"
                .to_owned(),
            "mail",
        ),
        ("From: paul@example.org\nAuto-Submitted: auto-generated\n\n".to_owned(), "mail"),
        // Which gets nothing more, not even a goodbye.
        (super::site::complaint("Subject: Lettre"), "complaint"),
    ]
    .into_iter()
    .enumerate()
    {
        let reader = format!("reader{number}@example.org");
        let delivery = site.mailed(&customer, &form, &reader).await;
        let token = subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
        site.deliver(&marks::unsubscribe_address(&token, "bounces.estampille.example"), &message).await.unwrap();
        site.until_judged().await;
        assert_eq!(customer.subscription(&reader).await["end_reason"], reason, "{message}");
    }
}

/// UNS-10: a person who writes what answering machines write is a person all the same.
#[tokio::test(flavor = "multi_thread")]
async fn uns_10_words_do_not_make_a_program_of_a_person_who_wants_to_leave() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let wishes = [
        ("Subject: This address no longer works for me", "Please take it off.", "mail"),
        ("Subject: Paul ne travaille plus ici", "Merci.", "mail"),
        ("Subject: Wir haben Ihre Nachricht erhalten", "Und bitte keine mehr.", "mail"),
        ("Subject: Automatic reply: unsubscribe", "I am out of the office for good.", "mail"),
        (
            "Subject: Undelivered mail?",
            "Your message could not be delivered. reader@example.org: User unknown. No more!",
            "mail",
        ),
        ("Subject: Absence\nAuto-Submitted: auto-replied", "De retour lundi.", ""),
        ("Subject: Absence\nX-Autoreply: yes", "De retour lundi.", ""),
        ("Subject: Out of office\nReturn-Path: <>", "Back on Monday.", ""),
    ];
    for (number, (head, body, reason)) in wishes.into_iter().enumerate() {
        let reader = format!("reader{number}@example.org");
        let delivery = site.mailed(&customer, &form, &reader).await;
        let token = subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
        let address = marks::unsubscribe_address(&token, "bounces.estampille.example");
        let message = format!("From: {reader}\n{head}\n\n{body}\n");
        smtp_client::deliver(site.address, &reader, &address, message.as_bytes()).await.unwrap();
        site.until_judged().await;
        let ended = customer.subscription(&reader).await["end_reason"].as_str().unwrap_or_default().to_owned();
        assert_eq!(ended, reason, "{head}");
    }
    // The null sender and the parts of a report are signs of a program, whatever the words.
    let delivery = site.mailed(&customer, &form, "anne@example.org").await;
    let token = subscriptions::unsubscribe_token(&site.app.app.keys, delivery.subscription_id.unwrap());
    let address = marks::unsubscribe_address(&token, "bounces.estampille.example");
    site.deliver(&address, "From: anne@example.org\nSubject: Paul ne travaille plus ici\n\nMerci.\n").await.unwrap();
    let returned = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    smtp_client::deliver(site.address, "anne@example.org", &address, returned.as_bytes()).await.unwrap();
    site.until_judged().await;
    assert_eq!(customer.subscription("anne@example.org").await["state"], "pending");
}
