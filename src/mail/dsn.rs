//! The fields of `message/delivery-status` (RFC 3464), as they are really written.
//!
//! Missing blank lines between recipients, several of them, missing address types and fields out of order are all met
//! in the wild, so a recipient's group also ends where one of its fields comes a second time.

/// What a report says happened to a recipient (RFC 3464, section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Could not be delivered, and will not be tried again.
    Failed,
    /// Not yet.
    Delayed,
    /// Delivered, relayed or expanded.
    Arrived,
}

/// One recipient's group of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// `Final-Recipient`, or another field that names the mailbox, without its type.
    pub address: String,
    /// `Original-Recipient` without its type.
    pub original: String,
    /// `Action`; `None` when it is missing or unknown.
    pub action: Option<Action>,
    /// `Status`, an enhanced status code (RFC 3463).
    pub status: String,
    /// `Diagnostic-Code` without its type.
    pub diagnostic: String,
}

impl Recipient {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it says anything of a recipient: the group of fields for the whole message does not.
    fn is_recipient(&self) -> bool {
        !(self.address.is_empty() && self.original.is_empty() && self.action.is_none() && self.status.is_empty())
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "final-recipient" => !self.address.is_empty(),
            "original-recipient" => !self.original.is_empty(),
            "action" => self.action.is_some(),
            "status" => !self.status.is_empty(),
            _ => false,
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "final-recipient" => self.address = address_of(value),
            "x-actual-recipient" if self.address.is_empty() => self.address = address_of(value),
            "original-recipient" => self.original = address_of(value),
            "action" => self.action = action_of(value),
            "status" => self.status = find_status(value).unwrap_or_default(),
            "diagnostic-code" if self.diagnostic.is_empty() => self.diagnostic = untyped(value).to_owned(),
            _ => {}
        }
    }
}

/// The recipients of a delivery report, at most as many as a real report names.
#[must_use]
pub fn recipients(fields: &str) -> Vec<Recipient> {
    const MOST: usize = 1000;
    let mut found = Vec::new();
    let mut current = Recipient::default();
    for (name, value) in unfolded(fields) {
        if name.is_empty() {
            if current.is_recipient() && !current.address.is_empty() {
                found.push(std::mem::take(&mut current));
            }
        } else {
            let starts_next = current.has(&name) && matches!(name.as_str(), "final-recipient" | "original-recipient");
            if starts_next && current.is_recipient() {
                found.push(std::mem::take(&mut current));
            }
            current.set(&name, &value);
        }
        if found.len() >= MOST {
            return found;
        }
    }
    if !current.is_empty() && current.is_recipient() {
        found.push(current);
    }
    found
}

/// The fields in their order, names in lower case, folded lines joined; an empty name stands for a blank line.
#[must_use]
pub fn unfolded(text: &str) -> Vec<(String, String)> {
    fields(text).map(|field| (field.name.to_ascii_lowercase(), field.value())).collect()
}

/// A header field where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name as written; empty for a blank line.
    pub name: &'a str,
    /// Everything after the colon, with the lines that belong to it.
    raw: &'a str,
}

impl Field<'_> {
    /// The value, its lines joined.
    #[must_use]
    pub fn value(&self) -> String {
        let mut lines = self.raw.lines();
        let mut value = lines.next().unwrap_or_default().trim().to_owned();
        for line in lines {
            value.push(' ');
            value.push_str(line.trim());
        }
        value
    }
}

/// The fields in their order (RFC 5322, section 2.2.3), and with an empty name the blank lines between them. A long
/// line that was broken without a blank in front goes with the field before it.
pub fn fields(text: &str) -> impl Iterator<Item = Field<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (line, after) = first_line(rest);
            let here = std::mem::replace(&mut rest, after);
            if line.trim().is_empty() {
                return Some(Field { name: "", raw: "" });
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut length = line.len();
            while !name.trim().is_empty() && !rest.is_empty() {
                let (line, after) = first_line(rest);
                let is_next = line.contains(':') && !line.starts_with([' ', '\t']);
                if is_next || line.trim().is_empty() {
                    break;
                }
                length += line.len();
                rest = after;
            }
            let start = line.len() - value.len();
            return Some(Field { name: name.trim(), raw: here.get(start..length).unwrap_or_default() });
        }
        None
    })
}

/// The first line with its end, and what follows it.
fn first_line(text: &str) -> (&str, &str) {
    let end = memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |at| at + 1);
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn action_of(value: &str) -> Option<Action> {
    let word: String = value.trim().chars().take_while(char::is_ascii_alphabetic).collect();
    match word.to_ascii_lowercase().as_str() {
        "failed" | "failure" | "fail" => Some(Action::Failed),
        "delayed" | "deferred" => Some(Action::Delayed),
        "delivered" | "relayed" | "expanded" | "deliverable" => Some(Action::Arrived),
        _ => None,
    }
}

/// `rfc822; anne@example.org` without its type.
fn untyped(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.trim().len() <= 16 && !kind.contains(['@', '<', ' ']) => rest.trim(),
        _ => value.trim(),
    }
}

fn address_of(value: &str) -> String {
    let value = untyped(value);
    let inner = match (value.rfind('<'), value.rfind('>')) {
        (Some(open), Some(close)) if open < close => value.get(open + 1..close).unwrap_or(value),
        _ => value.split([' ', '(']).find(|word| word.contains('@')).unwrap_or(value),
    };
    let inner = inner.trim_matches(|c: char| c.is_whitespace() || "<>\"',;:".contains(c));
    inner.replace("+2B", "+").replace("+3D", "=")
}

/// The first enhanced status code in a text: class 4 or 5, else 2, then two numbers of at most three digits (RFC 3463).
///
/// In the record of a dialogue what was accepted comes before what was refused.
#[must_use]
pub fn find_status(text: &str) -> Option<String> {
    let is_start = |two: &[u8]| matches!(two, [b'2' | b'4' | b'5', b'.']);
    if !text.as_bytes().windows(2).any(is_start) {
        return None;
    }
    let mut accepted = None;
    for status in statuses(text) {
        if !status.starts_with('2') {
            return Some(status.to_owned());
        }
        accepted = accepted.or(Some(status));
    }
    accepted.map(str::to_owned)
}

fn statuses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_' || c == '@'))
        .flat_map(|word| word.rsplit('-').take(1).chain(word.split('-').take(1)))
        .map(|word| word.trim_matches('.'))
        .filter(|word| is_status(word))
}

fn is_status(word: &str) -> bool {
    let mut numbers = word.split('.');
    let class = numbers.next().unwrap_or_default();
    let is_detail =
        |text: Option<&str>| text.is_some_and(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    matches!(class, "2" | "4" | "5")
        && is_detail(numbers.next())
        && is_detail(numbers.next())
        && numbers.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_end_at_blank_lines_and_at_a_repeated_field() {
        let fields = "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; anne@example.org\nAction: failed\n\
            Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n no such user\n\n\n\
            Final-Recipient: RFC822;<bob@example.org>\nAction: delayed\nStatus: 4.4.1 (later)\n\
            Final-Recipient: carol@example.org\nAction: Failed\n";
        let found = recipients(fields);
        let seen: Vec<_> = found.iter().map(|one| (one.address.as_str(), one.action, one.status.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("anne@example.org", Some(Action::Failed), "5.1.1"),
                ("bob@example.org", Some(Action::Delayed), "4.4.1"),
                ("carol@example.org", Some(Action::Failed), ""),
            ]
        );
        assert_eq!(found[0].diagnostic, "550 5.1.1 no such user");
    }

    #[test]
    fn fields_are_read_over_folded_and_broken_lines() {
        let text =
            "garbage\r\nSubject: one\r\n\ttwo\r\nbroken without a blank\r\nX-Empty:\n more\n \n: nameless\n Late : x";
        let found: Vec<_> = fields(text).map(|field| (field.name, field.value())).collect();
        let wanted = [
            ("Subject", "one two broken without a blank"),
            ("X-Empty", " more"),
            ("", ""),
            ("", "nameless"),
            ("Late", "x"),
        ];
        assert_eq!(found, wanted.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(fields("").count(), 0);
    }

    #[test]
    fn a_status_is_told_from_an_internet_address_and_a_version() {
        for (text, status) in [
            ("550 5.1.1 <anne@example.org>... User unknown", Some("5.1.1")),
            ("550-5.7.1 blocked", Some("5.7.1")),
            ("(#5.4.4)", Some("5.4.4")),
            ("host mx.example.org[192.0.2.5] said: 450 4.2.2 full", Some("4.2.2")),
            ("from 5.1.1.7 refused", None),
            ("Exim 4.86", None),
            ("250 2.1.5 Ok 451 4.3.0 queue file write error", Some("4.3.0")),
            ("250 2.1.5 Ok", Some("2.1.5")),
        ] {
            assert_eq!(find_status(text).as_deref(), status, "{text}");
        }
    }
}
