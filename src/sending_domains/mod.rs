//! The domains that accounts send from: their DKIM keys, the DNS records wanted and found, the verdict.
//!
//! An account may send from a domain once its DKIM key and a DMARC policy are found there (AUT-01, AUT-02). Mail leaves
//! with a return path at the installation's own mail domain, so that SPF is that domain's affair and DMARC passes by
//! the aligned DKIM signature; `estampille doctor` looks at the mail domain.
//!
//! What signs is chosen for each domain ([`Signing`]). The RSA key and its record are there whatever is chosen: the
//! record proves whose the domain is, and nearly every receiver can check that signature.

mod add;
mod check;
mod records;
mod signing;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod verdict;

pub use add::{AddOutcome, add, make_key, remove};
pub use check::check;
pub use records::{Record, WantedRecord, wanted_records};
pub use signing::{ChooseOutcome, Signing, SigningKey, choose_signing, make_ed25519_key};
pub use verdict::{Finding, Found, PublicKeys, State, is_verified, judge};

use crate::storage::{AccountId, Conn, SendingDomainId, StoreError, Timestamp};

/// A private DKIM key as PKCS#8 DER; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(pub Vec<u8>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// A domain that an account sends from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingDomain {
    /// Its id.
    pub id: SendingDomainId,
    /// The account.
    pub account_id: AccountId,
    /// The domain: lower-case A-labels.
    pub name: String,
    /// The DKIM selector (RFC 6376, section 3.1) of the RSA key.
    pub selector: String,
    /// The DKIM key: RSA, 2048 bits.
    pub private_key: PrivateKey,
    /// What signs its mail.
    pub signing: Signing,
    /// The second key (RFC 8463), made when it is first chosen.
    pub ed25519_key: Option<PrivateKey>,
    /// Since when the second key is found in DNS: before that it signs nothing.
    pub ed25519_found_at: Option<Timestamp>,
    /// What the last check found; empty before the first.
    pub findings: Vec<Finding>,
    /// When it was last checked.
    pub checked_at: Option<Timestamp>,
    /// Since when it may be sent from.
    pub verified_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl SendingDomain {
    /// Whether the account may send from it.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified_at.is_some()
    }
}

/// The sending domain of this name, verified or not: its key signs from the first message on.
///
/// # Errors
/// When the database cannot be read.
pub fn find_for(conn: &mut Conn, account: AccountId, domain: &str) -> Result<Option<SendingDomain>, StoreError> {
    store::by_name(conn, account, domain)
}

/// Whether an account may write under a From address of this domain: DNS verified it (AUT-01), or the operator lets
/// every domain send.
///
/// # Errors
/// When the database cannot be read.
pub fn may_send_from(
    conn: &mut Conn,
    account: AccountId,
    domain: &str,
    allows_unverified_domains: bool,
) -> Result<bool, StoreError> {
    Ok(allows_unverified_domains || find_for(conn, account, domain)?.is_some_and(|found| found.is_verified()))
}

/// The sending domain with this id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: AccountId, id: SendingDomainId) -> Result<Option<SendingDomain>, StoreError> {
    store::by_id(conn, account, id)
}

/// The sending domains of an account, by name.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<SendingDomain>, StoreError> {
    store::of_account(conn, account)
}
