//! What comes back: a report by SMTP, a refusal at send time.

use serde_json::json;

use super::campaigns::{address, list_of};
use crate::support::{Answer, Mail, TestApp, on_both_databases, smtp_client};

/// A report as Postfix writes it (RFC 3464) about `mail`.
fn report(mail: &Mail, action: &str, status: &str, reply: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.reader.example\r\nTo: {from}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Date: Sun, 22 Nov 2026 01:00:00 +0000\r\nMessage-ID: <report-{status}-{to}>\r\nAuto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_frontier\"\r\n\r\n\
         --=_frontier\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nYour message could not be delivered.\r\n\r\n\
         --=_frontier\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.reader.example\r\nArrival-Date: Sun, 22 Nov 2026 00:59:00 +0000\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nOriginal-Recipient: rfc822;{to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Remote-MTA: dns; mx.reader.example\r\nDiagnostic-Code: smtp; {reply}\r\n\r\n\
         --=_frontier\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         From: news@sender.example\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {id}\r\n\r\n--=_frontier--\r\n",
        from = mail.from,
        to = mail.to[0],
        subject = mail.subject(),
        id = mail.header("Message-ID"),
    )
}

#[test]
fn a_report_of_a_dead_address_takes_it_out_and_keeps_the_evidence() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, form) = list_of(&customer, 2).await;
        let campaign = customer.send_campaign(&list, "First").await;
        let mail = app.inbox.next_to(&address(1)).await;
        app.inbox.next_to(&address(2)).await;
        customer.until_campaign(&campaign, "finished").await;
        let reply = "550 5.1.1 <reader1@reader.example>: Recipient address rejected: User unknown";
        app.deliver_report(&mail.from, report(&mail, "failed", "5.1.1", reply).as_bytes()).await;
        let subscription = customer.until_subscription(&address(1), "ended").await;
        assert_eq!(subscription["end_reason"], "hard_bounce", "{subscription}");
        assert_eq!(customer.subscription(&address(2)).await["state"], "confirmed");
        let bounces = customer.get("/bounces").await;
        assert_eq!(bounces["items"].as_array().unwrap().len(), 1, "{bounces}");
        assert!(bounces.to_string().contains("User unknown"), "the reply is kept: {bounces}");
        let suppressions = customer.get("/suppressions").await;
        assert_eq!(suppressions["items"][0]["reason"], "hard_bounce", "{suppressions}");
        assert_eq!(customer.get(&format!("/campaigns/{campaign}")).await["counts"]["bounced"], 1);
        // The dead address gets neither the next campaign nor a confirmation.
        customer.sign_up(&form, &address(1)).await;
        let second = customer.send_campaign(&list, "Second").await;
        app.inbox.next_to(&address(2)).await;
        customer.until_campaign(&second, "finished").await;
        assert_eq!(app.inbox.count_to(&address(1)), 2);
        app.stop().await;
    });
}

#[test]
fn a_delayed_report_a_forged_return_path_and_a_stranger_change_nobody() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 1).await;
        let campaign = customer.send_campaign(&list, "First").await;
        let mail = app.inbox.next_to(&address(1)).await;
        customer.until_campaign(&campaign, "finished").await;
        let delayed = report(&mail, "delayed", "4.4.1", "451 4.4.1 connection timed out");
        app.deliver_report(&mail.from, delayed.as_bytes()).await;
        app.until_number("SELECT count(*) AS number FROM inbound_messages WHERE judged_at IS NOT NULL", 1).await;
        let failed = report(&mail, "failed", "5.1.1", "550 5.1.1 User unknown");
        let (local, domain) = mail.from.split_once('@').unwrap();
        let (start, last) = local.split_at(local.len() - 1);
        let forged = format!("{start}{}@{domain}", if last == "a" { "b" } else { "a" });
        let refused = smtp_client::deliver(app.inbound, "", &forged, failed.as_bytes()).await.unwrap_err();
        assert!(refused.starts_with('5'), "a forged return path is refused in the session: {refused}");
        let relayed = smtp_client::deliver(app.inbound, "a@b.example", "someone@else.example", failed.as_bytes()).await;
        assert!(relayed.unwrap_err().starts_with('5'), "B05: the listener never relays");
        assert_eq!(customer.subscription(&address(1)).await["state"], "confirmed");
        app.stop().await;
    });
}

#[test]
fn an_address_refused_for_ever_at_send_time_leaves_like_one_that_bounced() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 3).await;
        app.inbox.answer(&address(2), Answer::Always("550 5.1.1 No such user here".into()));
        let campaign = customer.send_campaign(&list, "First").await;
        app.inbox.next_to(&address(1)).await;
        app.inbox.next_to(&address(3)).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(2), &json!(1)), "{counts}");
        let subscription = customer.until_subscription(&address(2), "ended").await;
        assert_eq!(subscription["end_reason"], "hard_bounce", "{subscription}");
        app.stop().await;
    });
}

#[test]
fn an_address_refused_for_now_is_tried_again_and_stays() {
    on_both_databases(|kind| async move {
        let app = TestApp::start(kind).await;
        let customer = app.create_account("Papeterie").await;
        let (list, _) = list_of(&customer, 2).await;
        app.inbox.answer(&address(1), Answer::Once("451 4.2.2 Mailbox busy".into()));
        app.inbox.answer(&address(1), Answer::Once("451 4.2.2 Mailbox busy".into()));
        let campaign = customer.send_campaign(&list, "First").await;
        app.inbox.next_to(&address(2)).await;
        app.inbox.next_to(&address(1)).await;
        let counts = customer.until_campaign(&campaign, "finished").await;
        assert_eq!((&counts["accepted"], &counts["failed"]), (&json!(2), &json!(0)), "{counts}");
        let deliveries = customer.get(&format!("/campaigns/{campaign}/deliveries?state=accepted")).await;
        let attempts: Vec<i64> =
            deliveries["items"].as_array().unwrap().iter().filter_map(|item| item["attempts"].as_i64()).collect();
        assert!(attempts.contains(&3), "{deliveries}");
        assert_eq!(customer.subscription(&address(1)).await["state"], "confirmed");
        app.stop().await;
    });
}
