//! What a sender says to a relay before what it sent last is in the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use url::Url;

use super::super::source;
use super::super::testing::{delivery, engine};
use super::*;
use crate::deliveries::Kind;
use crate::mail::EmailAddress;
use crate::mail::relay::Relay;
use crate::storage::CampaignId;

/// A relay that says of each line what it heard, and before the end of the second message asks whether the first one is
/// written.
async fn relay(listener: TcpListener, heard: mpsc::UnboundedSender<String>, is_written: Arc<AtomicBool>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mx.example ESMTP\r\n").await.unwrap();
    let mut ends = 0;
    while let Some(line) = lines.next_line().await.unwrap() {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-mx.example\r\n250 PIPELINING\r\n",
            "MAIL" | "RCPT" => "250 Ok\r\n",
            "DATA" => "354 go\r\n",
            "." => {
                ends += 1;
                assert!(ends == 1 || is_written.load(Ordering::SeqCst), "the second message ended too early");
                "250 queued\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "",
        };
        writer.write_all(answer.as_bytes()).await.unwrap();
        heard.send(line).unwrap();
    }
}

/// A mail of a campaign that was checked and made.
fn checked(id: i64, name: &str) -> Checked {
    let delivery = Delivery { campaign_id: Some(CampaignId::new()), ..delivery(id, Kind::Campaign) };
    let to = EmailAddress::parse("anne@example.org").unwrap();
    let bytes = Arc::new(format!("Subject: {name}\r\n\r\nHello {name}\r\n").into_bytes());
    let message = Message { return_path: "b@lists.example.org".to_owned(), to, bytes, copy: None };
    // Fresh for as long as a slow machine may need.
    let at = Instant::now() + Duration::from_secs(3600);
    Checked { delivery, finding: Finding::Instead(Prepared::Ready(message)), at }
}

/// Reads on until this line.
async fn until(heard: &mut mpsc::UnboundedReceiver<String>, wanted: &str) {
    while let Some(line) = heard.recv().await {
        if line == wanted {
            return;
        }
    }
    panic!("the relay never heard {wanted:?}");
}

#[tokio::test]
async fn the_next_message_goes_ahead_but_for_its_end_while_the_last_one_is_being_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("smtp://{}", listener.local_addr().unwrap())).unwrap();
    let (told, mut heard) = mpsc::unbounded_channel();
    let is_written = Arc::new(AtomicBool::new(false));
    let relaying = tokio::spawn(relay(listener, told, Arc::clone(&is_written)));
    let dir = tempfile::tempdir().unwrap();
    let outlet = Outlet::Relay(Relay::read(&url, "lists.example.org").unwrap());
    let engine = engine(dir.path(), outlet);
    let (feed, ready) = source::channel(4);
    for (id, name) in [(1, "first"), (2, "second")] {
        assert!(feed.send(checked(id, name)).await.is_ok());
    }
    let (outcomes, mut to_record) = mpsc::channel(4);
    let sending = tokio::spawn(run(engine, ready, outcomes));
    let first = to_record.recv().await.unwrap();
    until(&mut heard, "Hello second").await;
    is_written.store(true, Ordering::SeqCst);
    first.tell_written();
    to_record.recv().await.unwrap().tell_written();
    drop(feed);
    sending.await.unwrap();
    until(&mut heard, "QUIT").await;
    relaying.await.unwrap();
}
