//! The tray: mail as files, for trying things out without a mail server.
//!
//! A message lies in `DATA_DIR/tray/TIME-ID.eml`, its envelope in two lines before it. In the demo some recipients
//! answer as real ones do: `full.` and `gone.` with a report after a while, `refused.` at once.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::relay::Reply;
use crate::clock::Timestamp;
use crate::keyring::encode;
use crate::storage::DeliveryId;

/// How a recipient of the demo answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes the mail.
    Takes,
    /// Takes it, and reports later that it could not be delivered: status and text.
    Reports(&'static str, &'static str),
    /// Refuses it at once.
    Refuses,
}

/// How this recipient answers in a demo.
#[must_use]
pub fn behaviour(recipient: &str) -> Behaviour {
    match recipient.split('.').next() {
        Some("gone") => Behaviour::Reports("5.1.1", "550 5.1.1 User unknown"),
        Some("full") => Behaviour::Reports("5.2.2", "552 5.2.2 Mailbox full"),
        Some("refused") => Behaviour::Refuses,
        _ => Behaviour::Takes,
    }
}

/// The folder of the tray.
#[must_use]
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("tray")
}

/// Puts a message into the tray; it appears whole or not at all.
#[must_use]
pub fn put(data_dir: &Path, envelope: (&str, &str), message: &[u8], id: DeliveryId, now: Timestamp) -> Reply {
    let name = format!("{}-{id}", now.utc().format("%Y%m%dT%H%M%S%6f"));
    match write(&folder(data_dir), &name, envelope, message) {
        Ok(()) => Reply::Accepted { code: 250, text: format!("250 2.0.0 in the tray as {name}") },
        Err(error) => Reply::Trouble { code: None, text: format!("the tray: {error}") },
    }
}

fn write(folder: &Path, name: &str, (from, to): (&str, &str), message: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}"));
    let mut file = std::fs::File::create(&unfinished)?;
    write!(file, "X-Tray-From: <{from}>\r\nX-Tray-To: <{to}>\r\n")?;
    file.write_all(message)?;
    file.flush()?;
    std::fs::rename(&unfinished, folder.join(format!("{name}.eml")))
}

/// A report (RFC 3464) as a mail server sends it, about a message that it took and could not deliver.
#[must_use]
pub fn report(envelope: (&str, &str), status: &str, reply: &str, message: &[u8], now: Timestamp) -> Vec<u8> {
    let (return_path, recipient) = envelope;
    let head = String::from_utf8_lossy(message);
    let head = head.split("\r\n\r\n").next().unwrap_or_default();
    let date = now.utc().to_rfc2822();
    let mark = encode(&crate::keyring::digest(message)[..10]);
    format!(
        "From: Mail Delivery System <MAILER-DAEMON@tray.example>\r\nTo: {return_path}\r\nDate: {date}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{mark}@tray.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_{mark}\"\r\n\r\n\
         --=_{mark}\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered to <{recipient}>:\r\n\
         {reply}\r\n\r\n--=_{mark}\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; tray.example\r\nArrival-Date: {date}\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n\
         Action: failed\r\nStatus: {status}\r\nRemote-MTA: dns; mx.tray.example\r\nDiagnostic-Code: smtp; {reply}\r\n\
         \r\n--=_{mark}\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--=_{mark}--\r\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_in_the_tray_has_its_envelope_before_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let reply = put(
            dir.path(),
            ("b-x@localhost", "anne@example.org"),
            b"Subject: a\r\n\r\nb\r\n",
            DeliveryId(7),
            Timestamp::from_micros(0),
        );
        assert!(matches!(reply, Reply::Accepted { code: 250, .. }));
        let file = folder(dir.path()).join("19700101T000000000000-7.eml");
        let text = std::fs::read_to_string(file).expect("a file");
        assert_eq!(text, "X-Tray-From: <b-x@localhost>\r\nX-Tray-To: <anne@example.org>\r\nSubject: a\r\n\r\nb\r\n");
    }

    #[test]
    fn some_recipients_of_the_demo_answer_as_real_ones_do() {
        assert_eq!(behaviour("refused.anne@example.org"), Behaviour::Refuses);
        assert!(matches!(behaviour("gone.anne@example.org"), Behaviour::Reports("5.1.1", _)));
        assert_eq!(behaviour("goner@example.org"), Behaviour::Takes);
    }

    #[test]
    fn the_report_of_the_tray_is_a_delivery_status_notification() {
        let report = report(
            ("b-x@localhost", "gone.a@example.org"),
            "5.1.1",
            "550 5.1.1 User unknown",
            b"A: b\r\n\r\nc",
            Timestamp::from_micros(0),
        );
        let parsed = mail_parser::MessageParser::new().parse(&report).expect("a message");
        assert_eq!(parsed.parts.len(), 4);
    }
}
