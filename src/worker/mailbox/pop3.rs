//! A visit by POP3 (RFC 1939): retrieve, store, delete; the server removes at QUIT.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::shelf::Shelf;
use super::{LONGEST, MOST, wire, within};
use crate::config::MailboxUrl;

/// Longest line of an answer, in bytes; RFC 1939 wants 512 for the first one.
const LONGEST_LINE: usize = 1024 * 1024;
/// Lines of a message that is longer than [`LONGEST`].
const LINES_OF_LONG: usize = 5000;

/// Takes what is in the mailbox; says how many messages.
pub(super) async fn visit(mailbox: &MailboxUrl, shelf: &Shelf) -> Result<usize, String> {
    let stream = within(wire::connect(mailbox)).await?;
    if mailbox.is_tls_from_the_start {
        let mut session = Session::new(within(wire::encrypt(stream, mailbox)).await?);
        session.answer().await?;
        return session.take_all(mailbox, shelf).await;
    }
    let mut clear = Session::new(stream);
    clear.answer().await?;
    clear.ask("STLS").await?;
    // What came in clear behind the answer goes with the old session (CVE-2011-0411).
    let stream = within(wire::encrypt(clear.0.into_inner(), mailbox)).await?;
    Session::new(stream).take_all(mailbox, shelf).await
}

/// A conversation, one command after the other.
struct Session<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    async fn take_all(mut self, mailbox: &MailboxUrl, shelf: &Shelf) -> Result<usize, String> {
        self.ask(&format!("USER {}", mailbox.user)).await?;
        match self.ask(&format!("PASS {}", mailbox.password)).await {
            // Another node is there (RFC 2449, section 8.1.1).
            Err(refused) if refused.contains("[IN-USE]") => return Ok(0),
            answered => answered?,
        }
        let (mut taken, mut trouble) = (0, None);
        for (number, size) in self.list().await?.into_iter().take(MOST) {
            match self.take(number, size, shelf).await {
                Ok(()) => taken += 1,
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
        }
        // Without this the server keeps everything; what was stored is known when it comes again.
        self.ask("QUIT").await?;
        trouble.map_or(Ok(taken), Err)
    }

    /// The numbers and sizes of the messages.
    async fn list(&mut self) -> Result<Vec<(usize, usize)>, String> {
        self.ask("LIST").await?;
        let text = within(self.text(LONGEST)).await?;
        let line = |line: &str| {
            let (number, size) = line.trim().split_once(' ')?;
            Some((number.parse().ok()?, size.split(' ').next()?.parse().ok()?))
        };
        Ok(String::from_utf8_lossy(&text).lines().filter_map(line).collect())
    }

    /// Retrieves a message, or the start of one that is too long; keeps it, and has it deleted.
    async fn take(&mut self, number: usize, size: usize, shelf: &Shelf) -> Result<(), String> {
        if size > LONGEST {
            self.ask(&format!("TOP {number} {LINES_OF_LONG}")).await?;
        } else {
            self.ask(&format!("RETR {number}")).await?;
        }
        let message = within(self.text(LONGEST)).await?;
        shelf.keep(message).await?;
        self.ask(&format!("DELE {number}")).await
    }

    /// Says a command and reads the first line of its answer.
    async fn ask(&mut self, command: &str) -> Result<(), String> {
        let said = format!("{command}\r\n");
        within(self.0.get_mut().write_all(said.as_bytes())).await?;
        within(self.0.get_mut().flush()).await?;
        self.answer().await
    }

    /// Reads one status line.
    async fn answer(&mut self) -> Result<(), String> {
        let mut line = Vec::new();
        within(self.line(&mut line)).await?;
        let text = String::from_utf8_lossy(&line);
        if text.starts_with("+OK") { Ok(()) } else { Err(text.trim().chars().take(200).collect()) }
    }

    /// Reads a text up to its lone dot, unstuffed (RFC 1939, section 3); what goes beyond `limit` is read and dropped.
    async fn text(&mut self, limit: usize) -> Result<Vec<u8>, String> {
        let (mut text, mut line) = (Vec::new(), Vec::new());
        loop {
            self.line(&mut line).await?;
            if line == b".\r\n" || line == b".\n" {
                return Ok(text);
            }
            let bytes = line.strip_prefix(b".").unwrap_or(&line);
            if text.len() + bytes.len() <= limit {
                text.extend_from_slice(bytes);
            }
        }
    }

    async fn line(&mut self, line: &mut Vec<u8>) -> Result<(), String> {
        line.clear();
        loop {
            let bytes = self.0.fill_buf().await.map_err(|error| error.to_string())?;
            if bytes.is_empty() {
                return Err("it hung up".to_owned());
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let used = end.unwrap_or(bytes.len());
            if line.len() + used > LONGEST_LINE {
                return Err("a line without an end".to_owned());
            }
            line.extend_from_slice(bytes.get(..used).unwrap_or_default());
            self.0.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn with(server: &str, limit: usize) -> Result<Vec<u8>, String> {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        theirs.write_all(server.as_bytes()).await.unwrap();
        drop(theirs);
        Session::new(ours).text(limit).await
    }

    #[tokio::test]
    async fn a_text_ends_at_its_lone_dot_and_is_unstuffed() {
        assert_eq!(
            with("Subject: x\r\n\r\n..a\r\n.b\r\n.\r\n+OK", 100).await.unwrap(),
            b"Subject: x\r\n\r\n.a\r\nb\r\n"
        );
        assert_eq!(with("a\r\nb\r\nc\r\n.\r\n", 6).await.unwrap(), b"a\r\nb\r\n", "the rest is dropped");
        assert_eq!(with("a\r\n", 100).await.unwrap_err(), "it hung up");
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_the_words_of_the_server() {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        theirs.write_all(b"-ERR [AUTH] no\r\n").await.unwrap();
        assert_eq!(Session::new(ours).answer().await.unwrap_err(), "-ERR [AUTH] no");
    }
}
