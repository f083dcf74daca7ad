//! What signs the mail of a sending domain, and the second key.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;

use super::{PrivateKey, Record, SendingDomain, store};
use crate::audit::{self, Actor, Entry};
use crate::storage::{AccountId, Conn, SendingDomainId, StoreError, Timestamp, words};

words! {
    /// What signs the mail of a sending domain.
    pub enum Signing {
        /// Its RSA key.
        Rsa = "rsa",
        /// Its RSA key, and an Ed25519 key beside it (RFC 8463).
        RsaAndEd25519 = "rsa_ed25519",
        /// The relay, where the operator says that it does.
        Relay = "relay",
    }
}

/// A key that signs now, under its selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// RSA over SHA-256 (RFC 8301).
    Rsa(String, PrivateKey),
    /// Ed25519 over SHA-256 (RFC 8463).
    Ed25519(String, PrivateKey),
}

/// What came of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChooseOutcome {
    /// So it is.
    Chosen(Box<SendingDomain>),
    /// The relay does not sign, as far as the operator says.
    RelayDoesNotSign,
    /// The account has no such domain.
    NotThere,
}

impl SendingDomain {
    /// The keys that sign its mail now. Without a relay that signs, mail leaves signed by us whatever was chosen.
    #[must_use]
    pub fn signing_keys(&self, relay_signs: bool) -> Vec<SigningKey> {
        if self.signing == Signing::Relay && relay_signs {
            return Vec::new();
        }
        let rsa = SigningKey::Rsa(self.selector.clone(), self.private_key.clone());
        // A signature whose key nobody finds is of no use to anybody.
        let second = self.ed25519_key.as_ref().filter(|_| self.wants_ed25519() && self.ed25519_found_at.is_some());
        let second = second.map(|key| SigningKey::Ed25519(self.ed25519_selector(), key.clone()));
        std::iter::once(rsa).chain(second).collect()
    }

    /// Whether the record of the second key is wanted.
    pub(super) fn wants_ed25519(&self) -> bool {
        self.signing == Signing::RsaAndEd25519
    }

    /// The selector of the second key: two keys cannot share one (RFC 8463, section 3).
    pub(super) fn ed25519_selector(&self) -> String {
        format!("{}e", self.selector)
    }
}

/// A new Ed25519 key.
///
/// # Errors
/// A sentence, when the cryptographic library refuses.
pub fn make_ed25519_key() -> Result<PrivateKey, String> {
    let refused = |_| "no Ed25519 key could be made".to_owned();
    let der: Pkcs8V1Der<'_> = Ed25519KeyPair::generate().and_then(|pair| pair.as_der()).map_err(refused)?;
    Ok(PrivateKey(der.as_ref().to_vec()))
}

/// Chooses what signs the mail of a domain. `key` becomes its second key where one is wanted and none is there yet.
///
/// # Errors
/// When the database refuses.
pub fn choose_signing(
    conn: &mut Conn,
    (account, id): (AccountId, SendingDomainId),
    (signing, relay_signs): (Signing, bool),
    key: PrivateKey,
    (by, now): (Actor, Timestamp),
) -> Result<ChooseOutcome, StoreError> {
    let Some(mut domain) = store::by_id(conn, account, id)? else { return Ok(ChooseOutcome::NotThere) };
    if signing == Signing::Relay && !relay_signs {
        return Ok(ChooseOutcome::RelayDoesNotSign);
    }
    domain.signing = signing;
    if domain.wants_ed25519() {
        domain.ed25519_key.get_or_insert(key);
    } else {
        // Whoever comes back to it publishes the record first.
        domain.ed25519_found_at = None;
        domain.findings.retain(|finding| finding.record != Record::DkimEd25519);
    }
    store::set_signing(conn, &domain)?;
    let entry = Entry::of(by, "sending_domain.signing").account(account).subject(&id).reason(signing.word());
    audit::record(conn, &entry, now)?;
    Ok(ChooseOutcome::Chosen(Box::new(domain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending_domains::testing;
    use crate::storage::testing::empty_database;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);
    const AT: (Actor, Timestamp) = (Actor::System, NOW);

    fn key(byte: u8) -> PrivateKey {
        PrivateKey(vec![byte])
    }

    fn kinds(domain: &SendingDomain, relay_signs: bool) -> Vec<&'static str> {
        let kind = |key: SigningKey| match key {
            SigningKey::Rsa(..) => "rsa",
            SigningKey::Ed25519(..) => "ed25519",
        };
        domain.signing_keys(relay_signs).into_iter().map(kind).collect()
    }

    #[test]
    fn the_second_key_is_made_once_and_signs_only_while_it_is_chosen_and_found() {
        let mut conn = empty_database();
        let account = testing::account(&mut conn, "Papeterie");
        testing::verify(&mut conn, account, "sender.example", NOW);
        let which = (account, store::of_account(&mut conn, account).unwrap()[0].id);
        let mut choose = |signing, relay_signs, byte| {
            choose_signing(&mut conn, which, (signing, relay_signs), key(byte), AT).unwrap()
        };
        let ChooseOutcome::Chosen(mut both) = choose(Signing::RsaAndEd25519, false, 7) else { panic!() };
        assert_eq!(both.ed25519_key, Some(key(7)));
        assert_eq!(kinds(&both, false), ["rsa"], "nobody could find the second key");
        both.ed25519_found_at = Some(NOW);
        assert_eq!(kinds(&both, true), ["rsa", "ed25519"]);
        let ChooseOutcome::Chosen(rsa) = choose(Signing::Rsa, false, 8) else { panic!() };
        assert_eq!((kinds(&rsa, false), rsa.ed25519_found_at), (vec!["rsa"], None));
        let ChooseOutcome::Chosen(again) = choose(Signing::RsaAndEd25519, false, 9) else { panic!() };
        assert_eq!(again.ed25519_key, Some(key(7)), "the published record goes on being right");
        assert!(again.is_verified(), "a choice takes nobody's permission to send away");
    }

    #[test]
    fn the_relay_signs_only_where_the_operator_says_so() {
        let mut conn = empty_database();
        let account = testing::account(&mut conn, "Papeterie");
        testing::verify(&mut conn, account, "sender.example", NOW);
        let which = (account, store::of_account(&mut conn, account).unwrap()[0].id);
        let mut choose =
            |relay_signs| choose_signing(&mut conn, which, (Signing::Relay, relay_signs), key(7), AT).unwrap();
        assert_eq!(choose(false), ChooseOutcome::RelayDoesNotSign);
        let ChooseOutcome::Chosen(domain) = choose(true) else { panic!() };
        assert_eq!((kinds(&domain, true), kinds(&domain, false)), (vec![], vec!["rsa"]));
        let foreign = testing::account(&mut conn, "Foreign");
        let other = choose_signing(&mut conn, (foreign, which.1), (Signing::Rsa, true), key(1), AT).unwrap();
        assert_eq!(other, ChooseOutcome::NotThere);
    }
}
