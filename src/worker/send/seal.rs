//! What is put on a finished message: its signatures, and the labels that the relay's own events come back with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::content::Made;
use super::prepare::Kitchen;
use crate::deliveries::Delivery;
use crate::mail::sign::Signer;
use crate::mail::{marks, relay_events};
use crate::sending_domains::{SendingDomain, SigningKey};
use crate::storage::SendingDomainId;

/// A message with the fields by which the relay's own events will name the delivery.
pub(super) fn labelled(kitchen: &Kitchen, delivery: &Delivery, message: Vec<u8>) -> Vec<u8> {
    relay_events::labelled(&kitchen.settings.hooks, || marks::trace(&kitchen.keys, delivery.id), message)
}

/// The signers of this node: reading a key costs more than signing with it, so each is read once.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Signers(Arc<Mutex<HashMap<SendingDomainId, Kept>>>);

/// A signer, and the keys that it was made from.
#[derive(Debug)]
struct Kept {
    keys: Vec<SigningKey>,
    signer: Arc<Signer>,
}

/// More are not kept: then the memory begins anew.
const MOST: usize = 1000;

impl Signers {
    /// The signer of a sending domain; none where the relay signs. A key that cannot be used is told, and the mail goes
    /// unsigned.
    pub(super) fn of(&self, domain: Option<SendingDomain>, relay_signs: bool) -> Option<Arc<Signer>> {
        let domain = domain?;
        let keys = domain.signing_keys(relay_signs);
        let mut signers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = signers.get(&domain.id).filter(|kept| kept.keys == keys) {
            return Some(Arc::clone(&kept.signer));
        }
        let signer = match read(&domain.name, &keys) {
            Ok(signer) => Arc::new(signer?),
            Err(trouble) => {
                tracing::error!(domain = domain.name, trouble, "the DKIM key cannot be used");
                return None;
            }
        };
        if signers.len() >= MOST {
            signers.clear();
        }
        signers.insert(domain.id, Kept { keys, signer: Arc::clone(&signer) });
        Some(signer)
    }
}

fn read(domain: &str, keys: &[SigningKey]) -> Result<Option<Signer>, String> {
    keys.iter().try_fold(None, |signer: Option<Signer>, key| match (signer, key) {
        (_, SigningKey::Rsa(selector, key)) => Signer::new(domain, selector, &key.0).map(Some),
        (Some(signer), SigningKey::Ed25519(selector, key)) => signer.and_ed25519(domain, selector, &key.0).map(Some),
        (None, SigningKey::Ed25519(..)) => Ok(None),
    })
}

/// The message, signed where there is a key.
pub(super) fn signed(signer: Option<&Signer>, message: Vec<u8>) -> Made {
    match signer.map(|signer| signer.signed(&message)) {
        None => Made::Message(message),
        Some(Ok(signed)) => Made::Message(signed),
        Some(Err(trouble)) => Made::Faulty(format!("DKIM: {trouble}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::sending_domains::{Signing, make_ed25519_key, make_key};
    use crate::storage::AccountId;

    #[test]
    fn a_key_is_read_once_and_again_when_something_else_shall_sign() {
        let now = Timestamp::from_micros(0);
        let mut domain = SendingDomain {
            id: SendingDomainId::new(),
            account_id: AccountId::new(),
            name: "sender.example".to_owned(),
            selector: "one".to_owned(),
            private_key: make_key().unwrap(),
            signing: Signing::Rsa,
            ed25519_key: Some(make_ed25519_key().unwrap()),
            ed25519_found_at: Some(now),
            findings: Vec::new(),
            checked_at: None,
            verified_at: None,
            created_at: now,
        };
        let signers = Signers::default();
        let of = |domain: &SendingDomain| signers.of(Some(domain.clone()), true);
        let signatures = |signer: &Signer| {
            let signed = signer.signed(b"From: a@sender.example\r\n\r\nHello\r\n").unwrap();
            String::from_utf8(signed).unwrap().matches("DKIM-Signature:").count()
        };
        let first = of(&domain).unwrap();
        assert!(Arc::ptr_eq(&first, &of(&domain).unwrap()));
        domain.signing = Signing::RsaAndEd25519;
        let both = of(&domain).unwrap();
        assert!(Arc::ptr_eq(&both, &of(&domain).unwrap()));
        assert_eq!((signatures(&first), signatures(&both)), (1, 2));
        domain.signing = Signing::Relay;
        assert!(of(&domain).is_none());
    }
}
