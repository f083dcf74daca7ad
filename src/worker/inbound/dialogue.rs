//! What is answered to each command, and where the session then stands. Pure: no socket, no database.

use super::command::{Command, Hello, Refused, parse};

/// Longest message that is taken for an address with a mark of ours, in bytes.
pub(super) const LONGEST_MESSAGE: usize = 10 * 1024 * 1024;
/// Longest message that anybody may write to the operator, in bytes: a report with the message it is about.
pub(super) const LONGEST_FOR_OPERATOR: usize = 1024 * 1024;
/// Most recipients of one message (RFC 5321, section 4.5.3.1.8 wants at least these).
const MOST_RECIPIENTS: usize = 100;
/// A client that makes more mistakes is sent away.
const MOST_MISTAKES: usize = 20;

/// Says what an address is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipient {
    /// It carries a valid mark of ours.
    Marked,
    /// An address for the operator, open to everybody.
    Operator,
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
    /// Whether a recipient carries a mark of ours, which only mail of ours gives away.
    pub(super) is_marked: bool,
}

impl Envelope {
    /// Longest message that is taken for these recipients, in bytes.
    pub(super) const fn longest(&self) -> usize {
        if self.is_marked { LONGEST_MESSAGE } else { LONGEST_FOR_OPERATOR }
    }
}

/// A session as far as it has come.
#[derive(Debug)]
pub(super) struct Dialogue {
    domain: String,
    is_lmtp: bool,
    has_greeted: bool,
    envelope: Option<Envelope>,
    mistakes: usize,
    refused: usize,
}

impl Dialogue {
    /// A session of a listener for this mail domain.
    pub(super) fn new(domain: &str, is_lmtp: bool) -> Self {
        Self { domain: domain.to_owned(), is_lmtp, has_greeted: false, envelope: None, mistakes: 0, refused: 0 }
    }

    /// What is said first.
    pub(super) fn greeting(&self) -> String {
        format!("220 {} {} Estampille, for reports only", self.domain, if self.is_lmtp { "LMTP" } else { "ESMTP" })
    }

    /// How many recipients at our domain were refused because they carry no valid mark.
    pub(super) const fn refused(&self) -> usize {
        self.refused
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
            return too_long(LONGEST_MESSAGE);
        }
        self.envelope = Some(Envelope { from, ..Envelope::default() });
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
            found @ (Recipient::Marked | Recipient::Operator) => {
                envelope.is_marked |= found == Recipient::Marked;
                envelope.to.push(to);
                "250 2.1.5 ours".to_owned()
            }
            Recipient::Unknown => {
                self.refused += 1;
                "550 5.1.1 no such address here".to_owned()
            }
            Recipient::Foreign => "550 5.7.1 not relayed".to_owned(),
        }
    }
}

/// The reply to a message over the limit.
pub(super) fn too_long(longest: usize) -> String {
    format!("552 5.3.4 longer than {longest} bytes")
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
