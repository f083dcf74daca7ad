//! The installation's secret keys, and everything that is signed or derived with them.
//!
//! A **mark** is a short signed text that names a row without a table of its own: unsubscribe links, return paths,
//! complaint ids, trace headers. It reads `key id (1 byte) · payload · tag (10 bytes)` in lower-case base32, so that mail
//! servers that fold case do not break it. Each [`Purpose`] has its own key, derived from the installation key, so that
//! a mark made for one purpose is worth nothing for another. Older keys of the file only verify.

mod conceal;
mod purpose;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, BASE64, HEXLOWER};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use purpose::Purpose;

type HmacSha256 = Hmac<Sha256>;

/// Bytes of the tag in a mark: 80 bits, beyond what can be tried over a network.
const TAG: usize = 10;
/// Longest mark that is looked at.
const LONGEST_MARK: usize = 200;

/// The keys of the installation, newest first.
#[derive(Clone)]
pub struct Keyring(Arc<Vec<Key>>);

/// A key, with what the marks of each mail need of it at hand.
struct Key {
    secret: [u8; 32],
    id: u8,
    of_mails: Vec<(Purpose, HmacSha256)>,
}

/// Every mail of a campaign has these marks.
const OF_MAILS: [Purpose; 6] = [
    Purpose::Unsubscribe,
    Purpose::Preferences,
    Purpose::ReturnPath,
    Purpose::Complaint,
    Purpose::Trace,
    Purpose::MessageId,
];

impl Key {
    fn new(secret: [u8; 32]) -> Self {
        let made = |purpose| Some((purpose, keyed(&derived(&secret, purpose))?));
        Self { secret, id: digest(&secret)[0], of_mails: OF_MAILS.into_iter().filter_map(made).collect() }
    }

    fn mac(&self, purpose: Purpose, payload: &[u8]) -> [u8; 32] {
        match self.of_mails.iter().find(|(of, _)| *of == purpose) {
            Some((_, mac)) => mac.clone().chain_update(payload).finalize().into_bytes().into(),
            None => keyed_hash(&derived(&self.secret, purpose), payload),
        }
    }
}

/// The key of a purpose.
fn derived(secret: &[u8; 32], purpose: Purpose) -> [u8; 32] {
    keyed_hash(secret, &[b"estampille/1/", purpose.label()].concat())
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} keys)", self.0.len())
    }
}

impl Keyring {
    /// A keyring of these keys, newest first; `None` without any.
    #[must_use]
    pub fn new(keys: Vec<[u8; 32]>) -> Option<Self> {
        (!keys.is_empty()).then(|| Self(Arc::new(keys.into_iter().map(Key::new).collect())))
    }

    /// Reads the secret file, one base64 key a line, newest first; makes it with mode 0600 when it is not there.
    ///
    /// # Errors
    /// When the file cannot be read or made, or a line is not a key of 32 bytes.
    pub fn load(path: &Path) -> std::io::Result<Self> {
        match File::open(path) {
            Ok(mut file) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                Self::parse(&text).ok_or_else(|| {
                    std::io::Error::other(format!("{} holds no base64 keys of 32 bytes", path.display()))
                })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let keys: Option<Vec<[u8; 32]>> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| BASE64.decode(line.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()))
            .collect();
        Self::new(keys?)
    }

    fn make(path: &Path) -> std::io::Result<Self> {
        let key: [u8; 32] = random_bytes();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", BASE64.encode(&key))?;
        file.sync_all()?;
        Ok(Self(Arc::new(vec![Key::new(key)])))
    }

    /// A mark that carries `payload`, signed with the newest key.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, payload: &[u8]) -> String {
        self.0.first().map(|key| sign_with(key, purpose, payload)).unwrap_or_default()
    }

    /// The payload of a mark made by this installation for this purpose, whatever case it comes back in.
    #[must_use]
    pub fn open(&self, purpose: Purpose, mark: &str) -> Option<Vec<u8>> {
        if mark.len() > LONGEST_MARK || !mark.is_ascii() {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(mark.to_ascii_uppercase().as_bytes()).ok()?;
        let (signed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        let (key_id, payload) = signed.split_first()?;
        let of_this_id = self.0.iter().filter(|key| key.id == *key_id);
        let mut is_ours = false;
        for key in of_this_id {
            is_ours |= bool::from(tag_of(key, purpose, signed).ct_eq(tag));
        }
        is_ours.then(|| payload.to_vec())
    }

    /// The 128-bit token that belongs to `nonce`, one for each key, newest first.
    ///
    /// Only its [`digest`] is stored beside the nonce, so that the database alone opens nothing.
    #[must_use]
    pub fn derive(&self, purpose: Purpose, nonce: &[u8]) -> Vec<String> {
        self.0.iter().map(|key| encode(key.mac(purpose, nonce).get(..16).unwrap_or_default())).collect()
    }

    /// The token of `nonce` whose digest is `hash`, whichever key made it.
    #[must_use]
    pub fn find_derived(&self, purpose: Purpose, nonce: &[u8], hash: &[u8]) -> Option<String> {
        self.derive(purpose, nonce).into_iter().find(|token| is_same(&digest(token.as_bytes()), hash))
    }
}

fn sign_with(key: &Key, purpose: Purpose, payload: &[u8]) -> String {
    let mut bytes = vec![key.id];
    bytes.extend_from_slice(payload);
    let tag = tag_of(key, purpose, &bytes);
    bytes.extend_from_slice(&tag);
    encode(&bytes)
}

fn tag_of(key: &Key, purpose: Purpose, signed: &[u8]) -> [u8; TAG] {
    let mut tag = [0; TAG];
    tag.copy_from_slice(key.mac(purpose, signed).split_at(TAG).0);
    tag
}

/// HMAC-SHA-256 (RFC 2104).
#[must_use]
pub fn keyed_hash(key: &[u8], text: &[u8]) -> [u8; 32] {
    keyed(key).map_or([0; 32], |mac| mac.chain_update(text).finalize().into_bytes().into())
}

/// Never `None`: a key of any length is valid for HMAC.
fn keyed(key: &[u8]) -> Option<HmacSha256> {
    HmacSha256::new_from_slice(key).ok()
}

/// SHA-256, for what is stored in place of a token.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Compares two secrets in a time that does not depend on where they differ.
#[must_use]
pub fn is_same(left: &[u8], right: &[u8]) -> bool {
    bool::from(left.ct_eq(right))
}

/// Lower-case base32 without padding (RFC 4648, section 6).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Lower-case hexadecimal, for hashes that people compare.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Bytes nobody can guess, from the system's generator.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge where randomness comes in")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A random token of 160 bits, as sessions and API tokens use it.
#[must_use]
pub fn random_token() -> String {
    encode(&random_bytes::<20>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(keys: &[u8]) -> Keyring {
        Keyring::new(keys.iter().map(|byte| [*byte; 32]).collect()).expect("at least one key")
    }

    #[test]
    fn a_mark_opens_in_either_case_and_for_its_own_purpose_only() {
        let keys = keyring(&[1]);
        let mark = keys.sign(Purpose::ReturnPath, b"payload");
        assert_eq!(keys.open(Purpose::ReturnPath, &mark.to_uppercase()).as_deref(), Some(&b"payload"[..]));
        assert_eq!(keys.open(Purpose::Unsubscribe, &mark), None);
    }

    #[test]
    fn a_mark_is_the_same_whether_its_key_lies_at_hand_or_not() {
        for purpose in OF_MAILS {
            let key = Key::new([7; 32]);
            assert_eq!(key.mac(purpose, b"payload"), keyed_hash(&derived(&[7; 32], purpose), b"payload"));
        }
    }

    #[test]
    fn a_mark_made_with_an_older_key_still_opens_after_rotation() {
        let mark = keyring(&[1]).sign(Purpose::Unsubscribe, b"x");
        assert!(keyring(&[2, 1]).open(Purpose::Unsubscribe, &mark).is_some());
        assert!(keyring(&[2]).open(Purpose::Unsubscribe, &mark).is_none());
    }

    #[test]
    fn no_single_changed_character_leaves_a_mark_valid() {
        let keys = keyring(&[1]);
        let mark = keys.sign(Purpose::Trace, &42_u64.to_be_bytes());
        for at in 0..mark.len() {
            for with in ["a", "q", "7"] {
                let mut forged = mark.clone();
                forged.replace_range(at..=at, with);
                assert!(forged == mark || keys.open(Purpose::Trace, &forged).is_none(), "{forged}");
            }
        }
        assert_eq!(keys.open(Purpose::Trace, ""), None);
        assert_eq!(keys.open(Purpose::Trace, "é"), None);
    }

    #[test]
    fn a_derived_token_is_found_again_after_rotation() {
        let token = keyring(&[1]).derive(Purpose::Confirm, b"nonce").remove(0);
        let found = keyring(&[2, 1]).find_derived(Purpose::Confirm, b"nonce", &digest(token.as_bytes()));
        assert_eq!(found, Some(token));
    }
}
