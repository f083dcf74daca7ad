//! DKIM (RFC 6376): RSA over SHA-256 (RFC 8301), relaxed, over everything that a receiver judges by.

use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use rustls::pki_types::PrivateKeyDer;

/// The fields that are signed; `From` a second time, so that nobody can add another one before it.
///
/// Both unsubscribe fields are among them (RFC 8058, section 4), and the CFBL fields (RFC 9477, section 3.1).
const SIGNED: [&str; 21] = [
    "From",
    "To",
    "Date",
    "Subject",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Post",
    "Feedback-ID",
    "CFBL-Address",
    "CFBL-Feedback-ID",
    "X-Estampille-Trace",
    "From",
];

/// The key of one sending domain, ready to sign.
pub struct Signer(DkimSigner<RsaKey<Sha256>, Done>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer for `domain` with the key (PKCS #8 or PKCS #1, DER) that DNS shows under `selector`.
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn new(domain: &str, selector: &str, private_key: &[u8]) -> Result<Self, String> {
        let der = PrivateKeyDer::try_from(private_key).map_err(str::to_owned)?;
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|error| error.to_string())?;
        Ok(Self(DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED)))
    }

    /// The message with its signature in front.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn signed(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let signature = self.0.sign(message).map_err(|error| error.to_string())?;
        let mut whole = signature.to_header().into_bytes();
        whole.extend_from_slice(message);
        Ok(whole)
    }
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
