//! Whether whoever complains is believed (BNC-08). Pure.
//!
//! A mark of ours shows that a complaint is about our mail; anybody has it who has seen that mail. A complaint ends
//! every subscription of an address for good, so its reporter must be known as well: by a valid DKIM signature of the
//! domain in its `From` (RFC 9477, section 3.2), or as a source that the operator registered. What is not believed is
//! kept aside for the operator, who may let it act.

use std::net::IpAddr;

use super::Channel;
use crate::config::FeedbackSources;
use crate::mail::signers::{Claims, is_aligned};
use crate::storage::words;

words! {
    /// Who reports a complaint, as far as it is proved.
    pub enum Reporter {
        /// Signed by the domain of its `From` address.
        Signed = "signed",
        /// From a network, or signed by a domain, that the operator registered.
        Registered = "registered",
        /// Handed in on this machine by a program that no mail server stands before.
        Local = "local",
        /// Posted with a token of the account whose mail it is about.
        Account = "account",
        /// An operator looked at it and let it act.
        Operator = "operator",
        /// Without a signature.
        Unsigned = "unsigned",
        /// Signed, but by others than the domain of its `From` address.
        Foreign = "foreign",
        /// Its signature is wrong, or has no key in DNS.
        Broken = "broken",
        /// The key of its signature could not be asked for.
        Unsure = "unsure",
    }
}

impl Reporter {
    /// Whether what it says has consequences.
    #[must_use]
    pub const fn is_believed(self) -> bool {
        match self {
            Self::Signed | Self::Registered | Self::Local | Self::Account | Self::Operator => true,
            Self::Unsigned | Self::Foreign | Self::Broken | Self::Unsure => false,
        }
    }
}

/// How a message came to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way<'a> {
    /// The door.
    pub channel: Channel,
    /// The network address of the peer, at a listener.
    pub source: &'a str,
}

/// Who reports, where the way alone tells; `None` when its signatures have to be looked at.
#[must_use]
pub fn by_way(way: &Way<'_>, claims: &Claims, known: &FeedbackSources) -> Option<Reporter> {
    let peer = match way.channel {
        Channel::Smtp | Channel::Lmtp => way.source.parse::<IpAddr>().ok().map(|peer| peer.to_canonical()),
        _ => None,
    };
    if peer.is_some_and(|peer| known.has_network(peer)) {
        return Some(Reporter::Registered);
    }
    let is_here = way.channel == Channel::Pipe || peer.is_some_and(|peer| peer.is_loopback());
    (known.is_local_believed && is_here && !claims.is_relayed).then_some(Reporter::Local)
}

/// Whether a signature of this domain would prove who reports.
#[must_use]
pub fn matters(domain: &str, claims: &Claims, known: &FeedbackSources) -> bool {
    known.has_domain(domain) || claims.from.as_deref().is_some_and(|from| is_aligned(domain, from))
}

/// Who reports, by the domains whose signatures are valid.
#[must_use]
pub fn by_signatures(valid: &[String], is_unsure: bool, claims: &Claims, known: &FeedbackSources) -> Reporter {
    let is_of_from = |domain: &str| claims.from.as_deref().is_some_and(|from| is_aligned(domain, from));
    if valid.iter().any(|domain| is_of_from(domain)) {
        return Reporter::Signed;
    }
    if valid.iter().any(|domain| known.has_domain(domain)) {
        return Reporter::Registered;
    }
    match claims.signatures.iter().any(|(domain, _)| matters(domain, claims, known)) {
        _ if claims.signatures.is_empty() => Reporter::Unsigned,
        true if is_unsure => Reporter::Unsure,
        true => Reporter::Broken,
        false => Reporter::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> FeedbackSources {
        text.parse().unwrap()
    }

    fn claims(signing: &[&str], is_relayed: bool) -> Claims {
        let signatures = signing.iter().map(|domain| ((*domain).to_owned(), format!("s._domainkey.{domain}.")));
        Claims { from: Some("fbl.receiver.example".to_owned()), signatures: signatures.collect(), is_relayed }
    }

    #[test]
    fn bnc_08_a_reporter_is_known_by_the_signature_of_its_from_domain() {
        let none = known("");
        let judged = |signing: &[&str], valid: &[&str], is_unsure| {
            let valid: Vec<String> = valid.iter().map(|domain| (*domain).to_owned()).collect();
            by_signatures(&valid, is_unsure, &claims(signing, true), &none)
        };
        assert_eq!(judged(&["receiver.example"], &["receiver.example"], false), Reporter::Signed);
        assert_eq!(judged(&["fbl.receiver.example"], &["fbl.receiver.example"], false), Reporter::Signed);
        assert_eq!(judged(&[], &[], false), Reporter::Unsigned);
        assert_eq!(judged(&["receiver.example"], &[], false), Reporter::Broken);
        assert_eq!(judged(&["receiver.example"], &[], true), Reporter::Unsure);
        assert_eq!(judged(&["else.example"], &["else.example"], false), Reporter::Foreign);
        assert_eq!(judged(&["else.example", "receiver.example"], &["else.example"], false), Reporter::Broken);
    }

    #[test]
    fn bnc_08_the_operator_registers_networks_and_signing_domains() {
        let listed = known("192.0.2.0/24, else.example");
        let valid = ["fbl.else.example".to_owned()];
        assert_eq!(by_signatures(&valid, false, &claims(&["fbl.else.example"], true), &listed), Reporter::Registered);
        let way = |channel, source| by_way(&Way { channel, source }, &claims(&[], true), &listed);
        assert_eq!(way(Channel::Smtp, "192.0.2.7"), Some(Reporter::Registered));
        assert_eq!(way(Channel::Smtp, "::ffff:192.0.2.7"), Some(Reporter::Registered));
        assert_eq!(way(Channel::Smtp, "198.51.100.7"), None);
        assert_eq!(way(Channel::Api, "192.0.2.7"), None, "only a listener sees networks");
    }

    #[test]
    fn bnc_08_programs_of_this_machine_are_believed_unless_a_mail_server_stands_before_them() {
        let way = |channel, source, is_relayed, known: &FeedbackSources| {
            by_way(&Way { channel, source }, &claims(&[], is_relayed), known)
        };
        let usual = FeedbackSources::default();
        assert_eq!(way(Channel::Smtp, "127.0.0.1", false, &usual), Some(Reporter::Local));
        assert_eq!(way(Channel::Lmtp, "::1", false, &usual), Some(Reporter::Local));
        assert_eq!(way(Channel::Pipe, "", false, &usual), Some(Reporter::Local));
        assert_eq!(way(Channel::Smtp, "127.0.0.1", true, &usual), None, "Postfix in front takes mail from anybody");
        assert_eq!(way(Channel::Pipe, "", true, &usual), None);
        assert_eq!(way(Channel::Smtp, "198.51.100.7", false, &usual), None);
        assert_eq!(way(Channel::Mailbox, "", false, &usual), None);
        assert_eq!(way(Channel::Smtp, "127.0.0.1", false, &known("none")), None, "the operator may forbid it");
    }
}
