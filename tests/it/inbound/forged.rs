//! BNC-04, B08: more than a thousand forged reports, through every door as it is. Nobody is changed, nobody is answered.

use estampille::deliveries::Delivery;
use estampille::keyring::Keyring;
use estampille::mail::relay_events::Provider;
use estampille::mail::{marks, return_path};
use estampille::storage::DeliveryId;
use estampille::worker::{inbound, mailbox};

use super::hooks::provider::{Call, Relays, mailgun};
use super::mailbox::{Program, url};
use super::site::{Site, complaint, report};
use crate::support::binary::command;
use crate::support::{Customer, DatabaseKind, on_both_databases, smtp_client};

const DOMAIN: &str = "bounces.estampille.example";
const FBL: &str = "fbl@bounces.estampille.example";
const FOR_EACH: usize = 170;

/// Wrong, foreign, truncated marks, and marks of another purpose: addresses that look like ours.
fn forged_address(site: &Site, delivery: &Delivery, number: usize) -> String {
    let right = site.return_path(delivery.id);
    let foreign = Keyring::new(vec![[9; 32]]).unwrap();
    match number % 5 {
        0 => {
            let mut letters: Vec<char> = right.chars().collect();
            let at = 2 + number % 31;
            letters[at] = if letters[at] == 'q' { 'p' } else { 'q' };
            letters.into_iter().collect()
        }
        1 => return_path::sign(&foreign, DOMAIN, delivery.id),
        2 => right.replace('@', "a@"),
        3 => format!("b-{}", &right[number % 20 + 3..]),
        // A mark for one purpose is worth nothing for another.
        _ => format!("b-{}@{DOMAIN}", marks::trace(&site.app.app.keys, delivery.id)),
    }
}

/// A report that says what forgers say: a bounce with every mark that a reader of the message has seen (replayed), or a
/// complaint with marks that were never made here.
fn forged_report(site: &Site, delivery: &Delivery, number: usize) -> String {
    let (own, foreign) = (&site.app.app.keys, Keyring::new(vec![[9; 32]]).unwrap());
    let body = if number.is_multiple_of(2) {
        let seen = format!(
            "Message-ID: <{}>\nX-Estampille-Trace: {}\nCFBL-Feedback-ID: {}\nSubject: Lettre",
            marks::message_id(own, DOMAIN, delivery.id),
            marks::trace(own, delivery.id),
            marks::complaint_id(own, delivery.id),
        );
        let bounce = report("anne@reader.example", "failed", "5.1.1", "550 5.1.1 User unknown");
        let inside = format!("\n\n--cut\nContent-Type: text/rfc822-headers\n\n{seen}\n\n--cut--\n");
        bounce.replace("\n\n--cut--\n", &inside)
    } else {
        let id = marks::message_id(&foreign, DOMAIN, DeliveryId(delivery.id.0));
        let trace = &marks::trace(own, delivery.id)[1..];
        complaint(&format!("Message-ID: <{id}>\nX-Estampille-Trace: {trace}\nTo: anne@reader.example"))
    };
    format!("X-Number: {number}\n{body}")
}

async fn by_listener(site: &Site, address: std::net::SocketAddr, delivery: &Delivery, start: usize) {
    for number in start..start + FOR_EACH {
        let message = forged_report(site, delivery, number);
        let refused = smtp_deliver(address, &forged_address(site, delivery, number), &message).await;
        assert!(refused.unwrap_err().starts_with("550 5.1.1"), "a wrong mark is refused in the session");
        assert!(smtp_deliver(address, FBL, &message).await.unwrap().starts_with("250"));
    }
}

/// SMTP or LMTP, as the listener greets.
async fn smtp_deliver(address: std::net::SocketAddr, to: &str, message: &str) -> Result<String, String> {
    let (mut client, greeting) = smtp_client::SmtpClient::connect(address).await;
    client.say(if greeting.contains("LMTP") { "LHLO x" } else { "EHLO x" }).await;
    client.say("MAIL FROM:<>").await;
    let answer = client.say(&format!("RCPT TO:<{to}>")).await;
    if !answer.starts_with("250") {
        return Err(answer);
    }
    client.say("DATA").await;
    Ok(client.message(message.as_bytes()).await)
}

async fn by_api(site: &Site, customer: &Customer<'_>, delivery: &Delivery, start: usize) {
    for number in start..start + FOR_EACH {
        let to = forged_address(site, delivery, number);
        let message = format!("Delivered-To: {to}\n{}", forged_report(site, delivery, number));
        let request = site.app.web.post(format!("{}/api/v1/reports", site.app.url)).bearer_auth(&customer.token);
        let answer = request.header("content-type", "message/rfc822").body(message).send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
}

/// An MTA's pipe starts the program for each message.
fn by_pipe(site: &Site, delivery: &Delivery, start: usize, settings: &std::collections::BTreeMap<String, String>) {
    use std::io::Write;
    for number in start..start + 20 {
        let to = forged_address(site, delivery, number);
        let mut child =
            command(&["receive", "--recipient", &to], settings).stdin(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(forged_report(site, delivery, number).as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

async fn by_mailbox(site: &Site, delivery: &Delivery, start: usize, user: &str) {
    let mut mailbox = Program::open(user).await;
    for number in start..start + FOR_EACH {
        let to = forged_address(site, delivery, number);
        mailbox.put(&format!("Delivered-To: {to}\n{}", forged_report(site, delivery, number))).await;
    }
    let visits = mailbox::start(&site.with_mailbox(&url("imaps", user)));
    mailbox.until_empty().await;
    visits.stop().await;
}

/// Calls of strangers, and signed calls whose marks are wrong, replayed or of other mail.
async fn by_hooks(relays: &Relays, delivery: &Delivery) -> (usize, usize) {
    let (mut kept, mut refused) = (0, 0);
    let mark = marks::trace(&relays.site.app.app.keys, delivery.id);
    let path = relays.site.return_path(delivery.id);
    let id = marks::message_id(&relays.site.app.app.keys, DOMAIN, delivery.id);
    for number in 0..30 {
        for name in ["ses-bounce", "postmark-bounce", "mailgun-complaint", "sendgrid-batch", "brevo-bounce"] {
            let right = relays.event(name, delivery);
            let wrong = match number % 3 {
                0 => right
                    .replace(&mark, &format!("{number}{mark}"))
                    .replace(&path, &format!("b{number}@x"))
                    .replace(&id, "y@z"),
                1 => right.replace(&mark, &mark[1..]).replace(&path, &path[1..]).replace(&id, &id[1..]),
                _ => right.replace("anne@reader.example", "dead@elsewhere.example"),
            };
            // Each says something of its own.
            let wrong = wrong.replace("{\n", &format!("{{\n\"number\": {number},\n"));
            let now = relays.site.app.app.clock.now().seconds();
            let call = match name.starts_with("mailgun") {
                true => mailgun(&wrong, now, &format!("token-{number}")),
                false => relays.call(name, &wrong),
            };
            assert_eq!(relays.make(&call).await, 200, "{name}");
            kept += 1;
            let body =
                call.body.replace("\"signature\":", "\"sig\":").replace("\"Signature\":\"", "\"Signature\":\"AAAA");
            let stranger = Call { headers: call.headers[..1].to_vec(), body, ..call };
            let status = relays.make(&stranger).await.as_u16();
            assert!([400, 401, 403, 406].contains(&status), "{name}: {status}");
            refused += 1;
        }
    }
    (kept, refused)
}

async fn forged_reports_change_nobody(kind: DatabaseKind) {
    let relays = Relays::start(kind).await;
    let user = format!("forged-{kind:?}-{}", std::process::id()).to_lowercase();
    let site = &relays.site;
    let customer = site.app.create_account("Papeterie").await;
    let form = relays.form(&customer).await;
    let anne = site.mailed(&customer, &form, "anne@reader.example").await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let lmtp = inbound::listen(&site.app.app, socket, true).unwrap();

    by_listener(site, site.address, &anne, 0).await;
    by_listener(site, lmtp.address().unwrap(), &anne, 1000).await;
    by_api(site, &customer, &anne, 2000).await;
    by_pipe(site, &anne, 3000, &site.settings());
    by_mailbox(site, &anne, 4000, &user).await;
    let (by_hooks, refused_hooks) = by_hooks(&relays, &anne).await;
    site.until_judged().await;
    lmtp.stop().await;

    site.assert_unchanged(1).await;
    assert_eq!(customer.subscription("anne@reader.example").await["state"], "pending");
    let kept = i64::try_from(4 * FOR_EACH + 20 + by_hooks).unwrap();
    let shown = "SELECT count(*) AS number FROM inbound_messages WHERE state IN ('unmarked', 'kept')";
    assert_eq!(site.app.number(shown).await, kept, "kept, counted and shown");
    assert!(kept > 800, "{kept} were kept");
    let turned_away =
        "SELECT CAST(coalesce(sum(hits), 0) AS BIGINT) AS number FROM counters WHERE name = 'inbound/refused'";
    site.app.until_number(turned_away, i64::try_from(2 * FOR_EACH).unwrap()).await;
    let mut refused = 0;
    for provider in Provider::ALL {
        refused += relays.refused(*provider).await;
    }
    assert_eq!(refused, i64::try_from(refused_hooks).unwrap());
}

#[test]
fn bnc_04_forged_reports_through_every_door_change_nobody() {
    on_both_databases(forged_reports_change_nobody);
}
