//! Mailgun: HMAC-SHA-256 over `timestamp` and `token` with the signing key ("Securing Webhooks" in its user manual). The
//! event itself is not signed, so a token proves one event only ([`crate::bounces::hook_tokens`]).

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::Value;

use super::{Proven, Refused, window};
use crate::clock::Timestamp;
use crate::keyring::{hex, is_same, keyed_hash};

/// Mailgun tries for eight hours, and asks not to be strict.
const LONGEST: TimeDelta = TimeDelta::hours(9);
/// Longest token that is remembered; they have fifty characters.
const LONGEST_TOKEN: usize = 200;

#[derive(Deserialize)]
struct Call {
    signature: Signature,
    #[serde(rename = "event-data")]
    event: Value,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: Value,
    token: String,
    signature: String,
}

/// The event in a call, when the call is Mailgun's.
pub(super) fn check(key: &str, body: &[u8], now: Timestamp) -> Result<Proven, Refused> {
    let call: Call = serde_json::from_slice(body).map_err(|_unlike| Refused::Unreadable)?;
    let Signature { timestamp, token, signature } = call.signature;
    let timestamp = match timestamp {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let wanted = hex(&keyed_hash(key.as_bytes(), format!("{timestamp}{token}").as_bytes()));
    let is_theirs = is_same(wanted.as_bytes(), signature.to_ascii_lowercase().as_bytes());
    if !is_theirs || token.is_empty() || token.len() > LONGEST_TOKEN {
        return Err(Refused::NotTheirs);
    }
    window::check(window::of_seconds(&timestamp).ok_or(Refused::Unreadable)?, LONGEST, now)?;
    Ok(Proven::EventsOnce(call.event.to_string().into_bytes(), token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_320_000_000_000);

    fn call(key: &str, at: i64) -> String {
        let signature = hex(&keyed_hash(key.as_bytes(), format!("{at}token").as_bytes()));
        format!(
            r#"{{"signature":{{"timestamp":"{at}","token":"token","signature":"{signature}"}},"event-data":{{"a":1}}}}"#
        )
    }

    #[test]
    fn a_call_is_theirs_by_key_and_time() {
        let at = NOW.seconds();
        let event = Proven::EventsOnce(b"{\"a\":1}".to_vec(), "token".to_owned());
        assert_eq!(check("key", call("key", at).as_bytes(), NOW), Ok(event));
        assert_eq!(check("key", call("other", at).as_bytes(), NOW), Err(Refused::NotTheirs));
        assert_eq!(check("key", call("key", at - 10 * 3600).as_bytes(), NOW), Err(Refused::OutOfTime));
        assert_eq!(check("key", call("key", at + 3600).as_bytes(), NOW), Err(Refused::OutOfTime));
        let moved = call("key", at).replace(&at.to_string(), &(at + 1).to_string());
        assert_eq!(check("key", moved.as_bytes(), NOW), Err(Refused::NotTheirs));
        let whole = call("key", at);
        assert_eq!(check("key", &whole.as_bytes()[..whole.len() - 1], NOW), Err(Refused::Unreadable));
        assert_eq!(check("key", b"{}", NOW), Err(Refused::Unreadable));
    }
}
