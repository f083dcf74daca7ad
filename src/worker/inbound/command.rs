//! One command line of SMTP or LMTP (RFC 5321, section 4.1; RFC 2033).

/// A command that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// `HELO`, `EHLO` or `LHLO`.
    Hello(Hello),
    /// `MAIL FROM:<…>`; empty for the null sender.
    Mail {
        /// The reverse path.
        from: String,
        /// The size that the client announces.
        size: u64,
    },
    /// `RCPT TO:<…>`.
    Rcpt(String),
    Data,
    Reset,
    Noop,
    Verify,
    Help,
    Quit,
}

/// How a client introduced itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hello {
    Plain,
    Extended,
    Lmtp,
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not a command we know.
    Unknown,
    /// A command we know, with arguments that it cannot have.
    Syntax,
    /// A parameter that we did not offer.
    Parameter,
    /// `EXPN`, `TURN`, `STARTTLS`, `AUTH`, `BDAT`: known, not here.
    NotHere,
}

/// Reads a line without its CRLF.
pub(super) fn parse(line: &str) -> Result<Command, Refused> {
    if line.chars().any(char::is_control) {
        return Err(Refused::Syntax);
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(Refused::Syntax) };
    let greeting = |hello| if rest.is_empty() { Err(Refused::Syntax) } else { Ok(Command::Hello(hello)) };
    match verb.trim().to_ascii_uppercase().as_str() {
        "HELO" => greeting(Hello::Plain),
        "EHLO" => greeting(Hello::Extended),
        "LHLO" => greeting(Hello::Lmtp),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Reset),
        "QUIT" => alone(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "VRFY" => Ok(Command::Verify),
        "EXPN" | "TURN" | "ETRN" | "STARTTLS" | "AUTH" | "BDAT" | "SEND" | "SAML" | "SOML" => Err(Refused::NotHere),
        _ => Err(Refused::Unknown),
    }
}

fn mail(rest: &str) -> Result<Command, Refused> {
    let (from, parameters) = path(rest, "FROM:")?;
    let mut size = 0;
    let mut has_utf8 = false;
    for parameter in parameters.split_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", number) => size = number.parse().ok().ok_or(Refused::Syntax)?,
            ("BODY", "7BIT" | "8BITMIME") => {}
            ("SMTPUTF8", "") => has_utf8 = true,
            _ => return Err(Refused::Parameter),
        }
    }
    if !from.is_ascii() && !has_utf8 {
        return Err(Refused::Syntax);
    }
    Ok(Command::Mail { from, size })
}

fn rcpt(rest: &str) -> Result<Command, Refused> {
    let (to, parameters) = path(rest, "TO:")?;
    if to.is_empty() {
        return Err(Refused::Syntax);
    }
    if parameters.trim().is_empty() { Ok(Command::Rcpt(to)) } else { Err(Refused::Parameter) }
}

/// `FROM:<a@b> …`: the path, a source route dropped (RFC 5321, appendix C), and what follows.
fn path<'a>(rest: &'a str, keyword: &str) -> Result<(String, &'a str), Refused> {
    const LONGEST: usize = 320;
    let head = rest.get(..keyword.len()).ok_or(Refused::Syntax)?;
    if !head.eq_ignore_ascii_case(keyword) {
        return Err(Refused::Syntax);
    }
    let rest = rest.get(keyword.len()..).unwrap_or_default().trim_start();
    let (path, parameters) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or(Refused::Syntax)?;
    let path = if path.starts_with('@') { path.split_once(':').map_or("", |(_, path)| path) } else { path };
    let is_wrong =
        path.len() > LONGEST || path.contains(['<', ' ']) || !(parameters.is_empty() || parameters.starts_with(' '));
    if is_wrong { Err(Refused::Syntax) } else { Ok((path.to_owned(), parameters)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_either_case() {
        assert_eq!(parse("ehlo mx.example.org"), Ok(Command::Hello(Hello::Extended)));
        let null = Command::Mail { from: String::new(), size: 0 };
        assert_eq!(parse("MAIL FROM:<>"), Ok(null));
        let full = Command::Mail { from: "anne@example.org".into(), size: 1234 };
        assert_eq!(parse("mail from:<@a,@b:anne@example.org> SIZE=1234 body=8bitmime SMTPUTF8"), Ok(full));
        assert_eq!(parse("RCPT TO:<b-mark@lists.example>"), Ok(Command::Rcpt("b-mark@lists.example".into())));
        assert_eq!(parse("rset"), Ok(Command::Reset));
    }

    #[test]
    fn what_is_no_command_says_why() {
        for (line, why) in [
            ("EHLO", Refused::Syntax),
            ("MAIL anne@example.org", Refused::Syntax),
            ("MAIL FROM:anne@example.org", Refused::Syntax),
            ("MAIL FROM:<anne@example.org> RET=HDRS", Refused::Parameter),
            ("MAIL FROM:<jérôme@example.org>", Refused::Syntax),
            ("MAIL FROM:<a@example.org> SIZE=many", Refused::Syntax),
            ("RCPT TO:<>", Refused::Syntax),
            ("RCPT TO:<a@b>x", Refused::Syntax),
            ("RCPT TO:<a@b> NOTIFY=NEVER", Refused::Parameter),
            ("DATA now", Refused::Syntax),
            ("STARTTLS", Refused::NotHere),
            ("GET / HTTP/1.1", Refused::Unknown),
            ("RCPT TO:<a\u{7f}@b>", Refused::Syntax),
            ("", Refused::Unknown),
        ] {
            assert_eq!(parse(line), Err(why), "{line}");
        }
    }
}
