//! Who signed a message that came in (DKIM, RFC 6376). First what its signatures claim, then the keys that DNS has for
//! them, then which of them are valid: the middle step alone waits for anybody.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use futures_util::FutureExt;
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::Signature;
use mail_auth::{
    AuthenticatedMessage, DkimResult, DnsError, Error, MessageAuthenticator, Parameters, ResolverCache, Txt,
};

use super::dns::{Answer, Dns};

/// Most keys that are asked for: no honest message has more signatures that could count.
const MOST_KEYS: usize = 4;

/// A message with more signature fields is taken as unsigned: each costs a look at the whole message.
const MOST_SIGNATURES: usize = 10;

/// What a message says of itself; nothing of it is proved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The domain of its only `From` address, in lower case; `None` when there is none or more than one.
    pub from: Option<String>,
    /// Each signing domain with the name under which DNS should have its key.
    pub signatures: Vec<(String, String)>,
    /// A mail server passed it on: it has a `Received` field (RFC 5321, section 4.4).
    pub is_relayed: bool,
}

/// What a message claims. Pure.
#[must_use]
pub fn claims(message: &[u8]) -> Claims {
    let Some(parsed) = AuthenticatedMessage::parse(message) else { return Claims::default() };
    let from = match parsed.froms() {
        [one] => one.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()),
        _ => None,
    };
    let fields = if parsed.dkim_headers.len() > MOST_SIGNATURES { &[] } else { parsed.dkim_headers.as_slice() };
    let signatures = fields.iter().map(|header| &header.header).filter(|signature| is_sound(signature));
    let signatures = signatures.map(|signature| (signature.d.to_lowercase(), key_name(signature)));
    Claims { from, signatures: signatures.collect(), is_relayed: parsed.received_headers_count() > 0 }
}

/// A signature must cover `From` (RFC 6376, section 5.4), and SHA-1 proves nothing any more (RFC 8301).
fn is_sound(signature: &Signature) -> bool {
    signature.a != Algorithm::RsaSha1 && signature.h.iter().any(|field| field.eq_ignore_ascii_case("from"))
}

fn key_name(signature: &Signature) -> String {
    format!("{}._domainkey.{}.", signature.s, signature.d).to_lowercase()
}

/// The keys of the domains that sign a message, as DNS has them now.
#[derive(Clone, Default)]
pub struct Keys {
    found: HashMap<Box<str>, Txt>,
    /// The name servers of one of them did not answer: later it may be otherwise.
    pub is_unsure: bool,
}

impl Keys {
    /// Asks for the keys of those signatures whose domain matters. As bounded as [`Dns`], and for few names.
    pub async fn ask(dns: &Dns, claims: &Claims, matters: impl Fn(&str) -> bool) -> Self {
        let mut names: Vec<&str> =
            claims.signatures.iter().filter(|(domain, _)| matters(domain)).map(|(_, name)| name.as_str()).collect();
        names.dedup();
        let mut keys = Self::default();
        for name in names.into_iter().take(MOST_KEYS) {
            match dns.txt(name.trim_end_matches('.')).await {
                Answer::Found(records) => {
                    let key = records.iter().find_map(|record| DomainKey::parse(record.as_bytes()).ok());
                    keys.found.extend(key.map(|key| (name.into(), Txt::DomainKey(Arc::new(key)))));
                }
                Answer::Missing => {}
                Answer::Unreachable(_) => keys.is_unsure = true,
            }
        }
        keys
    }
}

/// What was found is all there is: a verifier that asks here never asks the network.
impl ResolverCache<Box<str>, Txt> for Keys {
    fn get<Q: Hash + Eq + ?Sized>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        let missing = || Txt::Error(Error::Dns(DnsError::InvalidRecordType));
        Some(self.found.get(name).cloned().unwrap_or_else(missing))
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// Has no name server to ask; every key comes from [`Keys`].
static VERIFIER: LazyLock<Option<MessageAuthenticator>> =
    LazyLock::new(|| MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).ok());

/// The domains whose signatures of this message are valid. Slow for a long message; asks nobody.
#[must_use]
pub fn valid(message: &[u8], keys: &Keys) -> Vec<String> {
    let (Some(parsed), Some(verifier)) = (AuthenticatedMessage::parse(message), VERIFIER.as_ref()) else {
        return Vec::new();
    };
    // Ready at once, because no key has to be waited for.
    let outputs = verifier.verify_dkim(Parameters::new(&parsed).with_txt_cache(keys)).now_or_never();
    let passed = outputs.unwrap_or_default().into_iter().filter(|output| *output.result() == DkimResult::Pass);
    let domain = |signature: &Signature| is_sound(signature).then(|| signature.d.to_lowercase());
    passed.filter_map(|output| output.signature().and_then(domain)).collect()
}

/// Whether a signing domain speaks for the domain of a `From` address: the same, or a parent of it (RFC 9477, section
/// 3.1.2, by which the two match).
#[must_use]
pub fn is_aligned(signing: &str, from: &str) -> bool {
    signing.contains('.') && (signing == from || from.strip_suffix(signing).is_some_and(|head| head.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sign::Signer;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;

    const MESSAGE: &str = "From: Reports <fbl@mail.example.org>\r\nTo: <fbl@lists.example>\r\nSubject: Complaint\r\n\
         Date: Mon, 21 Sep 2026 14:13:20 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nUnwanted\r\n";

    fn signed() -> (Keys, String) {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let record = format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(public.as_ref()));
        let key = Txt::DomainKey(Arc::new(DomainKey::parse(record.as_bytes()).unwrap()));
        let keys = Keys { found: HashMap::from([("one._domainkey.example.org.".into(), key)]), is_unsure: false };
        let signer = Signer::new("example.org", "one", private.as_ref()).unwrap();
        (keys, String::from_utf8(signer.signed(MESSAGE.as_bytes()).unwrap()).unwrap())
    }

    #[test]
    fn a_message_says_who_it_claims_to_be_from() {
        let (_, message) = signed();
        let found = claims(message.as_bytes());
        assert_eq!(found.from.as_deref(), Some("mail.example.org"));
        assert_eq!(found.signatures, [("example.org".to_owned(), "one._domainkey.example.org.".to_owned())]);
        assert!(!found.is_relayed);
        assert!(claims(format!("Received: from mx by us\r\n{message}").as_bytes()).is_relayed);
        let two = claims(format!("From: x@other.example\r\n{message}").as_bytes());
        assert_eq!(two.from, None, "two senders are none");
        assert_eq!(claims(b""), Claims::default());
    }

    #[test]
    fn only_a_whole_signature_with_its_key_is_valid() {
        let (keys, message) = signed();
        assert_eq!(valid(message.as_bytes(), &keys), ["example.org"]);
        assert!(valid(message.replace("Unwanted", "Wanted").as_bytes(), &keys).is_empty(), "another text");
        assert!(valid(message.replace("Complaint", "Complaints").as_bytes(), &keys).is_empty(), "another subject");
        assert!(valid(message.as_bytes(), &Keys::default()).is_empty(), "no key");
        assert!(valid(message.as_bytes(), &signed().0).is_empty(), "another key");
        assert!(valid(MESSAGE.as_bytes(), &keys).is_empty(), "no signature");
        let uncovered = message.replacen("h=From:", "h=", 1).replace(":From;", ";");
        assert!(valid(uncovered.as_bytes(), &keys).is_empty(), "a signature that leaves the sender out");
    }

    #[test]
    fn a_parent_speaks_for_its_child_and_nobody_for_a_sister() {
        for (signing, from, wanted) in [
            ("example.org", "example.org", true),
            ("example.org", "mail.example.org", true),
            ("mail.example.org", "example.org", false),
            ("example.org", "badexample.org", false),
            ("org", "example.org", false),
        ] {
            assert_eq!(is_aligned(signing, from), wanted, "{signing} for {from}");
        }
    }
}
