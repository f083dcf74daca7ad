//! What Postmark and Brevo document: the password in the URL that they call, which comes as HTTP Basic (RFC 7617), or
//! for Brevo a bearer token (RFC 6750). They sign nothing, so there is no window: the events are known by their content.

use data_encoding::BASE64;

use super::Refused;
use crate::keyring::is_same;

/// Whether an `Authorization` field is the one that belongs to this secret.
pub(super) fn check(secret: &str, authorization: &str) -> Result<(), Refused> {
    let (scheme, given) = authorization.trim().split_once(' ').unwrap_or_default();
    let wanted = match scheme.to_ascii_lowercase().as_str() {
        "basic" if secret.contains(':') => BASE64.encode(secret.as_bytes()),
        "bearer" => secret.to_owned(),
        _ => return Err(Refused::NotTheirs),
    };
    if is_same(wanted.as_bytes(), given.trim().as_bytes()) { Ok(()) } else { Err(Refused::NotTheirs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_comes_as_basic_and_a_token_as_bearer() {
        let pair = "postmark:0123456789";
        assert_eq!(check(pair, &format!("Basic {}", BASE64.encode(pair.as_bytes()))), Ok(()));
        assert_eq!(check("0123456789abcdef", "bearer 0123456789abcdef"), Ok(()));
        for (secret, given) in [
            (pair, ""),
            (pair, "Basic"),
            (pair, "Basic cG9zdG1hcms6MDEyMzQ1Njc4"),
            (pair, "Digest x"),
            ("0123456789abcdef", "Basic MDEyMzQ1Njc4OWFiY2RlZg=="),
            ("0123456789abcdef", "Bearer 0123456789abcde"),
        ] {
            assert_eq!(check(secret, given), Err(Refused::NotTheirs), "{given}");
        }
    }
}
