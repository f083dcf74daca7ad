//! The DNS records that a sending domain needs.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use data_encoding::BASE64;

use super::{PrivateKey, SendingDomain};
use crate::config::Settings;
use crate::storage::words;

words! {
    /// What a record is for.
    pub enum Record {
        /// The public key of the signatures (RFC 6376).
        Dkim = "dkim",
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
    let key = public_key(&domain.private_key).unwrap_or_default();
    let mail_domain = &settings.mail_domain;
    let web_host = settings.base_url.host_str().unwrap_or(mail_domain);
    vec![
        txt(Record::Dkim, dkim_host(domain), format!("v=DKIM1; k=rsa; p={key}"), true),
        txt(Record::Dmarc, format!("_dmarc.{}", domain.name), "v=DMARC1; p=none".to_owned(), true),
        txt(Record::Spf, domain.name.clone(), format!("v=spf1 include:{mail_domain} ~all"), false),
        WantedRecord {
            record: Record::ReturnPath,
            host: mail_domain.clone(),
            kind: "MX",
            value: format!("10 {web_host}."),
            is_required: false,
        },
    ]
}

/// Where the DKIM key is published (RFC 6376, section 3.6.2.1).
pub(super) fn dkim_host(domain: &SendingDomain) -> String {
    format!("{}._domainkey.{}", domain.selector, domain.name)
}

/// The public half of a key as `p=` carries it: base64 of the DER `SubjectPublicKeyInfo`.
pub(super) fn public_key(key: &PrivateKey) -> Option<String> {
    let pair = KeyPair::from_pkcs8(&key.0).ok()?;
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some(BASE64.encode(der.as_ref()))
}
