//! Twilio SendGrid: ECDSA (P-256, SHA-256) over the timestamp and the body, with the verification key of the webhook
//! ("Getting Started with the Event Webhook Security Features").

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use chrono::TimeDelta;
use data_encoding::BASE64;

use super::{Refused, window};
use crate::clock::Timestamp;

/// The field that carries the signature.
pub(super) const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
/// The field that carries the timestamp.
pub(super) const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// SendGrid tries for a day.
const LONGEST: TimeDelta = TimeDelta::hours(25);

/// Whether a body is SendGrid's.
pub(super) fn check(
    key: &[u8],
    (signature, timestamp): (&str, &str),
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refused> {
    let signature = BASE64.decode(signature.trim().as_bytes()).map_err(|_no_base64| Refused::NotTheirs)?;
    let signed = [timestamp.as_bytes(), body].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    key.verify(&signed, &signature).map_err(|_wrong| Refused::NotTheirs)?;
    window::check(window::of_seconds(timestamp).ok_or(Refused::Unreadable)?, LONGEST, now)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_320_000_000_000);

    #[test]
    fn a_body_is_theirs_by_key_timestamp_and_every_byte() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let sign = |text: &str| BASE64.encode(pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref());
        let at = NOW.seconds().to_string();
        let signature = sign(&format!("{at}[]"));
        let check = |given: (&str, &str), body: &str| check(public.as_ref(), given, body.as_bytes(), NOW);
        assert_eq!(check((&signature, &at), "[]"), Ok(()));
        assert_eq!(check((&signature, &at), "[ ]"), Err(Refused::NotTheirs));
        assert_eq!(check((&signature, "1795320001"), "[]"), Err(Refused::NotTheirs));
        assert_eq!(check(("", ""), "[]"), Err(Refused::NotTheirs));
        let (old, now_is) = ((NOW.seconds() - 26 * 3600).to_string(), "now");
        assert_eq!(check((&sign(&format!("{old}[]")), &old), "[]"), Err(Refused::OutOfTime));
        assert_eq!(check((&sign("now[]"), now_is), "[]"), Err(Refused::Unreadable));
    }
}
