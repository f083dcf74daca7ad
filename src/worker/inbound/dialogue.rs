//! What is answered to each command, and where the session then stands. Pure: no socket, no database.

use super::command::{Command, Hello, Refused, parse};

/// Longest message that is taken, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 10 * 1024 * 1024;
/// Most recipients of one message (RFC 5321, section 4.5.3.1.8 wants at least these).
const MOST_RECIPIENTS: usize = 100;
/// A client that makes more mistakes is sent away.
const MOST_MISTAKES: usize = 20;

/// Says what an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipient {
    /// A valid mark of ours, or an address for the operator.
    Ours,
    /// At our domain, but no such address.
    Unknown,
    /// Somewhere else: we never relay.
    Foreign,
}

/// What to do after the reply was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Read the next command.
    Command,
    /// Read the text of a message.
    Text,
    /// Close the connection.
    Close,
}

/// The envelope of a message that is being handed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

/// A session as far as it has come.
#[derive(Debug)]
pub(super) struct Dialogue {
    domain: String,
    is_lmtp: bool,
    has_greeted: bool,
    envelope: Option<Envelope>,
    mistakes: usize,
}

impl Dialogue {
    /// A session of a listener for this mail domain.
    pub(super) fn new(domain: &str, is_lmtp: bool) -> Self {
        Self { domain: domain.to_owned(), is_lmtp, has_greeted: false, envelope: None, mistakes: 0 }
    }

    /// What is said first.
    pub(super) fn greeting(&self) -> String {
        format!("220 {} {} Estampille, for reports only", self.domain, if self.is_lmtp { "LMTP" } else { "ESMTP" })
    }

    /// The envelope of the message whose text was read; the session goes on without it.
    pub(super) fn take_envelope(&mut self) -> Envelope {
        self.envelope.take().unwrap_or_default()
    }

    /// Answers a command line; `look_up` says what a recipient is to us.
    pub(super) fn answer(&mut self, line: &str, look_up: impl FnOnce(&str) -> Recipient) -> (String, Next) {
        let reply = match parse(line) {
            Ok(Command::Quit) => return (format!("221 2.0.0 {} goes", self.domain), Next::Close),
            Ok(Command::Data) if self.has_recipients() => return ("354 go on, end with a dot".to_owned(), Next::Text),
            Ok(command) => self.obey(command, look_up),
            Err(Refused::Unknown) => "500 5.5.2 not a command".to_owned(),
            Err(Refused::Syntax) => "501 5.5.4 not like this".to_owned(),
            Err(Refused::Parameter) => "555 5.5.4 this parameter was not offered".to_owned(),
            Err(Refused::NotHere) => "502 5.5.1 not here".to_owned(),
        };
        if reply.starts_with('5') {
            self.mistakes += 1;
        }
        if self.mistakes > MOST_MISTAKES {
            return (format!("421 4.7.0 {} too many mistakes", self.domain), Next::Close);
        }
        (reply, Next::Command)
    }

    fn has_recipients(&self) -> bool {
        self.envelope.as_ref().is_some_and(|envelope| !envelope.to.is_empty())
    }

    fn obey(&mut self, command: Command, look_up: impl FnOnce(&str) -> Recipient) -> String {
        match command {
            Command::Hello(hello) => self.greet(hello),
            Command::Mail { from, size } => self.start(from, size),
            Command::Rcpt(to) => self.add(to, look_up),
            Command::Data if self.envelope.is_some() => "554 5.5.1 no valid recipients".to_owned(),
            Command::Data => "503 5.5.1 MAIL first".to_owned(),
            Command::Reset => {
                self.envelope = None;
                "250 2.0.0 forgotten".to_owned()
            }
            Command::Verify => "252 2.1.5 send it and see".to_owned(),
            Command::Help => "214 2.0.0 RFC 5321".to_owned(),
            Command::Noop | Command::Quit => "250 2.0.0 yes".to_owned(),
        }
    }

    fn greet(&mut self, hello: Hello) -> String {
        if (hello == Hello::Lmtp) != self.is_lmtp {
            return if self.is_lmtp { "500 5.5.1 this is LMTP" } else { "500 5.5.1 this is SMTP" }.to_owned();
        }
        self.has_greeted = true;
        self.envelope = None;
        if hello == Hello::Plain {
            return format!("250 {}", self.domain);
        }
        format!(
            "250-{}\r\n250-PIPELINING\r\n250-SIZE {LONGEST_MESSAGE}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
             250 ENHANCEDSTATUSCODES",
            self.domain
        )
    }

    fn start(&mut self, from: String, size: u64) -> String {
        if !self.has_greeted {
            return "503 5.5.1 greet first".to_owned();
        }
        if self.envelope.is_some() {
            return "503 5.5.1 one message after the other".to_owned();
        }
        if size > LONGEST_MESSAGE as u64 {
            return too_long();
        }
        self.envelope = Some(Envelope { from, to: Vec::new() });
        "250 2.1.0 go on".to_owned()
    }

    fn add(&mut self, to: String, look_up: impl FnOnce(&str) -> Recipient) -> String {
        let Some(envelope) = &mut self.envelope else { return "503 5.5.1 MAIL first".to_owned() };
        if envelope.to.len() >= MOST_RECIPIENTS {
            return "452 4.5.3 too many recipients".to_owned();
        }
        // `<postmaster>` without a domain is ours (RFC 5321, section 4.5.1).
        let to = if to.eq_ignore_ascii_case("postmaster") { format!("{to}@{}", self.domain) } else { to };
        match look_up(&to) {
            Recipient::Ours => {
                envelope.to.push(to);
                "250 2.1.5 ours".to_owned()
            }
            Recipient::Unknown => "550 5.1.1 no such address here".to_owned(),
            Recipient::Foreign => "550 5.7.1 not relayed".to_owned(),
        }
    }
}

/// The reply to a message over the limit.
pub(super) fn too_long() -> String {
    format!("552 5.3.4 longer than {LONGEST_MESSAGE} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(address: &str) -> Recipient {
        match address.to_lowercase().rsplit_once('@') {
            Some(("b-mark" | "postmaster", "lists.example")) => Recipient::Ours,
            Some((_, "lists.example")) => Recipient::Unknown,
            _ => Recipient::Foreign,
        }
    }

    fn say(dialogue: &mut Dialogue, line: &str) -> String {
        dialogue.answer(line, known).0.split(' ').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_report_is_taken() {
        let mut dialogue = Dialogue::new("lists.example", false);
        assert!(dialogue.answer("EHLO mx.example.org", known).0.contains("250-SIZE 10485760"));
        assert_eq!(say(&mut dialogue, "MAIL FROM:<> BODY=8BITMIME"), "250");
        assert_eq!(say(&mut dialogue, "RCPT TO:<b-mark@lists.example>"), "250");
        assert_eq!(say(&mut dialogue, "RCPT TO:<Postmaster>"), "250");
        assert_eq!(dialogue.answer("DATA", known).1, Next::Text);
        let envelope = dialogue.take_envelope();
        assert_eq!(envelope.to, ["b-mark@lists.example", "Postmaster@lists.example"]);
        assert_eq!(say(&mut dialogue, "DATA"), "503", "the envelope is used up");
    }

    /// BNC-06: it never relays, and says so before the text.
    #[test]
    fn bnc_06_foreign_and_unknown_recipients_are_refused_in_the_session() {
        let mut dialogue = Dialogue::new("lists.example", false);
        say(&mut dialogue, "HELO x");
        say(&mut dialogue, "MAIL FROM:<anne@example.org>");
        for foreign in
            ["bob@example.net", "b-mark@example.net", "b-mark%example.net@example.org", "\"a@lists.example\"@b.c"]
        {
            assert_eq!(dialogue.answer(&format!("RCPT TO:<{foreign}>"), known).0, "550 5.7.1 not relayed", "{foreign}");
        }
        assert_eq!(say(&mut dialogue, "RCPT TO:<anne@lists.example>"), "550");
        assert_eq!(say(&mut dialogue, "RCPT TO:<anne%example.net@lists.example>"), "550");
        assert_eq!(say(&mut dialogue, "DATA"), "554");
    }

    #[test]
    fn commands_out_of_order_are_refused() {
        let mut dialogue = Dialogue::new("lists.example", false);
        for (line, code) in [
            ("MAIL FROM:<>", "503"),
            ("LHLO x", "500"),
            ("EHLO x", "250-lists.example\r\n250-PIPELINING\r\n250-SIZE"),
            ("RCPT TO:<b-mark@lists.example>", "503"),
            ("DATA", "503"),
            ("MAIL FROM:<> SIZE=99999999", "552"),
            ("MAIL FROM:<>", "250"),
            ("MAIL FROM:<>", "503"),
            ("RSET", "250"),
            ("MAIL FROM:<>", "250"),
            ("VRFY anne", "252"),
            ("NOOP", "250"),
        ] {
            assert_eq!(say(&mut dialogue, line), code, "{line}");
        }
    }

    #[test]
    fn lmtp_greets_in_its_own_way() {
        let mut dialogue = Dialogue::new("lists.example", true);
        assert!(dialogue.greeting().contains("LMTP"));
        assert_eq!(say(&mut dialogue, "EHLO x"), "500");
        assert!(say(&mut dialogue, "LHLO x").starts_with("250"));
    }

    #[test]
    fn a_client_that_only_makes_mistakes_is_sent_away() {
        let mut dialogue = Dialogue::new("lists.example", false);
        let last = (0..=MOST_MISTAKES).map(|_| dialogue.answer("GET / HTTP/1.1", known)).last();
        assert_eq!(last.map(|(_, next)| next), Some(Next::Close));
    }

    #[test]
    fn no_more_recipients_than_allowed() {
        let mut dialogue = Dialogue::new("lists.example", false);
        say(&mut dialogue, "EHLO x");
        say(&mut dialogue, "MAIL FROM:<>");
        let replies: Vec<_> = (0..101).map(|_| say(&mut dialogue, "RCPT TO:<b-mark@lists.example>")).collect();
        assert_eq!(replies[99..], ["250", "452"]);
    }
}
