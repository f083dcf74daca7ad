//! A mail address that can be written to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An address of one mailbox, as we store and write it: the local part untouched, the domain lower-case in A-labels.
///
/// Stricter than RFC 5321 where real mailboxes never are: a dot in the domain, no literals, no quoted local parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Why a text cannot be an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// Over 254 octets, or a local part over 64 (RFC 5321, section 4.5.3.1).
    #[error("is too long")]
    TooLong,
    /// There is no single `@` between two parts.
    #[error("needs one @ between a name and a domain")]
    NoAt,
    /// The part before the `@` cannot be a mailbox.
    #[error("has a name before the @ that no mailbox can have")]
    LocalPart,
    /// The part after the `@` cannot be a domain on the internet.
    #[error("has no valid domain after the @")]
    Domain,
}

impl AddressError {
    /// The key of the sentence in the catalogues.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Empty => "address-empty",
            Self::TooLong => "address-too-long",
            Self::NoAt => "address-no-at",
            Self::LocalPart => "address-local-part",
            Self::Domain => "address-bad-domain",
        }
    }
}

impl EmailAddress {
    /// Reads an address that a person typed; white space around it is dropped.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::NoAt);
        }
        if local.len() > 64 || text.len() > 254 {
            return Err(AddressError::TooLong);
        }
        if !is_local_part(local) {
            return Err(AddressError::LocalPart);
        }
        let domain = ascii_domain(domain).ok_or(AddressError::Domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > 254 { Err(AddressError::TooLong) } else { Ok(Self(address)) }
    }

    /// An address of this installation: `local` is made by the program, `domain` is a setting that was already checked.
    ///
    /// Takes `localhost`, which nobody could write to from elsewhere, so that a demo works.
    #[must_use]
    pub fn of_installation(local: &str, domain: &str) -> Self {
        Self(format!("{local}@{domain}"))
    }

    /// The address as it goes into `RCPT TO`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The receiving domain: lower-case A-labels.
    #[must_use]
    pub fn receiving_domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form in which two spellings of one mailbox meet: all lower-case. Never used to deliver.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// The first letter and the domain, for logs.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.0.chars().take(1).collect();
        format!("{first}…@{}", self.receiving_domain())
    }

    /// Whether the local part can only travel where SMTPUTF8 is offered (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.0.is_ascii()
    }
}

/// RFC 5321 `Dot-string`, with the letters of RFC 6531.
fn is_local_part(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_atom_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(character)
        || (!character.is_ascii() && character.is_alphanumeric())
}

/// The domain in lower-case A-labels; `None` when it cannot be one on the internet.
#[must_use]
pub fn ascii_domain(text: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(text).ok()?;
    let is_usable = domain.contains('.')
        && domain.len() <= 253
        && !domain.ends_with('.')
        && domain.rsplit('.').next().is_some_and(|top| top.bytes().any(|byte| byte.is_ascii_alphabetic()));
    is_usable.then_some(domain)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_can_receive_are_taken() {
        for (typed, kept) in [
            (" Anne.Martin@Example.ORG ", "Anne.Martin@example.org"),
            ("o'hara+news@mail.example.org", "o'hara+news@mail.example.org"),
            ("anne@bücher.example", "anne@xn--bcher-kva.example"),
            ("jérôme@example.fr", "jérôme@example.fr"),
        ] {
            assert_eq!(EmailAddress::parse(typed).as_ref().map(EmailAddress::as_str), Ok(kept));
        }
    }

    #[test]
    fn texts_that_cannot_be_addresses_are_refused_with_the_reason() {
        use AddressError::{Domain, Empty, LocalPart, NoAt, TooLong};
        let long = format!("{}@example.org", "a".repeat(65));
        for (typed, why) in [
            ("", Empty),
            ("anne", NoAt),
            ("@example.org", NoAt),
            ("anne@", NoAt),
            (long.as_str(), TooLong),
            ("an ne@example.org", LocalPart),
            ("a..b@example.org", LocalPart),
            ("\"a b\"@example.org", LocalPart),
            ("a@b@example.org", LocalPart),
            ("a\r\nRCPT@example.org", LocalPart),
            ("anne@localhost", Domain),
            ("anne@[127.0.0.1]", Domain),
            ("anne@exa_mple.org", Domain),
            ("anne@-example.org", Domain),
            ("anne@1.2.3.4", Domain),
            ("anne@example.org\r\nDATA", Domain),
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(why), "{typed:?}");
        }
    }
}
