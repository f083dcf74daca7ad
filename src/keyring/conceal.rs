//! What the database shall not show by itself: enciphered with AES-256-GCM under a key derived for the purpose.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};

use super::{Key, Keyring, Purpose, derived};

impl Keyring {
    /// Enciphers a text with the newest key: `key id · nonce · text and tag`.
    #[must_use]
    pub fn conceal(&self, purpose: Purpose, mut text: Vec<u8>) -> Option<Vec<u8>> {
        let key = self.0.first()?;
        let nonce = cipher(key, purpose)?.seal_in_place_append_tag(Aad::empty(), &mut text).ok()?;
        Some([&[key.id], nonce.as_ref().as_slice(), &text].concat())
    }

    /// What [`Keyring::conceal`] enciphered, with whichever key; `None` where it was changed or its key is gone.
    #[must_use]
    pub fn reveal(&self, purpose: Purpose, kept: &[u8]) -> Option<Vec<u8>> {
        let (key_id, rest) = kept.split_first()?;
        let (nonce, text) = rest.split_first_chunk::<12>()?;
        self.0.iter().filter(|key| key.id == *key_id).find_map(|key| {
            let (nonce, mut text) = (Nonce::assume_unique_for_key(*nonce), text.to_vec());
            cipher(key, purpose)?.open_in_place(nonce, Aad::empty(), &mut text).ok().map(|open| open.to_vec())
        })
    }
}

fn cipher(key: &Key, purpose: Purpose) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &derived(&key.secret, purpose)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(keys: &[u8]) -> Keyring {
        Keyring::new(keys.iter().map(|byte| [*byte; 32]).collect()).expect("at least one key")
    }

    #[test]
    fn what_is_concealed_opens_after_a_rotation_and_not_when_a_byte_was_changed() {
        let kept = keyring(&[1]).conceal(Purpose::ConsentMail, b"Dear Anne".to_vec()).expect("a cipher");
        assert_eq!(keyring(&[2, 1]).reveal(Purpose::ConsentMail, &kept).as_deref(), Some(&b"Dear Anne"[..]));
        assert_eq!(keyring(&[2]).reveal(Purpose::ConsentMail, &kept), None);
        for at in 0..kept.len() {
            let mut changed = kept.clone();
            changed[at] ^= 1;
            assert_eq!(keyring(&[1]).reveal(Purpose::ConsentMail, &changed), None, "byte {at}");
        }
        assert_eq!(keyring(&[1]).reveal(Purpose::ConsentMail, b""), None);
    }
}
