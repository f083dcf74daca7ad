//! DKIM (RFC 6376): RSA over SHA-256 (RFC 8301) and Ed25519 (RFC 8463), relaxed, over everything that a receiver judges
//! by.

use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done, Signature};
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

/// The keys of one sending domain, ready to sign; each was read once.
pub struct Signer {
    rsa: DkimSigner<RsaKey<Sha256>, Done>,
    ed25519: Option<DkimSigner<Ed25519Key, Done>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer for `domain` with the RSA key (PKCS #8 or PKCS #1, DER) that DNS shows under `selector`.
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn new(domain: &str, selector: &str, private_key: &[u8]) -> Result<Self, String> {
        let der = PrivateKeyDer::try_from(private_key).map_err(str::to_owned)?;
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|error| error.to_string())?;
        Ok(Self { rsa: DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED), ed25519: None })
    }

    /// The same with an Ed25519 key (PKCS #8, DER) beside it: two signatures, each good without the other.
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn and_ed25519(self, domain: &str, selector: &str, private_key: &[u8]) -> Result<Self, String> {
        let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(private_key).map_err(|error| error.to_string())?;
        let ed25519 = DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED);
        Ok(Self { ed25519: Some(ed25519), ..self })
    }

    /// The message with its signatures in front; the one that most receivers can check stands first.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn signed(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let header = |signature: Signature| signature.to_header().into_bytes();
        let mut whole = self.rsa.sign(message).map(header).map_err(|error| error.to_string())?;
        if let Some(second) = &self.ed25519 {
            whole.extend(second.sign(message).map(header).map_err(|error| error.to_string())?);
        }
        whole.extend_from_slice(message);
        Ok(whole)
    }
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
