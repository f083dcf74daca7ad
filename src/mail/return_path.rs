//! The envelope sender of a delivery: a signed VERP address, so that a report says by itself whose it is.
//!
//! Only an address made here opens again; a forged report therefore changes nobody (BNC-04).

use crate::keyring::{Keyring, Purpose};
use crate::mail::marks;
use crate::storage::DeliveryId;

const PREFIX: &str = "b-";

/// The return path of a delivery at our mail domain: 33 octets before the `@`, safe when a server folds case.
#[must_use]
pub fn sign(keys: &Keyring, domain: &str, delivery: DeliveryId) -> String {
    format!("{PREFIX}{}@{domain}", marks::sign(keys, Purpose::ReturnPath, delivery))
}

/// The delivery whose return path this is: an address, or the local part alone, in either case.
#[must_use]
pub fn open(keys: &Keyring, address: &str) -> Option<DeliveryId> {
    let local = address.split('@').next()?;
    let mark = local.get(PREFIX.len()..)?;
    let is_return_path = local.get(..PREFIX.len())?.eq_ignore_ascii_case(PREFIX);
    if is_return_path { marks::open(keys, Purpose::ReturnPath, mark) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_path_names_its_delivery_and_cannot_be_forged() {
        let keys = Keyring::new(vec![[7; 32]]).expect("a key");
        let address = sign(&keys, "lists.example.org", DeliveryId(42));
        assert!(address.split('@').next().is_some_and(|local| local.len() <= 64));
        assert_eq!(open(&keys, &address.to_uppercase()), Some(DeliveryId(42)));
        assert_eq!(open(&keys, &address.replace("b-", "c-")), None);
        assert_eq!(open(&keys, "b-"), None);
        assert_eq!(open(&keys, "é@example.org"), None);
        let other = sign(&Keyring::new(vec![[8; 32]]).expect("a key"), "lists.example.org", DeliveryId(42));
        assert_eq!(open(&keys, &other), None);
    }
}
