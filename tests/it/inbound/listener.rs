//! The listener, seen from the other end of the wire.

use estampille::storage::DeliveryId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::{Site, report};
use crate::support::DatabaseKind;
use crate::support::smtp_client::SmtpClient;

const MESSAGES: &str = "SELECT count(*) AS number FROM inbound_messages";

/// BNC-06, B05.
#[tokio::test(flavor = "multi_thread")]
async fn bnc_06_it_never_relays_and_refuses_before_the_text() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let (mut client, greeting) = SmtpClient::connect(site.address).await;
    assert!(greeting.starts_with("220 bounces.estampille.example"));
    assert!(client.say("EHLO mx.receiver.example").await.contains("PIPELINING"));
    client.say("MAIL FROM:<spammer@example.org>").await;
    let forged = site.return_path(DeliveryId(1)).replace("b-a", "b-b");
    for (to, reply) in [
        ("victim@example.net", "550 5.7.1"),
        ("victim%example.net@bounces.estampille.example", "550 5.1.1"),
        ("@bounces.estampille.example:victim@example.net", "550 5.7.1"),
        ("b-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.estampille.example", "550 5.1.1"),
        ("u-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.estampille.example", "550 5.1.1"),
        (&forged, if forged == site.return_path(DeliveryId(1)) { "250" } else { "550 5.1.1" }),
    ] {
        let said = client.say(&format!("RCPT TO:<{to}>")).await;
        assert!(said.starts_with(reply), "{to}: {said}");
    }
    assert!(client.say("RSET").await.starts_with("250"));
    client.say("MAIL FROM:<>").await;
    for ours in ["abuse@bounces.estampille.example", "PostMaster@Bounces.Estampille.Example", "postmaster"] {
        assert!(client.say(&format!("RCPT TO:<{ours}>")).await.starts_with("250"), "{ours}");
    }
    assert!(client.say("QUIT").await.starts_with("221"));
    assert_eq!(site.app.number(MESSAGES).await, 0);
    assert!(site.app.inbox.left_over().is_empty(), "nothing was sent to anybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_message_is_in_the_database_and_the_same_one_is_kept_once() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let to = "abuse@bounces.estampille.example";
    let message = report("anne@example.org", "failed", "5.1.1", "550 5.1.1 User unknown");
    for _ in 0..3 {
        assert!(site.deliver(to, &message).await.unwrap().starts_with("250 2.0.0"));
        assert_eq!(site.app.number(MESSAGES).await, 1);
    }
    site.until_judged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn smuggled_line_ends_and_long_messages_are_refused() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let say = async |text: &[u8]| {
        let (mut client, _) = SmtpClient::connect(site.address).await;
        client.say("HELO x").await;
        client.say("MAIL FROM:<>").await;
        client.say("RCPT TO:<abuse@bounces.estampille.example>").await;
        assert!(client.say("DATA").await.starts_with("354"));
        client.message(text).await
    };
    assert!(say(&b"a".repeat(11 * 1024 * 1024)).await.starts_with("552 5.3.4"));
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let whole = b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@bounces.estampille.example>\r\nDATA\r\n\
        Subject: x\r\n\r\na\n.\nMAIL FROM:<>\r\n.\r\nQUIT\r\n";
    stream.write_all(whole).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("\r\n550 5.6.0"), "{said}");
    assert!(said.ends_with("goes\r\n"), "pipelined commands are answered to the end: {said}");
    assert_eq!(site.app.number(MESSAGES).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_gets_no_more_than_its_share_of_connections() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(SmtpClient::connect(site.address).await);
    }
    assert!(open.iter().all(|(_, greeting)| greeting.starts_with("220")));
    assert!(SmtpClient::connect(site.address).await.1.starts_with("421"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lmtp_answers_once_for_each_recipient() {
    let site = Site::start_as(DatabaseKind::Sqlite, true).await;
    let (mut client, _) = SmtpClient::connect(site.address).await;
    assert!(client.say("LHLO x").await.starts_with("250"));
    client.say("MAIL FROM:<>").await;
    client.say("RCPT TO:<abuse@bounces.estampille.example>").await;
    client.say("RCPT TO:<postmaster@bounces.estampille.example>").await;
    client.say("DATA").await;
    assert!(client.message(b"Subject: x\n\nx").await.starts_with("250"));
    assert!(client.say("NOOP").await.starts_with("250 2.0.0 kept"), "the second recipient's reply comes first");
    site.app.until_number(MESSAGES, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_says_so_in_open_sessions() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let handle = estampille::worker::inbound::listen(&site.app.app, socket, false).unwrap();
    let (mut client, _) = SmtpClient::connect(handle.address().unwrap()).await;
    client.say("EHLO x").await;
    handle.stop().await;
    assert!(client.say("NOOP").await.starts_with("421 4.3.2"));
}

/// Anybody may write to abuse@: a megabyte at most, and so many messages in an hour. Our own mail comes back meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_anybody_may_send_is_bounded() {
    let site = Site::start(DatabaseKind::Sqlite).await;
    let (abuse, own) = ("abuse@bounces.estampille.example", site.return_path(DeliveryId(1)));
    let line = format!("{}\n", "a".repeat(70));
    let long = format!("Subject: x\n\n{}", line.repeat(1024 * 1024 / line.len()));
    assert!(site.deliver(abuse, &long).await.unwrap_err().starts_with("552 5.3.4 longer than 1048576 bytes"));
    assert!(site.deliver(&own, &long).await.is_ok());
    let now = site.app.app.clock.now();
    let hits = move |conn: &mut estampille::storage::Conn| {
        (0..499).try_for_each(|_| estampille::ceilings::hit(conn, "inbound/operator", now))
    };
    site.app.app.db.write(hits).await.unwrap();
    assert!(site.deliver(abuse, "Subject: last\n\nx\n").await.is_ok());
    assert!(site.deliver(abuse, "Subject: too many\n\nx\n").await.unwrap_err().starts_with("452 4.3.1"));
    assert!(site.deliver(&own, "Subject: ours\n\nx\n").await.is_ok());
    assert_eq!(site.app.number(MESSAGES).await, 3);
}
