//! A new sending domain with its key.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};

use super::{PrivateKey, SendingDomain, Signing, store};
use crate::audit::{self, Actor, Entry};
use crate::mail::address::ascii_domain;
use crate::storage::{AccountId, Conn, SendingDomainId, StoreError, Timestamp};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddOutcome {
    /// It is there; its DNS records are wanted now.
    Added(Box<SendingDomain>),
    /// The account has it already.
    AlreadyThere(Box<SendingDomain>),
    /// The text cannot be a domain on the internet.
    BadName,
}

/// A new RSA key for DKIM. Takes a tenth of a second or more: not on an async thread, not in a transaction.
///
/// # Errors
/// A sentence, when the cryptographic library refuses.
pub fn make_key() -> Result<PrivateKey, String> {
    let refused = |_| "no RSA key could be made".to_owned();
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(refused)?;
    Ok(PrivateKey(der.as_ref().to_vec()))
}

/// Adds a sending domain to an account, with a key that [`make_key`] made.
///
/// # Errors
/// When the database refuses.
pub fn add(
    conn: &mut Conn,
    account: AccountId,
    name: &str,
    key: PrivateKey,
    by: Actor,
    now: Timestamp,
) -> Result<AddOutcome, StoreError> {
    let Some(name) = ascii_domain(name.trim()) else { return Ok(AddOutcome::BadName) };
    if let Some(there) = store::by_name(conn, account, &name)? {
        return Ok(AddOutcome::AlreadyThere(Box::new(there)));
    }
    let domain = SendingDomain {
        id: SendingDomainId::new(),
        account_id: account,
        name,
        selector: selector(now),
        private_key: key,
        signing: Signing::Rsa,
        ed25519_key: None,
        ed25519_found_at: None,
        findings: Vec::new(),
        checked_at: None,
        verified_at: None,
        created_at: now,
    };
    store::insert(conn, &domain)?;
    let entry = Entry::of(by, "sending_domain.add").account(account).subject(&domain.id).reason(&domain.name);
    audit::record(conn, &entry, now)?;
    Ok(AddOutcome::Added(Box::new(domain)))
}

/// Removes a sending domain and its key; `false` when the account has none with this id.
///
/// # Errors
/// When the database refuses.
pub fn remove(
    conn: &mut Conn,
    account: AccountId,
    id: SendingDomainId,
    by: Actor,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !store::delete(conn, account, id)? {
        return Ok(false);
    }
    audit::record(conn, &Entry::of(by, "sending_domain.remove").account(account).subject(&id), now)?;
    Ok(true)
}

/// One selector a month: a later key can stand beside it in DNS.
fn selector(now: Timestamp) -> String {
    format!("est{}", now.utc().format("%Y%m"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending_domains::records::public_key;
    use crate::sending_domains::testing::account;
    use crate::storage::testing::empty_database;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn aut_02_a_sending_domain_gets_a_2048_bit_key_whose_public_half_is_published() {
        let key = make_key().unwrap();
        let public = data_encoding::BASE64.decode(public_key(&key).unwrap().as_bytes()).unwrap();
        // SubjectPublicKeyInfo of a 2048-bit RSA key (RFC 8017): 24 octets around a 270-octet RSAPublicKey.
        assert_eq!(public.len(), 294);
    }

    #[test]
    fn a_sending_domain_is_there_once_for_its_own_account_only() {
        let mut conn = empty_database();
        let (own, foreign) = (account(&mut conn, "Own"), account(&mut conn, "Foreign"));
        let key = PrivateKey(vec![1, 2, 3]);
        let added = add(&mut conn, own, " Bücher.Example ", key.clone(), Actor::System, NOW).unwrap();
        let AddOutcome::Added(domain) = added else { panic!("{added:?}") };
        assert_eq!(domain.name, "xn--bcher-kva.example");
        let again = add(&mut conn, own, "xn--bcher-kva.example", key.clone(), Actor::System, NOW).unwrap();
        assert_eq!(again, AddOutcome::AlreadyThere(domain.clone()));
        assert_eq!(add(&mut conn, own, "no dot", key, Actor::System, NOW).unwrap(), AddOutcome::BadName);
        assert_eq!(crate::sending_domains::find_for(&mut conn, foreign, &domain.name).unwrap(), None);
        assert!(!remove(&mut conn, foreign, domain.id, Actor::System, NOW).unwrap());
        assert!(remove(&mut conn, own, domain.id, Actor::System, NOW).unwrap());
        assert_eq!(crate::sending_domains::of_account(&mut conn, own).unwrap(), []);
    }

    #[test]
    fn aut_01_an_account_writes_from_its_own_verified_domain_or_where_the_operator_allows_any() {
        let mut conn = empty_database();
        let (own, foreign) = (account(&mut conn, "Own"), account(&mut conn, "Foreign"));
        add(&mut conn, own, "waits.example", PrivateKey(vec![1]), Actor::System, NOW).unwrap();
        crate::sending_domains::testing::verify(&mut conn, own, "sender.example", NOW);
        for (account, domain, may) in [
            (own, "sender.example", true),
            (own, "waits.example", false),
            (own, "bank.example", false),
            (own, "mail.sender.example", false),
            (foreign, "sender.example", false),
        ] {
            let found = crate::sending_domains::may_send_from(&mut conn, account, domain, false).unwrap();
            assert_eq!(found, may, "{domain}");
            assert!(crate::sending_domains::may_send_from(&mut conn, account, domain, true).unwrap(), "{domain}");
        }
    }
}
