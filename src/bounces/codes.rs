//! What reply codes say by themselves. Pure.

use super::{Class, Severity};

/// The reply code at the start of a folded text, or the first that stands where a reply begins (RFC 5321, section 4.2).
pub(super) fn basic(folded: &str) -> Option<u16> {
    folded
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| word.len() == 3)
        .find_map(|word| word.parse().ok().filter(|code| (400..600).contains(code)))
}

/// For how long a refusal was said to hold (RFC 5321, section 4.2.1; RFC 3463, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// For now: 4xx.
    ForNow,
    /// For good: 5xx.
    ForGood,
    /// There is no code that says it.
    Unsaid,
}

/// For how long, by the enhanced status and the folded text; a text that ends in a 5xx says more than the first 4xx.
pub(super) fn lasting(status: &str, folded: &str) -> Lasting {
    let is_final_text = ends_in_55x(folded) || (!status.is_empty() && folded.starts_with('5'));
    let by_code = || basic(folded).map(|code| if code < 500 { b'4' } else { b'5' });
    match status.bytes().next().or_else(by_code) {
        Some(b'4') if !is_final_text => Lasting::ForNow,
        Some(b'4' | b'5') => Lasting::ForGood,
        _ => Lasting::Unsaid,
    }
}

/// What a number counts that is no reply code: time, size, mail.
const UNITS: [&str; 15] = [
    "s",
    "sec",
    "second",
    "seconde",
    "min",
    "mn",
    "minute",
    "h",
    "hour",
    "day",
    "byte",
    "kb",
    "mb",
    "message",
    "recipient",
];

/// Whether a reply code 55x is quoted somewhere behind the beginning, and not so many seconds or bytes.
fn ends_in_55x(folded: &str) -> bool {
    folded.match_indices(" 55").any(|(at, _)| {
        let mut rest = folded.get(at + 3..).unwrap_or_default().chars();
        let is_code = rest.next().is_some_and(|digit| digit.is_ascii_digit());
        let is_reply = is_code && rest.next().is_none_or(|next| !next.is_alphanumeric());
        let next = rest.as_str().split(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default();
        let is_unit = UNITS.iter().any(|unit| next == *unit || next.strip_suffix('s') == Some(unit));
        is_reply && !is_unit
    })
}

/// The numbers of an enhanced status: class, subject, detail.
fn numbers(status: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = status.split('.').map(|number| number.parse::<u16>().unwrap_or(0));
    Some((numbers.next()?, numbers.next()?, numbers.next()?))
}

/// What an enhanced status says by itself (RFC 3463, the IANA registry; three-digit details are Microsoft's).
pub(super) fn by_status(status: &str) -> Option<Class> {
    let (class, subject, detail) = numbers(status)?;
    Some(match (subject, detail) {
        (1, 1 | 3 | 6 | 351) | (7, 17) => Class::UnknownUser,
        (1, 2 | 10) | (7, 18) | (4, 310) => Class::BadDomain,
        (1, 7 | 8) => Class::Policy,
        (1, 90) | (2, 121 | 122) | (5, 3) | (7, 508 | 700..=749) => Class::Throttled,
        (1, 9) | (2, 3) | (3, 4 | 190) | (5, 1 | 2 | 4..=6) | (6, 7..=10) | (7, 10 | 321..=325) => Class::Protocol,
        (2, 1) | (7, 13) => Class::Inactive,
        (2, 2) => Class::MailboxFull,
        // 7.5: what encrypts does not fit; says nothing of the address.
        (2, 4 | 14) | (3 | 4, _) | (7, 5) => Class::Transient,
        (6, _) => Class::Content,
        (7, 20..=27 | 29..=32 | 509 | 515) => Class::Authentication,
        (7, 28) if class == 5 => Class::Content,
        (7, _) if class == 4 => Class::Throttled,
        (7, _) => Class::Policy,
        _ => return None,
    })
}

/// Whether an enhanced status by itself says that the address or its domain is dead.
pub(super) fn says_dead(status: &str) -> bool {
    status.starts_with('5') && by_status(status).is_some_and(|class| class.severity() == Some(Severity::Hard))
}

/// Whether a status is about the recipient's address (x.1.x, but not about the sender's).
pub(super) fn is_of_address(status: &str) -> bool {
    matches!(numbers(status), Some((5, 1, 0..=6 | 10..)))
}

/// What a basic code says by itself (RFC 5321, section 4.2.3; RFC 7504).
pub(super) fn by_code(code: u16) -> Option<Class> {
    match code {
        552 => Some(Class::MailboxFull),
        521 | 556 => Some(Class::BadDomain),
        525 => Some(Class::Inactive),
        530 | 534 | 535 | 538 | 571 => Some(Class::Policy),
        500..=504 | 555 => Some(Class::Protocol),
        400..500 => Some(Class::Transient),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_code_is_told_from_other_numbers() {
        assert_eq!(basic("550 5.1.1 no"), Some(550));
        assert_eq!(basic("host mx.example[192.0.2.1] said: 450-later"), Some(450));
        assert_eq!(basic("error 1234, exit 5503"), None);
        assert_eq!(basic("250 ok"), None);
    }

    #[test]
    fn a_4xx_holds_for_now_and_a_5xx_for_good() {
        for (status, text, wanted) in [
            ("4.7.0", "421 4.7.0 too many connections", Lasting::ForNow),
            ("", "450 greylisted", Lasting::ForNow),
            ("4.0.0", "450 later, at last 550 no", Lasting::ForGood),
            ("4.1.1", "450 4.1.1 verification in progress, retry in 55 s", Lasting::ForNow),
            ("4.1.1", "450 4.1.1 user unknown, queue id 55f3a", Lasting::ForNow),
            ("4.7.1", "450 4.7.1 greylisted for 550 seconds", Lasting::ForNow),
            ("4.4.2", "host mx said: 550-5.1.1 no such user", Lasting::ForGood),
            ("4.4.2", "last answer was 550: no such user", Lasting::ForGood),
            ("4.4.7", "554 expired", Lasting::ForGood),
            ("5.7.1", "refused", Lasting::ForGood),
            ("", "550 refused", Lasting::ForGood),
            ("", "refused by policy", Lasting::Unsaid),
        ] {
            assert_eq!(lasting(status, text), wanted, "{status} {text}");
        }
    }

    #[test]
    fn statuses_are_read_as_rfc_3463_has_them() {
        for (status, class) in [
            ("5.1.1", Some(Class::UnknownUser)),
            ("5.1.10", Some(Class::BadDomain)),
            ("5.1.8", Some(Class::Policy)),
            ("5.2.2", Some(Class::MailboxFull)),
            ("4.4.7", Some(Class::Transient)),
            ("5.7.26", Some(Class::Authentication)),
            ("4.7.28", Some(Class::Throttled)),
            ("5.7.606", Some(Class::Policy)),
            ("5.0.0", None),
            ("", None),
        ] {
            assert_eq!(by_status(status), class, "{status}");
        }
        assert!(is_of_address("5.1.0") && !is_of_address("5.1.8") && !is_of_address("4.1.1"));
    }
}
