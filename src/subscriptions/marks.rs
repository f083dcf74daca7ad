//! The links that work for ever: signed, without a row of their own.

use crate::keyring::{Keyring, Purpose};
use crate::storage::{SubscriberId, SubscriptionId};

/// The token of `/unsubscribe/{token}`: it works for ever, whatever becomes of list, campaign and key (UNS-06).
#[must_use]
pub fn unsubscribe_token(keys: &Keyring, id: SubscriptionId) -> String {
    keys.sign(Purpose::Unsubscribe, id.bytes())
}

/// The subscription that an unsubscribe token of ours names.
#[must_use]
pub fn open_unsubscribe_token(keys: &Keyring, token: &str) -> Option<SubscriptionId> {
    uuid_of(keys, Purpose::Unsubscribe, token).map(SubscriptionId)
}

/// The token of `/preferences/{token}`.
#[must_use]
pub fn preferences_token(keys: &Keyring, id: SubscriberId) -> String {
    keys.sign(Purpose::Preferences, id.bytes())
}

/// The person whom a preferences token of ours names.
#[must_use]
pub fn open_preferences_token(keys: &Keyring, token: &str) -> Option<SubscriberId> {
    uuid_of(keys, Purpose::Preferences, token).map(SubscriberId)
}

fn uuid_of(keys: &Keyring, purpose: Purpose, token: &str) -> Option<uuid::Uuid> {
    uuid::Uuid::from_slice(&keys.open(purpose, token)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(keys: &[u8]) -> Keyring {
        Keyring::new(keys.iter().map(|byte| [*byte; 32]).collect()).expect("at least one key")
    }

    #[test]
    fn uns_06_a_link_opens_after_key_rotation() {
        let id = SubscriptionId::new();
        let token = unsubscribe_token(&keyring(&[1]), id);
        assert_eq!(open_unsubscribe_token(&keyring(&[3, 2, 1]), &token), Some(id));
        assert_eq!(open_unsubscribe_token(&keyring(&[3, 2]), &token), None);
    }

    #[test]
    fn uns_07_no_changed_character_and_no_other_purpose_opens() {
        let keys = keyring(&[1]);
        let token = unsubscribe_token(&keys, SubscriptionId::new());
        for (at, old) in token.char_indices() {
            for new in "abcdefghijklmnopqrstuvwxyz234567".chars().filter(|new| *new != old) {
                let mut forged = token.clone();
                forged.replace_range(at..=at, &new.to_string());
                assert_eq!(open_unsubscribe_token(&keys, &forged), None, "{forged}");
            }
        }
        assert_eq!(open_preferences_token(&keys, &token), None);
        assert_eq!(open_unsubscribe_token(&keys, &preferences_token(&keys, SubscriberId::new())), None);
    }
}
