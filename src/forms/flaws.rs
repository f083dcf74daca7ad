//! What a form may say: checked before it is made or changed, every flaw at once.

use std::collections::BTreeSet;

use url::Url;

use super::{Field, Flaw};

/// Longest heading or label, in characters.
const LONGEST_LABEL: usize = 200;
/// Longest text to agree to, in characters.
const LONGEST_CONSENT_TEXT: usize = 4000;
/// Most questions beside the address.
const MOST_FIELDS: usize = 20;
/// Longest name of a field, in characters.
const LONGEST_FIELD_NAME: usize = 60;

/// Everything that is wrong with the words and addresses of a form.
#[must_use]
pub fn flaws(
    title: &str,
    consent_text: &str,
    fields: &[Field],
    origins: &[String],
    redirect_url: Option<&str>,
) -> Vec<Flaw> {
    let mut found = Vec::new();
    if title.trim().is_empty() || title.chars().count() > LONGEST_LABEL {
        found.push(Flaw::Title);
    }
    if consent_text.chars().count() > LONGEST_CONSENT_TEXT {
        found.push(Flaw::ConsentText);
    }
    found.extend(flaws_of_fields(fields));
    found.extend(origins.iter().filter(|origin| !is_origin(origin)).cloned().map(Flaw::Origin));
    if redirect_url.is_some_and(|url| !is_web_address(url)) {
        found.push(Flaw::RedirectUrl);
    }
    found
}

fn flaws_of_fields(fields: &[Field]) -> Vec<Flaw> {
    let mut found = Vec::new();
    if fields.len() > MOST_FIELDS {
        found.push(Flaw::TooManyFields);
    }
    let mut seen = BTreeSet::new();
    for field in fields {
        if !is_field_name(&field.name) || !seen.insert(field.name.as_str()) {
            found.push(Flaw::FieldName(field.name.clone()));
        }
        if field.label.trim().is_empty() || field.label.chars().count() > LONGEST_LABEL {
            found.push(Flaw::FieldLabel(field.name.clone()));
        }
    }
    found
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_FIELD_NAME
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// RFC 6454: scheme, host and port, and nothing after them; only such a text can stand in a header of ours.
fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, label: &str) -> Field {
        Field { name: name.to_owned(), label: label.to_owned(), required: false }
    }

    #[test]
    fn a_plain_form_has_no_flaw() {
        let origins = ["https://example.org".to_owned(), "http://localhost:8000".to_owned()];
        let fields = [field("first_name", "First name")];
        assert_eq!(flaws("Title", "I agree", &fields, &origins, Some("https://example.org/thanks?x=1")), vec![]);
    }

    #[test]
    fn every_flaw_is_named_at_once() {
        let fields = [field("a b", "A"), field("x", " "), field("x", "X")];
        let origins = ["https://example.org/page".to_owned(), "*".to_owned(), "javascript:alert(1)".to_owned()];
        let found = flaws(" ", &"x".repeat(4001), &fields, &origins, Some("javascript:alert(1)"));
        assert_eq!(
            found,
            vec![
                Flaw::Title,
                Flaw::ConsentText,
                Flaw::FieldName("a b".to_owned()),
                Flaw::FieldLabel("x".to_owned()),
                Flaw::FieldName("x".to_owned()),
                Flaw::Origin(origins[0].clone()),
                Flaw::Origin(origins[1].clone()),
                Flaw::Origin(origins[2].clone()),
                Flaw::RedirectUrl,
            ]
        );
    }
}
