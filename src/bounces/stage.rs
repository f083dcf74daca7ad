//! At which command of the SMTP dialogue a refusal came, where a report says so. Pure.
//!
//! "User unknown" in answer to `RCPT TO` is about the mailbox. The same words after the text come from a filter, as
//! mobile carriers write them; in answer to `MAIL FROM` or to the connection they are about us.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// A command of the dialogue (RFC 5321, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The greeting, or `EHLO`.
    Connect,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` or the end of the text.
    Text,
}

/// How programs say which command was answered, folded.
const WORDS: &[(&str, Stage)] = &[
    // Exim, GMX, Postfix, Sendmail, Courier, qmail, DragonFly, IMail, Zoho
    ("initial connection", Stage::Connect),
    ("but greeting failed", Stage::Connect),
    ("my name was rejected", Stage::Connect),
    ("refused to talk to me", Stage::Connect),
    ("in reply to helo", Stage::Connect),
    ("in reply to ehlo", Stage::Connect),
    ("after helo", Stage::Connect),
    ("after ehlo", Stage::Connect),
    (">>> ehlo", Stage::Connect),
    (">>> helo", Stage::Connect),
    ("not like our ehlo", Stage::Connect),
    ("not like our helo", Stage::Connect),
    ("in reply to mail from", Stage::Mail),
    ("after mail from", Stage::Mail),
    ("after mail command", Stage::Mail),
    (">>> mail from", Stage::Mail),
    // MDaemon's transcripts.
    ("--> mail from", Stage::Mail),
    ("--> rcpt to", Stage::Recipient),
    ("--> data", Stage::Text),
    ("mail from command", Stage::Mail),
    ("but sender was rejected", Stage::Mail),
    ("not like our mail from", Stage::Mail),
    ("in reply to rcpt", Stage::Recipient),
    ("after rcpt", Stage::Recipient),
    (">>> rcpt", Stage::Recipient),
    ("<<< rcpt", Stage::Recipient),
    ("rcpt command", Stage::Recipient),
    ("following rcpt", Stage::Recipient),
    ("smtp:rcpt", Stage::Recipient),
    ("does not like recipient", Stage::Recipient),
    ("not like our rcpt", Stage::Recipient),
    ("rejected recipient", Stage::Recipient),
    ("server has rejected address", Stage::Recipient),
    ("in: rcpt to", Stage::Recipient),
    // Sendmail that pipelines: every recipient was refused, so the text was not taken.
    ("need rcpt", Stage::Recipient),
    // IronPort, around the other server's words.
    ("unknown address error", Stage::Recipient),
    ("[rcpt_to]", Stage::Recipient),
    // MailEnable names the recipient that was refused: `Recipient: [SMTP:…] Reason: …`.
    ("recipient: [smtp:", Stage::Recipient),
    ("rcpt to response", Stage::Recipient),
    ("mail from response", Stage::Mail),
    ("data response", Stage::Text),
    ("end of data", Stage::Text),
    ("in reply to data", Stage::Text),
    ("after data", Stage::Text),
    ("after end of", Stage::Text),
    (">>> data <<< 55", Stage::Text),
    ("<<< data", Stage::Text),
    ("smtp command data", Stage::Text),
    ("data command", Stage::Text),
    ("for text command", Stage::Text),
    ("failed after i sent the message", Stage::Text),
    ("not like our data", Stage::Text),
    ("not like our final dot", Stage::Text),
    ("smtp:data", Stage::Text),
];

static MACHINE: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(WORDS.iter().map(|(words, _)| words)).ok());

/// The command that a folded text says was answered: the last one that it names, which is where a dialogue ended.
pub(super) fn of(folded: &str) -> Option<Stage> {
    let last = MACHINE.as_ref()?.find_iter(folded).last()?;
    WORDS.get(last.pattern().as_usize()).map(|(_, stage)| *stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_was_answered_is_found() {
        for (text, stage) in [
            ("host mx said: 550 no (in reply to rcpt to command)", Some(Stage::Recipient)),
            ("smtp error from remote mail server after end of data: host mx", Some(Stage::Text)),
            ("smtp error from remote mail server after mail from:<a@b> size=1: 550", Some(Stage::Mail)),
            ("192.0.2.1 failed after i sent the message. remote host said: 550 no", Some(Stage::Text)),
            ("host mx refused to talk to me: 554 no", Some(Stage::Connect)),
            (">>> rcpt to:<a@b> <<< 250 ok >>> data <<< 554 no", Some(Stage::Text)),
            ("550 user unknown", None),
        ] {
            assert_eq!(of(text), stage, "{text}");
        }
    }
}
