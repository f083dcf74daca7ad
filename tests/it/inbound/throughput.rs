//! Many reports at once, slow and greedy clients, and a database that is away.

use std::time::{Duration, Instant};

use estampille::app::App;
use estampille::config::Settings;
use estampille::storage::DeliveryId;
use estampille::worker::inbound::{self, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::{Site, report};
use crate::support::away::Way;
use crate::support::smtp_client::{SmtpClient, deliver};
use crate::support::{DatabaseKind, TestDatabase, on_both_databases, until};

const KEPT: &str = "SELECT count(*) AS number FROM inbound_messages";

/// How many reports come in the burst. `TEST_BURST=50000` for figures by hand.
fn burst() -> usize {
    std::env::var("TEST_BURST").ok().and_then(|text| text.parse().ok()).unwrap_or(2000)
}

/// Sends reports over one connection, each group of commands in one write (RFC 2920).
async fn send(address: std::net::SocketAddr, reports: Vec<(String, String)>) {
    let (mut client, _) = SmtpClient::connect(address).await;
    client.say("EHLO mx.receiver.example").await;
    for (to, message) in reports {
        let envelope = format!("MAIL FROM:<>\r\nRCPT TO:<{to}>\r\nDATA");
        assert!(client.say(&envelope).await.starts_with("250"));
        assert!(client.reply().await.starts_with("250"));
        assert!(client.reply().await.starts_with("354"));
        assert!(client.message(message.as_bytes()).await.starts_with("250"));
    }
    client.say("QUIT").await;
}

/// Reports that each say something else, in ten equal parts.
fn reports(site: &Site, count: usize) -> Vec<Vec<(String, String)>> {
    let mut parts: Vec<Vec<(String, String)>> = (0..10).map(|_| Vec::new()).collect();
    for number in 0..count {
        let to = site.return_path(DeliveryId(1_000_000 + i64::try_from(number).unwrap()));
        let said = report(&format!("reader{number}@example.org"), "failed", "5.1.1", "550 5.1.1 User unknown");
        parts[number % 10].push((to, said));
    }
    parts
}

/// A signup from a network of its own, so that no limit is in the way.
async fn sign_up(site: &Site, form: &str, number: usize) {
    let fields = [("address", format!("reader{number}@example.org")), ("consent", "yes".to_owned())];
    let network = format!("100.{}.{}.7", 64 + number / 250, number % 250);
    let asked = site.app.web.post(form).header("x-forwarded-for", network).form(&fields);
    assert_eq!(asked.send().await.unwrap().status(), 200);
}

/// A burst is stored and judged, and whoever signs up meanwhile hardly waits.
async fn a_burst_of_reports_does_not_slow_a_signup(kind: DatabaseKind) {
    let changes = [("TRUSTED_PROXIES", "127.0.0.1")];
    let site = Site::start_with(kind, &changes, false, Limits::default()).await;
    let customer = site.app.create_account("Papeterie").await;
    let list = customer.list("Lettre", "fr").await;
    let form = customer.form(&list).await;
    let count = burst();
    let started = Instant::now();
    let senders: Vec<_> =
        reports(&site, count).into_iter().map(|part| tokio::spawn(send(site.address, part))).collect();
    let (mut waits, mut number) = (Vec::new(), 0);
    while senders.iter().any(|sender| !sender.is_finished()) || number < 20 {
        let asked = Instant::now();
        sign_up(&site, &form, number).await;
        waits.push(asked.elapsed());
        number += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stored_in = started.elapsed();
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(site.app.number(KEPT).await, i64::try_from(count).unwrap(), "each is kept once");
    let waiting = "SELECT count(*) AS number FROM inbound_messages WHERE state = 'stored'";
    crate::support::until_within(Duration::from_secs(600), "the burst is judged", || async {
        (site.app.number(waiting).await == 0).then_some(())
    })
    .await;
    let judged_in = started.elapsed();
    waits.sort();
    let (middle, most, last) = (waits[waits.len() / 2], waits[waits.len() * 95 / 100], waits[waits.len() - 1]);
    println!(
        "{kind:?}: {count} reports stored in {stored_in:.1?}, judged after {judged_in:.1?}; {number} signups meanwhile: \
         half within {middle:.1?}, 95 % within {most:.1?}, all within {last:.1?}"
    );
    assert!(most < Duration::from_secs(1), "95 % of the signups took up to {most:?}");
    assert!(last < Duration::from_secs(3), "a signup took {last:?}");
}

#[test]
fn a_burst_hardly_slows_a_signup() {
    on_both_databases(a_burst_of_reports_does_not_slow_a_signup);
}

/// While the database is away nothing is taken; when it is back, everything is, once.
#[tokio::test(flavor = "multi_thread")]
async fn reports_are_put_off_while_the_database_is_away() {
    let database = TestDatabase::new(DatabaseKind::Postgres);
    let (server, rest) = {
        let url = database.setting();
        let (head, rest) = url.split_once('@').unwrap();
        let (server, rest) = rest.split_once('/').unwrap();
        (server.to_owned(), (head.to_owned(), rest.to_owned()))
    };
    let way = Way::to(server).await;
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("{}@{}/{}", rest.0, way.address, rest.1);
    let values = crate::support::app::settings("http://127.0.0.1:1", "smtp://127.0.0.1:1", &url, folder.path());
    let app = App::open(Settings::from_values(&values).unwrap()).unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let handle = inbound::listen(&app, socket, false).unwrap();
    let address = handle.address().unwrap();
    let to = "postmaster@bounces.estampille.example";
    assert!(deliver(address, "", to, b"Subject: one\n\nx\n").await.is_ok());
    way.close();
    for _ in 0..2 {
        let answer = deliver(address, "", to, b"Subject: two\n\nx\n").await.unwrap_err();
        assert!(answer.starts_with("451 4.3.0"), "{answer}");
    }
    way.open();
    until("the report is taken again", || async { deliver(address, "", to, b"Subject: two\n\nx\n").await.ok() }).await;
    assert!(deliver(address, "", to, b"Subject: two\n\nx\n").await.is_ok(), "the same again");
    let kept = app.db.read(estampille::bounces::inbound_messages::unmatched::counts).await.unwrap();
    assert_eq!(kept.stored + kept.kept, 2, "{kept:?}");
    handle.stop().await;
}

/// A client that says nothing, trickles, or stays for ever, is told so and loses its place.
#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_sent_away() {
    let short = Duration::from_millis(300);
    let limits = Limits { command: short, text: short, session: Duration::from_secs(2), ..Limits::default() };
    let site = Site::start_with(DatabaseKind::Sqlite, &[], false, limits).await;
    let ending = async |begin: &[u8]| {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        stream.write_all(begin).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        said
    };
    let envelope = "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@bounces.estampille.example>\r\nDATA\r\n";
    assert!(ending(b"").await.contains("\r\n421 4.4.2"), "no command");
    assert!(ending(b"HELO x").await.contains("\r\n421 4.4.2"), "half a command");
    assert!(ending(envelope.as_bytes()).await.contains("354 go on, end with a dot\r\n421 4.4.2"), "no text");
    assert!(
        ending(format!("{envelope}Subject: x\r\n").as_bytes()).await.ends_with("waited too long\r\n"),
        "half a text"
    );
    let (mut client, _) = SmtpClient::connect(site.address).await;
    let started = Instant::now();
    while client.say("NOOP").await.starts_with("250") {
        assert!(started.elapsed() < Duration::from_secs(10), "a client that is busy for ever is sent away, too");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(site.app.number(KEPT).await, 0);
}

/// Texts may hold so many bytes together; who comes too many is asked to come again, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_ceiling_over_the_memory_of_all_texts() {
    let limits = Limits { memory: 512 * 1024, ..Limits::default() };
    let site = Site::start_with(DatabaseKind::Sqlite, &[], false, limits).await;
    let long = |number: usize| format!("Subject: {number}\n\n{}", format!("{}\n", "a".repeat(70)).repeat(3000));
    let mut open = Vec::new();
    for number in 0..8 {
        let (mut client, _) = SmtpClient::connect(site.address).await;
        let to = site.return_path(DeliveryId(number));
        client.say("HELO x").await;
        client.say("MAIL FROM:<>").await;
        client.say(&format!("RCPT TO:<{to}>")).await;
        client.say("DATA").await;
        client.begin(long(usize::try_from(number).unwrap()).as_bytes()).await;
        open.push((client, to));
    }
    let (mut taken, mut put_off) = (0, Vec::new());
    for (number, (mut client, to)) in open.into_iter().enumerate() {
        match client.say("\r\n.").await {
            reply if reply.starts_with("250 2.0.0") => taken += 1,
            reply => {
                assert!(reply.starts_with("452 4.3.1"), "{reply}");
                put_off.push((to, long(number)));
            }
        }
    }
    assert!(!put_off.is_empty() && taken + put_off.len() == 8, "{taken} were taken, {} put off", put_off.len());
    for (to, message) in put_off {
        site.deliver(&to, &message).await.unwrap();
    }
    assert_eq!(site.app.number(KEPT).await, 8);
}
