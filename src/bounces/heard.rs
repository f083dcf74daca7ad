//! What a reply says of how we send, for the lane it came over.

use super::{Class, classify_reply};
use crate::pacing::Heard;

/// What a reply given at send time says of our rate and our standing.
///
/// A refusal by policy that passes (4xx) is mostly greylisting, which every new sender meets and which slows no lane; a
/// provider that blocks for a while is known by its own words in the table of providers.
#[must_use]
pub fn heard(reply: &str) -> Heard {
    of_class(classify_reply(reply).class, reply.starts_with('5'))
}

/// The same for a refusal whose class is known, and whether it holds for good.
pub(super) const fn of_class(class: Class, is_final: bool) -> Heard {
    match class {
        Class::Throttled => Heard::Throttled,
        Class::Policy if is_final => Heard::Blocked,
        Class::Policy
        | Class::UnknownUser
        | Class::BadDomain
        | Class::Inactive
        | Class::MailboxFull
        | Class::Transient
        | Class::Authentication
        | Class::Content
        | Class::Protocol
        | Class::Unknown => Heard::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_of_our_rate_or_our_standing_changes_a_lane() {
        for (reply, wanted) in [
            ("421 4.7.0 Too many connections from your IP", Heard::Throttled),
            ("450 4.7.1 Greylisted, please try again in 10 minutes", Heard::Nothing),
            ("550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using a list", Heard::Blocked),
            ("550 5.1.1 no such user", Heard::Nothing),
            ("452 4.2.2 mailbox full", Heard::Nothing),
            ("550 5.7.26 unauthenticated mail is not accepted", Heard::Nothing),
        ] {
            assert_eq!(heard(reply), wanted, "{reply}");
        }
    }
}
