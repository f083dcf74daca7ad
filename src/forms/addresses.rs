//! What can be said of an address by its look: a slip in a well-known name, a mailbox of a task, a mailbox for minutes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::mail::EmailAddress;

/// Which addresses a form takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Mailboxes of a task, such as `info@`.
    pub takes_roles: bool,
    /// Mailboxes for minutes.
    pub takes_disposable: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { takes_roles: true, takes_disposable: true }
    }
}

/// Why a form does not take an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// It belongs to a task and not to a person.
    Role,
    /// It lives for minutes.
    Disposable,
}

impl Unwanted {
    /// The key of the sentence in the catalogues.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Role => "form-address-role",
            Self::Disposable => "form-address-disposable",
        }
    }
}

#[derive(Deserialize)]
struct Lists {
    roles: Roles,
    disposable: Domains,
    well_known: WellKnown,
}

#[derive(Deserialize)]
struct Roles {
    names: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Domains {
    domains: BTreeSet<String>,
}

#[derive(Deserialize)]
struct WellKnown {
    domains: BTreeSet<String>,
    neighbours: BTreeSet<String>,
}

/// What cannot be read knows nothing; a test reads it.
static LISTS: LazyLock<Option<Lists>> = LazyLock::new(|| toml::from_str(include_str!("addresses.toml")).ok());

/// Why the rules do not take this address, if they do not.
#[must_use]
pub fn unwanted(rules: Rules, address: &EmailAddress) -> Option<Unwanted> {
    let lists = LISTS.as_ref()?;
    let folded = address.folded();
    let (local, domain) = folded.rsplit_once('@')?;
    // What stands after a + is the owner's own mark.
    let name = local.split('+').next().unwrap_or(local);
    if !rules.takes_roles && lists.roles.names.contains(name) {
        return Some(Unwanted::Role);
    }
    let is_under = |listed: &String| domain.strip_suffix(listed.as_str()).is_some_and(|rest| rest.ends_with('.'));
    let is_disposable = lists.disposable.domains.contains(domain) || lists.disposable.domains.iter().any(is_under);
    (!rules.takes_disposable && is_disposable).then_some(Unwanted::Disposable)
}

/// The address that was probably meant, where the domain is one slip away from a well-known one (`gmial.com`).
#[must_use]
pub fn probably_meant(address: &EmailAddress) -> Option<EmailAddress> {
    let known = &LISTS.as_ref()?.well_known;
    let domain = address.receiving_domain();
    if known.domains.contains(domain) || known.neighbours.contains(domain) {
        return None;
    }
    let meant = known.domains.iter().find(|right| is_one_slip(domain, right))?;
    let (local, _) = address.as_str().rsplit_once('@')?;
    EmailAddress::parse(&format!("{local}@{meant}")).ok()
}

/// Whether one letter was left out, added, taken for another, or two stand in the wrong order.
fn is_one_slip(typed: &str, right: &str) -> bool {
    let (typed, right): (Vec<char>, Vec<char>) = (typed.chars().collect(), right.chars().collect());
    let same_start = typed.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (typed, right) = (typed.get(same_start..).unwrap_or_default(), right.get(same_start..).unwrap_or_default());
    match (typed, right) {
        ([a, b, typed @ ..], [c, d, right @ ..]) if a == d && b == c && typed == right => true,
        ([_, typed @ ..], [_, right @ ..]) if typed == right => true,
        ([_, typed @ ..], right) if typed == right => true,
        (typed, [_, right @ ..]) => typed == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    #[test]
    fn the_lists_can_be_read_and_are_in_the_form_of_addresses() {
        let lists = LISTS.as_ref().unwrap();
        let domains =
            lists.disposable.domains.iter().chain(&lists.well_known.domains).chain(&lists.well_known.neighbours);
        for domain in domains {
            assert_eq!(address(&format!("a@{domain}")).receiving_domain(), domain);
        }
        assert!(
            lists.roles.names.iter().all(|name| address(&format!("{name}@example.org")).folded().starts_with(name))
        );
    }

    #[test]
    fn one_slip_in_a_well_known_name_is_noticed() {
        for (typed, meant) in [
            ("gmial.com", Some("gmail.com")),
            ("gmal.com", Some("gmail.com")),
            ("gmaill.com", Some("gmail.com")),
            ("gmail.con", Some("gmail.com")),
            ("gmail.co", Some("gmail.com")),
            ("hotmial.fr", Some("hotmail.fr")),
            ("oragne.fr", Some("orange.fr")),
            ("gmail.com", None),
            ("gmx.de", None),
            ("mail.com", None),
            ("gmail.fr", None),
            ("example.org", None),
            ("gmxil.cmo", None),
        ] {
            let found = probably_meant(&address(&format!("Anne.M@{typed}")));
            let expected = meant.map(|meant| format!("Anne.M@{meant}"));
            assert_eq!(found.map(|found| found.to_string()), expected, "{typed}");
        }
    }

    #[test]
    fn no_well_known_domain_and_no_neighbour_is_taken_for_a_slip() {
        let known = &LISTS.as_ref().unwrap().well_known;
        for domain in known.domains.iter().chain(&known.neighbours) {
            assert_eq!(probably_meant(&address(&format!("a@{domain}"))), None, "{domain}");
        }
    }

    #[test]
    fn only_the_rules_of_a_form_refuse_tasks_and_mailboxes_for_minutes() {
        let strict = Rules { takes_roles: false, takes_disposable: false };
        for (typed, why) in [
            ("Info@example.org", Some(Unwanted::Role)),
            ("no-reply+x@example.org", Some(Unwanted::Role)),
            ("informatik@example.org", None),
            ("a@mailinator.com", Some(Unwanted::Disposable)),
            ("a@x.MAILINATOR.com", Some(Unwanted::Disposable)),
            ("a@notmailinator.com", None),
        ] {
            assert_eq!(unwanted(strict, &address(typed)), why, "{typed}");
            assert_eq!(unwanted(Rules::default(), &address(typed)), None, "{typed}");
        }
    }
}
