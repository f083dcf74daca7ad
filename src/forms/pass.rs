//! The signed pass that comes with a shown form, and what it proves when it comes back: that the form was really shown,
//! when, in which version, and that the reader's machine worked for it or the reader waited.
//!
//! The work needs no puzzle and no outside service (A11Y-02): for each of [`PARTS`] parts the machine looks for a number
//! whose SHA-256 with the pass starts with so many zero bits. Several small parts take much the same time each time,
//! where one large one may be lucky or not. Who has no script waits instead.

use crate::keyring::{Keyring, Purpose, digest};
use crate::storage::{FormId, Language, Timestamp};

/// How many numbers are looked for.
pub const PARTS: usize = 16;
/// Zero bits that a form asks for first: a quarter of a million hashes, a second on a phone.
pub const FIRST_BITS: u8 = 14;
/// Most zero bits that a form ever asks for: a million hashes, a few seconds on a phone.
pub const MOST_BITS: u8 = 16;
/// How long a pass is worth something, in seconds: a form may stay open for a day.
pub const LIFETIME_SECONDS: i64 = 86_400;

/// What a pass says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The version of the form that was shown.
    pub version: i32,
    /// The zero bits that were asked for; none when the form asked for no work.
    pub bits: u8,
    /// In which language our own words stood on it; none where we handed out the pass alone, for a form that we did not
    /// draw. It proves something only for a post that names the same version.
    pub language: Option<Language>,
    /// When the form was shown.
    pub issued_at: Timestamp,
}

/// What a filled-in form brings along to show that a person sent it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: a form without a pass of ours, such as plain HTML, or a pass that is worth nothing.
    #[default]
    Nothing,
    /// A pass of a form that was really shown.
    Shown {
        /// The digest of the pass: it proves once.
        pass_hash: Vec<u8>,
        /// Seconds since the form was shown.
        seconds: i64,
        /// The zero bits that were worked for.
        bits: u8,
    },
}

/// How many random bytes a pass holds.
const RANDOM: usize = 8;

/// A new pass; the random part makes each one its own.
#[must_use]
pub fn issue(keys: &Keyring, form: FormId, pass: Pass, random: [u8; RANDOM]) -> String {
    let mut payload = form.bytes().to_vec();
    payload.extend_from_slice(&pass.version.to_be_bytes());
    payload.push(pass.bits);
    payload.extend_from_slice(&pass.issued_at.seconds().to_be_bytes());
    payload.extend_from_slice(&random);
    payload.extend_from_slice(pass.language.map_or("", Language::tag).as_bytes());
    keys.sign(Purpose::FormPass, &payload)
}

/// What a pass of this form says; `None` for one that is forged, for another form, or too old.
#[must_use]
pub fn open(keys: &Keyring, form: FormId, text: &str, now: Timestamp) -> Option<Pass> {
    let payload = keys.open(Purpose::FormPass, text)?;
    let (id, rest) = payload.split_first_chunk::<16>()?;
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let (bits, rest) = rest.split_first()?;
    let (seconds, rest) = rest.split_first_chunk::<8>()?;
    // Passes from before the language was said end after the random part.
    let language = rest.get(RANDOM..).and_then(|tag| std::str::from_utf8(tag).ok()?.parse().ok());
    let issued = i64::from_be_bytes(*seconds);
    let age = now.seconds().checked_sub(issued)?;
    let issued_at = Timestamp::from_micros(issued.checked_mul(1_000_000)?);
    let is_ours = id == form.bytes() && (0..=LIFETIME_SECONDS).contains(&age);
    is_ours.then_some(Pass { version: i32::from_be_bytes(*version), bits: *bits, language, issued_at })
}

/// What a pass and the numbers found for it prove, as they were sent.
#[must_use]
pub fn prove(text: &str, pass: &Pass, numbers: &str, now: Timestamp) -> Proof {
    let is_worked = pass.bits > 0 && is_worked(text, pass.bits, numbers);
    Proof::Shown {
        // A mark opens in either case, and is the same mark.
        pass_hash: digest(text.to_ascii_lowercase().as_bytes()).to_vec(),
        seconds: now.since(pass.issued_at).num_seconds(),
        bits: if is_worked { pass.bits } else { 0 },
    }
}

/// Whether each part has its number: `SHA-256("{pass}.{part}.{number}")` starts with `bits` zero bits.
fn is_worked(text: &str, bits: u8, numbers: &str) -> bool {
    let found: Vec<&str> = numbers.split('.').take(PARTS + 1).collect();
    let is_number =
        |number: &str| !number.is_empty() && number.len() <= 12 && number.bytes().all(|byte| byte.is_ascii_digit());
    found.len() == PARTS
        && found.iter().enumerate().all(|(part, number)| {
            is_number(number) && zero_bits(&digest(format!("{text}.{part}.{number}").as_bytes())) >= u32::from(bits)
        })
}

fn zero_bits(hash: &[u8]) -> u32 {
    let mut count = 0;
    for byte in hash {
        count += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn keys() -> Keyring {
        Keyring::new(vec![[7; 32]]).unwrap()
    }

    fn pass(bits: u8) -> Pass {
        Pass { version: 3, bits, language: Some(Language::ENGLISH), issued_at: NOW }
    }

    fn work(text: &str, bits: u8) -> String {
        let number = |part| {
            (0..u64::MAX)
                .find(|number| zero_bits(&digest(format!("{text}.{part}.{number}").as_bytes())) >= u32::from(bits))
                .unwrap()
        };
        (0..PARTS).map(|part| number(part).to_string()).collect::<Vec<_>>().join(".")
    }

    #[test]
    fn a_pass_says_what_was_shown_and_when_and_only_for_its_own_form() {
        let (form, later) = (FormId::new(), NOW + chrono::TimeDelta::seconds(60));
        let text = issue(&keys(), form, pass(14), [1; 8]);
        assert_eq!(open(&keys(), form, &text, later), Some(pass(14)));
        let bare = Pass { language: None, ..pass(14) };
        assert_eq!(open(&keys(), form, &issue(&keys(), form, bare, [1; 8]), later), Some(bare));
        assert_eq!(open(&keys(), FormId::new(), &text, later), None);
        assert_eq!(open(&keys(), form, &text, NOW + chrono::TimeDelta::days(2)), None);
        assert_eq!(open(&keys(), form, &text, NOW - chrono::TimeDelta::seconds(1)), None);
        assert_eq!(open(&keys(), form, "", NOW), None);
    }

    #[test]
    fn work_counts_when_every_part_of_it_was_done_for_this_pass() {
        let form = FormId::new();
        let text = issue(&keys(), form, pass(6), [1; 8]);
        let numbers = work(&text, 6);
        let proven = |text: &str, numbers: &str| match prove(text, &pass(6), numbers, NOW) {
            Proof::Shown { bits, .. } => bits,
            Proof::Nothing => 0,
        };
        assert_eq!(proven(&text, &numbers), 6);
        let other = issue(&keys(), form, pass(6), [2; 8]);
        let one_short = numbers.rsplit_once('.').unwrap().0.to_owned();
        for (text, numbers) in [
            (&text, String::new()),
            (&text, format!("{numbers}.1")),
            (&text, format!("{one_short}.x")),
            (&text, format!("{one_short}.+1")),
            (&text, one_short),
            (&other, numbers),
        ] {
            assert_eq!(proven(text, &numbers), 0, "{numbers}");
        }
    }

    #[test]
    fn a_pass_in_capitals_is_the_same_pass() {
        let text = issue(&keys(), FormId::new(), pass(0), [1; 8]);
        assert_eq!(prove(&text, &pass(0), "", NOW), prove(&text.to_uppercase(), &pass(0), "", NOW));
    }

    #[test]
    fn zero_bits_are_counted_over_bytes() {
        for (hash, bits) in [([0x80, 0], 0), ([0x01, 0xff], 7), ([0, 0x0f], 12), ([0, 0], 16)] {
            assert_eq!(zero_bits(&hash), bits, "{hash:?}");
        }
    }
}
