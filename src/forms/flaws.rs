//! What a form may say: checked before it is made or changed, every flaw at once.

use std::collections::BTreeSet;

use url::Url;

use super::{Field, FieldKind, Flaw, Wording};

/// Longest heading or label, in characters.
const LONGEST_LABEL: usize = 200;
/// Longest text to agree to, in characters.
const LONGEST_CONSENT_TEXT: usize = 4000;
/// Most questions and boxes beside the address.
const MOST_FIELDS: usize = 20;
/// Most options of a choice.
const MOST_OPTIONS: usize = 100;
/// Most web sites that a form stands on.
const MOST_ORIGINS: usize = 50;
/// Longest name of a field, in characters.
const LONGEST_FIELD_NAME: usize = 60;

/// Everything that is wrong with what a form says and where it may stand.
#[must_use]
pub fn flaws(wording: &Wording, origins: &[String], redirect_url: Option<&str>) -> Vec<Flaw> {
    let mut found = Vec::new();
    if wording.title.trim().is_empty() || wording.title.chars().count() > LONGEST_LABEL {
        found.push(Flaw::Title);
    }
    if wording.consent_text.chars().count() > LONGEST_CONSENT_TEXT {
        found.push(Flaw::ConsentText);
    }
    found.extend(flaws_of_questions(wording));
    found.extend(wording.look.flaws().into_iter().map(Flaw::Look));
    if origins.len() > MOST_ORIGINS {
        found.push(Flaw::TooManyOrigins);
    }
    found.extend(origins.iter().filter(|origin| !is_origin(origin)).cloned().map(Flaw::Origin));
    match redirect_url {
        Some(url) if !is_web_address(url) => found.push(Flaw::RedirectUrl),
        Some(url) if !leads_to(url, origins) => found.push(Flaw::RedirectOrigin),
        _ => {}
    }
    found
}

fn flaws_of_questions(wording: &Wording) -> Vec<Flaw> {
    let mut found = Vec::new();
    if wording.fields.len() + wording.purposes.len() > MOST_FIELDS {
        found.push(Flaw::TooManyFields);
    }
    let mut seen = BTreeSet::new();
    for field in &wording.fields {
        if !is_field_name(&field.name) || !seen.insert(field.name.as_str()) {
            found.push(Flaw::FieldName(field.name.clone()));
        }
        if field.label.trim().is_empty() || field.label.chars().count() > LONGEST_LABEL {
            found.push(Flaw::FieldLabel(field.name.clone()));
        }
        if !has_fit_options(field) {
            found.push(Flaw::FieldOptions(field.name.clone()));
        }
    }
    for purpose in &wording.purposes {
        if !is_field_name(&purpose.name) || !seen.insert(purpose.name.as_str()) {
            found.push(Flaw::FieldName(purpose.name.clone()));
        }
        if purpose.text.trim().is_empty() || purpose.text.chars().count() > LONGEST_CONSENT_TEXT {
            found.push(Flaw::PurposeText(purpose.name.clone()));
        }
    }
    found
}

/// A choice needs two different options at least; nothing else has any.
fn has_fit_options(field: &Field) -> bool {
    if field.kind != FieldKind::Choice {
        return field.options.is_empty();
    }
    let fit =
        |option: &String| option.trim() == option && !option.is_empty() && option.chars().count() <= LONGEST_LABEL;
    let different: BTreeSet<&String> = field.options.iter().filter(|option| fit(option)).collect();
    different.len() == field.options.len() && (2..=MOST_OPTIONS).contains(&different.len())
}

/// Whether an address lies at one of the registered origins: a form leads nowhere else.
#[must_use]
pub fn leads_to(url: &str, origins: &[String]) -> bool {
    Url::parse(url).is_ok_and(|url| origins.contains(&url.origin().ascii_serialization()))
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
    use super::super::{LookFlaw, Purpose};
    use super::*;

    fn field(name: &str, label: &str) -> Field {
        Field::text(name, label, false)
    }

    fn purpose(name: &str, text: &str) -> Purpose {
        Purpose { name: name.to_owned(), text: text.to_owned(), required: false }
    }

    fn wording(fields: Vec<Field>) -> Wording {
        Wording { title: "Title".to_owned(), consent_text: "I agree".to_owned(), fields, ..Wording::default() }
    }

    #[test]
    fn a_plain_form_has_no_flaw() {
        let origins = ["https://example.org".to_owned(), "http://localhost:8000".to_owned()];
        let plain = wording(vec![field("first_name", "First name")]);
        assert_eq!(flaws(&plain, &origins, Some("https://example.org/thanks?x=1")), vec![]);
        assert_eq!(flaws(&plain, &[], None), vec![]);
    }

    #[test]
    fn every_flaw_is_named_at_once() {
        let mut bad = wording(vec![field("a b", "A"), field("x", " "), field("x", "X")]);
        (bad.title, bad.consent_text) = (" ".to_owned(), "x".repeat(4001));
        bad.purposes = vec![purpose("x", "Calls"), purpose("y", " ")];
        bad.look.text = "#123456".parse().ok();
        let origins = ["https://example.org/page".to_owned(), "*".to_owned(), "javascript:alert(1)".to_owned()];
        assert_eq!(
            flaws(&bad, &origins, Some("javascript:alert(1)")),
            vec![
                Flaw::Title,
                Flaw::ConsentText,
                Flaw::FieldName("a b".to_owned()),
                Flaw::FieldLabel("x".to_owned()),
                Flaw::FieldName("x".to_owned()),
                Flaw::FieldName("x".to_owned()),
                Flaw::PurposeText("y".to_owned()),
                Flaw::Look(LookFlaw::HalfACouple),
                Flaw::Origin(origins[0].clone()),
                Flaw::Origin(origins[1].clone()),
                Flaw::Origin(origins[2].clone()),
                Flaw::RedirectUrl,
            ]
        );
    }

    #[test]
    fn a_form_leads_to_registered_origins_only() {
        let origins = ["https://example.org".to_owned()];
        for (url, is_fine) in [
            ("https://example.org/thanks", true),
            ("https://example.org:443/thanks", true),
            ("http://example.org/thanks", false),
            ("https://example.org.evil.example/", false),
            ("https://example.org@evil.example/", false),
            ("https://evil.example/?https://example.org", false),
        ] {
            let found = flaws(&wording(Vec::new()), &origins, Some(url));
            assert_eq!(found, if is_fine { vec![] } else { vec![Flaw::RedirectOrigin] }, "{url}");
        }
    }

    #[test]
    fn a_choice_has_options_and_nothing_else_has() {
        for (kind, options, is_fine) in [
            (FieldKind::Choice, vec!["Red", "Blue"], true),
            (FieldKind::Choice, vec!["Red"], false),
            (FieldKind::Choice, vec!["Red", "Red"], false),
            (FieldKind::Choice, vec!["Red", " "], false),
            (FieldKind::Text, vec![], true),
            (FieldKind::Date, vec!["Red", "Blue"], false),
        ] {
            let options: Vec<String> = options.into_iter().map(ToOwned::to_owned).collect();
            let asked = Field { kind, options, ..field("x", "X") };
            let expected = if is_fine { vec![] } else { vec![Flaw::FieldOptions("x".to_owned())] };
            assert_eq!(flaws(&wording(vec![asked]), &[], None), expected, "{kind}");
        }
    }
}
