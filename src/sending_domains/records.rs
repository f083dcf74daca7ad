//! The DNS records that a sending domain needs.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64;

use super::{PrivateKey, PublicKeys, SendingDomain};
use crate::config::Settings;
use crate::storage::words;

words! {
    /// What a record is for.
    pub enum Record {
        /// The public key of the signatures (RFC 6376).
        Dkim = "dkim",
        /// The public key of the second signatures (RFC 8463).
        DkimEd25519 = "dkim_ed25519",
        /// What receivers do with mail that fails (RFC 9989).
        Dmarc = "dmarc",
        /// Who may send in the domain's name (RFC 7208).
        Spf = "spf",
        /// Where bounces come back: a record of the installation's mail domain, not of the account's.
        ReturnPath = "return_path",
    }
}

/// A record to be entered at the domain's DNS provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRecord {
    /// What it is for.
    pub record: Record,
    /// The full name it stands at.
    pub host: String,
    /// `TXT` or `MX`.
    pub kind: &'static str,
    /// What it says.
    pub value: String,
    /// Whether the domain may not be sent from without it.
    pub is_required: bool,
}

/// The records that a sending domain wants, required ones first.
#[must_use]
pub fn wanted_records(settings: &Settings, domain: &SendingDomain) -> Vec<WantedRecord> {
    let txt = |record, host: String, value: String, is_required| WantedRecord {
        record,
        host,
        kind: "TXT",
        value,
        is_required,
    };
    let PublicKeys { rsa, ed25519 } = public_keys(domain);
    let mail_domain = &settings.mail_domain;
    let web_host = settings.base_url.host_str().unwrap_or(mail_domain);
    let second = ed25519
        .map(|key| txt(Record::DkimEd25519, ed25519_host(domain), format!("v=DKIM1; k=ed25519; p={key}"), false));
    let mut wanted = vec![
        txt(Record::Dkim, dkim_host(domain), format!("v=DKIM1; k=rsa; p={rsa}"), true),
        txt(Record::Dmarc, format!("_dmarc.{}", domain.name), "v=DMARC1; p=none".to_owned(), true),
        txt(Record::Spf, domain.name.clone(), format!("v=spf1 include:{mail_domain} ~all"), false),
        WantedRecord {
            record: Record::ReturnPath,
            host: mail_domain.clone(),
            kind: "MX",
            value: format!("10 {web_host}."),
            is_required: false,
        },
    ];
    if let Some(second) = second {
        wanted.insert(2, second);
    }
    wanted
}

/// Where the DKIM key is published (RFC 6376, section 3.6.2.1).
pub(super) fn dkim_host(domain: &SendingDomain) -> String {
    format!("{}._domainkey.{}", domain.selector, domain.name)
}

/// Where the second key is published.
pub(super) fn ed25519_host(domain: &SendingDomain) -> String {
    format!("{}._domainkey.{}", domain.ed25519_selector(), domain.name)
}

/// The public halves of the keys whose records are wanted.
pub(super) fn public_keys(domain: &SendingDomain) -> PublicKeys {
    let second = domain.ed25519_key.as_ref().filter(|_| domain.wants_ed25519());
    PublicKeys {
        rsa: public_key(&domain.private_key).unwrap_or_default(),
        ed25519: second.map(|key| public_ed25519_key(key).unwrap_or_default()),
    }
}

/// The public half of a key as `p=` carries it: base64 of the DER `SubjectPublicKeyInfo`.
pub(super) fn public_key(key: &PrivateKey) -> Option<String> {
    let pair = KeyPair::from_pkcs8(&key.0).ok()?;
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some(BASE64.encode(der.as_ref()))
}

/// The public half of an Ed25519 key as `p=` carries it: base64 of its 32 octets (RFC 8463, section 4).
fn public_ed25519_key(key: &PrivateKey) -> Option<String> {
    let pair = Ed25519KeyPair::from_pkcs8(&key.0).ok()?;
    Some(BASE64.encode(pair.public_key().as_ref()))
}
