//! Dialogues with servers of all manners; each is played by a script over a real socket.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

/// What a server does: says the first, then for each line that it waits for says what belongs to it.
type Script = &'static [(&'static [&'static str], &'static str)];

const PIPELINING: &str = "250-mx.example\r\n250-SIZE 1000000\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n";
const PLAIN: &str = "250 mx.example\r\n";
const MESSAGE: &[u8] = b"Subject: a\r\n\r\n.b\r\n";

/// Plays a server: after the greetings, waits for all lines of a step before it says a word. Returns what it heard.
async fn play(offers: &'static str, steps: Script) -> (Connection, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reader, mut writer) = stream.split();
        let (mut reader, mut heard) = (BufReader::new(reader), Vec::new());
        writer.write_all(b"220 mx.example ESMTP\r\n").await.unwrap();
        for _ in 0..2 {
            let mut hello = String::new();
            reader.read_line(&mut hello).await.unwrap();
            assert_eq!(hello, "EHLO lists.example.org\r\n");
            writer.write_all(offers.as_bytes()).await.unwrap();
        }
        for (lines, answer) in steps {
            for wanted in *lines {
                let mut line = String::new();
                reader.read_line(&mut line).await.unwrap();
                assert_eq!(line.trim_end(), *wanted);
                heard.push(line);
            }
            writer.write_all(answer.as_bytes()).await.unwrap();
        }
        writer.shutdown().await.unwrap();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).await.unwrap();
        heard.push(rest);
        heard
    });
    let wire: Wire = Box::new(TcpStream::connect(address).await.unwrap());
    let limits = Limits::default().at_most(Duration::from_secs(5));
    let opening = Opening::greet(wire, "lists.example.org", limits).await.unwrap();
    (opening.connection(None).await.unwrap(), server)
}

const MAIL: &str = "MAIL FROM:<a@lists.example.org> SIZE=18";
const RCPT: &str = "RCPT TO:<b@example.org>";
const BODY: &[&str] = &["Subject: a", "", "..b", "."];

async fn send(connection: &mut Connection) -> Reply {
    connection.send("a@lists.example.org", "b@example.org", MESSAGE).await
}

fn accepted(text: &str) -> Reply {
    Reply::Accepted { code: 250, text: text.to_owned() }
}

fn refused(code: u16, text: &str) -> Reply {
    Reply::Refused { code, text: text.to_owned() }
}

#[tokio::test]
async fn where_it_is_offered_the_envelope_goes_out_at_once_and_every_reply_is_read() {
    let script: Script = &[
        (&[MAIL, RCPT, "DATA"], "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n"),
        (BODY, "250 2.0.0 queued as 1\r\n"),
        (&[MAIL, RCPT, "DATA"], "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n"),
        (BODY, "250-2.0.0 queued\r\n250 2.0.0 as 2\r\n"),
    ];
    let (mut connection, server) = play(PIPELINING, script).await;
    assert_eq!(send(&mut connection).await, accepted("250 2.0.0 queued as 1"));
    assert_eq!(send(&mut connection).await, accepted("250 2.0.0 queued 2.0.0 as 2"));
    assert_eq!((connection.sent(), connection.is_broken()), (2, false));
    connection.quit().await;
    assert_eq!(server.await.unwrap().last().unwrap(), "QUIT\r\n");
}

/// A message, and the announcement of the next in the same write.
const BODY_AND_NEXT: &[&str] = &["Subject: a", "", "..b", ".", MAIL, RCPT, "DATA"];

/// The answers to a message and to the announcement behind it.
async fn send_and_announce(connection: &mut Connection) -> (Reply, Option<Result<(), Reply>>) {
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
    let reply = connection.finish_and_announce(MESSAGE, &envelope).await;
    (reply, connection.announced().await)
}

/// A relay that thinks about the next sender must not keep back that it took this message.
#[tokio::test]
async fn the_answer_to_a_message_does_not_wait_for_those_to_the_announcement_behind_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, may_answer) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 mx.example ESMTP\r\n").await.unwrap();
        let mut may_answer = Some(may_answer);
        let mut dots = 0;
        while let Some(line) = lines.next_line().await.unwrap() {
            match line.as_str() {
                "EHLO lists.example.org" => writer.write_all(PIPELINING.as_bytes()).await.unwrap(),
                "." => {
                    writer.write_all(b"250 queued\r\n").await.unwrap();
                    dots += 1;
                }
                RCPT => writer.write_all(b"250 Ok\r\n").await.unwrap(),
                "DATA" => writer.write_all(b"354 go\r\n").await.unwrap(),
                line if line.starts_with("MAIL FROM") => {
                    if dots == 1
                        && let Some(may_answer) = may_answer.take()
                    {
                        may_answer.await.unwrap();
                    }
                    writer.write_all(b"250 Ok\r\n").await.unwrap();
                }
                _ => {}
            }
        }
    });
    let wire: Wire = Box::new(TcpStream::connect(address).await.unwrap());
    let opening = Opening::greet(wire, "lists.example.org", Limits::default()).await.unwrap();
    let mut connection = opening.connection(None).await.unwrap();
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
    assert_eq!(connection.begin(&envelope).await, Ok(()));
    assert_eq!(connection.finish_and_announce(MESSAGE, &envelope).await, accepted("250 queued"));
    heard.send(()).unwrap();
    assert_eq!(connection.announced().await, Some(Ok(())));
    assert_eq!(connection.finish(MESSAGE).await, accepted("250 queued"));
    drop(connection);
    server.await.unwrap();
}

#[tokio::test]
async fn the_next_message_is_announced_with_the_one_before_and_each_answer_is_its_own() {
    let script: Script = &[
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY_AND_NEXT, "250 queued as 1\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY_AND_NEXT, "452 4.2.2 full\r\n250 Ok\r\n550 5.1.1 no such user\r\n503 no\r\n"),
        (&["RSET", MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY, "250 queued as 3\r\n"),
    ];
    let (mut connection, server) = play(PIPELINING, script).await;
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
    assert_eq!(connection.begin(&envelope).await, Ok(()));
    assert_eq!(send_and_announce(&mut connection).await, (accepted("250 queued as 1"), Some(Ok(()))));
    let unknown = Some(Err(refused(550, "550 5.1.1 no such user")));
    assert_eq!(send_and_announce(&mut connection).await, (refused(452, "452 4.2.2 full"), unknown));
    assert_eq!(send(&mut connection).await, accepted("250 queued as 3"));
    assert_eq!((connection.sent(), connection.is_broken()), (4, false));
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_behind_a_message_takes_nothing_from_its_answer() {
    for (answers, next) in [("250 queued as 1\r\n", Some(true)), ("421 4.3.2 closing\r\n", None), ("", None)] {
        let script: &'static [_] = Box::leak(Box::new([
            (&[MAIL, RCPT, "DATA"] as &'static [&'static str], "250 Ok\r\n250 Ok\r\n354 go\r\n"),
            (BODY_AND_NEXT, answers),
        ]));
        let (mut connection, server) = play(PIPELINING, script).await;
        let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
        assert_eq!(connection.begin(&envelope).await, Ok(()));
        let (reply, announced) = send_and_announce(&mut connection).await;
        assert_eq!(reply == accepted("250 queued as 1"), next.is_some(), "{reply:?}");
        assert_eq!(announced.map(|answer| matches!(answer, Err(Reply::Trouble { .. }))), next, "{answers:?}");
        assert!(connection.is_broken());
        drop(connection);
        server.await.unwrap();
    }
}

/// Every line of [`BODY`] but the end.
const UNENDED: &[&str] = &["Subject: a", "", "..b"];

#[tokio::test]
async fn a_message_may_go_ahead_of_its_end_and_is_nothing_without_it() {
    const ANNOUNCED: (&[&str], &str) = (&[MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n");
    let begun: Script = &[ANNOUNCED, (UNENDED, "")];
    let ended: Script = &[ANNOUNCED, (UNENDED, ""), (&["."], "250 queued\r\n")];
    for (is_ended, script) in [(true, ended), (false, begun)] {
        let (mut connection, server) = play(PIPELINING, script).await;
        let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
        assert_eq!(connection.begin(&envelope).await, Ok(()));
        connection.start(MESSAGE).await;
        if is_ended {
            assert_eq!(connection.finish(MESSAGE).await, accepted("250 queued"));
            connection.quit().await;
        } else {
            drop(connection);
        }
        assert_eq!(server.await.unwrap().last().unwrap(), if is_ended { "QUIT\r\n" } else { "" });
    }
}

#[tokio::test]
async fn the_end_of_a_message_and_the_next_announcement_go_together() {
    let script: Script = &[
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (UNENDED, ""),
        (&[".", MAIL, RCPT, "DATA"], "250 queued as 1\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY, "250 queued as 2\r\n"),
    ];
    let (mut connection, server) = play(PIPELINING, script).await;
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
    assert_eq!(connection.begin(&envelope).await, Ok(()));
    connection.start(MESSAGE).await;
    assert_eq!(send_and_announce(&mut connection).await, (accepted("250 queued as 1"), Some(Ok(()))));
    assert_eq!(connection.finish(MESSAGE).await, accepted("250 queued as 2"), "what was started is not sent twice");
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_lost_while_a_message_goes_ahead_of_its_end_is_trouble() {
    // More than the buffers of a socket hold.
    let message = vec![b'a'; 64 << 20];
    let script: Script =
        &[(&["MAIL FROM:<a@lists.example.org> SIZE=67108864", RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n")];
    let (mut connection, server) = play(PIPELINING, script).await;
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", &message);
    assert_eq!(connection.begin(&envelope).await, Ok(()));
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    connection.start(&message).await;
    let reply = connection.finish(&message).await;
    assert!(matches!(reply, Reply::Trouble { code: None, .. }), "{reply:?}");
    assert!(connection.is_broken());
}

#[tokio::test]
async fn where_it_is_not_offered_a_message_goes_alone() {
    let script: Script = &[
        (&["MAIL FROM:<a@lists.example.org>"], "250 Ok\r\n"),
        (&[RCPT], "250 Ok\r\n"),
        (&["DATA"], "354 go\r\n"),
        (BODY, "250 Ok\r\n"),
    ];
    let (mut connection, server) = play(PLAIN, script).await;
    let envelope = Envelope::new("a@lists.example.org", "b@example.org", MESSAGE);
    assert_eq!(connection.begin(&envelope).await, Ok(()));
    assert_eq!(send_and_announce(&mut connection).await, (accepted("250 Ok"), None));
    assert_eq!(connection.sent(), 1);
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn where_it_is_not_offered_each_line_waits_for_the_answer_to_the_one_before() {
    let script: Script = &[
        (&["MAIL FROM:<a@lists.example.org>"], "250 Ok\r\n"),
        (&[RCPT], "450 4.2.1 later\r\n"),
        (&["RSET"], "250 Ok\r\n"),
        (&["MAIL FROM:<a@lists.example.org>"], "250 Ok\r\n"),
        (&[RCPT], "250 Ok\r\n"),
        (&["DATA"], "354 go\r\n"),
        (BODY, "250 Ok\r\n"),
    ];
    let (mut connection, server) = play(PLAIN, script).await;
    assert_eq!(send(&mut connection).await, refused(450, "450 4.2.1 later"));
    assert_eq!(send(&mut connection).await, accepted("250 Ok"));
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn a_refused_recipient_takes_nothing_from_the_next_one() {
    let script: Script = &[
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n550 5.1.1 no such user\r\n503 5.5.1 no recipients\r\n"),
        (&["RSET", MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY, "451 4.3.0 not now\r\n"),
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY, "250 Ok\r\n"),
    ];
    let (mut connection, server) = play(PIPELINING, script).await;
    assert_eq!(send(&mut connection).await, refused(550, "550 5.1.1 no such user"));
    assert_eq!(send(&mut connection).await, refused(451, "451 4.3.0 not now"));
    assert_eq!(send(&mut connection).await, accepted("250 Ok"));
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_waits_for_a_message_without_recipient_gets_an_empty_one() {
    let script: Script = &[
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n550 5.1.1 no such user\r\n354 go\r\n"),
        (&["."], "554 5.5.1 no valid recipients\r\n"),
        (&[MAIL, RCPT, "DATA"], "250 Ok\r\n250 Ok\r\n354 go\r\n"),
        (BODY, "250 Ok\r\n"),
    ];
    let (mut connection, server) = play(PIPELINING, script).await;
    assert_eq!(send(&mut connection).await, refused(550, "550 5.1.1 no such user"));
    assert_eq!(send(&mut connection).await, accepted("250 Ok"));
    connection.quit().await;
    server.await.unwrap();
}

#[tokio::test]
async fn what_is_about_the_session_is_trouble_with_its_code_and_ends_the_connection() {
    for (answers, code) in [
        ("421 4.3.2 closing\r\n", Some(421)),
        ("530 5.7.0 log in first\r\n503 no\r\n503 no\r\n", Some(530)),
        ("250 Ok\r\n421 4.7.0 too much\r\n", Some(421)),
        ("250 Ok\r\n250 Ok\r\n250 what?\r\n", Some(250)),
        ("250 Ok\r\n250 Ok\r\n", None),
        ("", None),
    ] {
        let script: &'static [_] = Box::leak(Box::new([(&[MAIL, RCPT, "DATA"] as &'static [&'static str], answers)]));
        let (mut connection, server) = play(PIPELINING, script).await;
        let reply = send(&mut connection).await;
        assert!(matches!(&reply, Reply::Trouble { code: said, .. } if *said == code), "{answers:?}: {reply:?}");
        assert!(connection.is_broken());
        connection.quit().await;
        assert_eq!(server.await.unwrap().last().unwrap(), "", "nothing more is said");
    }
}

#[tokio::test]
async fn a_refusal_stands_even_when_the_connection_is_lost_right_after() {
    let script: Script = &[(&[MAIL, RCPT, "DATA"], "250 Ok\r\n550 5.1.1 no such user\r\n")];
    let (mut connection, server) = play(PIPELINING, script).await;
    assert_eq!(send(&mut connection).await, refused(550, "550 5.1.1 no such user"));
    drop(connection);
    server.await.unwrap();
}

#[tokio::test]
async fn an_address_that_needs_smtputf8_travels_only_where_it_is_offered() {
    let (mut connection, server) = play(PLAIN, &[]).await;
    let reply = connection.send("a@lists.example.org", "é@example.org", MESSAGE).await;
    assert!(matches!(reply, Reply::Refused { code: 553, .. }), "{reply:?}");
    assert!(!connection.is_broken());
    drop(connection);
    server.await.unwrap();
}

#[tokio::test]
async fn a_greeting_that_refuses_says_so_with_its_code_and_one_that_says_too_much_is_not_believed() {
    for (greeting, code, text) in [
        ("554-5.7.1 you are\r\n554 5.7.1 on a list\r\n", Some(554), "554-5.7.1 you are 554 5.7.1 on a list"),
        ("421 4.3.2 busy\r\n", Some(421), "421 4.3.2 busy"),
        ("220 mx\r\n250 mx\r\n", None, "the server spoke before it was asked"),
        ("HTTP/1.1 400 Bad Request\r\n", None, "this is no SMTP"),
        ("", None, "the connection was closed"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(greeting.as_bytes()).await.unwrap();
        });
        let wire: Wire = Box::new(TcpStream::connect(address).await.unwrap());
        let unopened = Opening::greet(wire, "lists.example.org", Limits::default()).await.unwrap_err();
        assert_eq!((unopened.code, unopened.text.as_str()), (code, text));
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_left_after_the_time_that_is_set() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wire: Wire = Box::new(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
    let limits = Limits::default().at_most(Duration::from_millis(50));
    let unopened = Opening::greet(wire, "lists.example.org", limits).await.unwrap_err();
    assert_eq!((unopened.code, unopened.text.as_str()), (None, "no answer within 0.05 s"));
}
