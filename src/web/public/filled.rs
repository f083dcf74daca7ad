//! A filled-in form as it comes over the wire: urlencoded from a page, JSON from a script.

use serde_json::Value;

use crate::forms::Attributes;

/// The field that only machines fill in.
pub(super) const HONEYPOT: &str = "website";

/// What somebody typed, not judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) address: String,
    pub(super) is_consent_given: bool,
    pub(super) attributes: Attributes,
    /// What stands in [`HONEYPOT`].
    pub(super) trap: String,
}

impl Filled {
    /// Reads `address=…&consent=…&attributes[name]=…`; fields that no form has are dropped.
    pub(super) fn from_urlencoded(body: &[u8]) -> Self {
        let mut filled = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match name.as_ref() {
                "address" => filled.address = value.into_owned(),
                "consent" => filled.is_consent_given = is_yes(&value),
                HONEYPOT => filled.trap = value.into_owned(),
                other => {
                    let field = other.strip_prefix("attributes[").and_then(|rest| rest.strip_suffix(']'));
                    if let Some(field) = field {
                        filled.attributes.insert(field.to_owned(), value.into_owned());
                    }
                }
            }
        }
        filled
    }

    /// Reads `{"address": …, "consent": …, "attributes": {…}}`; `None` for what is no JSON object.
    pub(super) fn from_json(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let object = value.as_object()?;
        let attributes = object.get("attributes").and_then(Value::as_object);
        Some(Self {
            address: object.get("address").map(text).unwrap_or_default(),
            is_consent_given: object
                .get("consent")
                .is_some_and(|value| value == &Value::Bool(true) || is_yes(&text(value))),
            attributes: attributes
                .map(|pairs| pairs.iter().map(|(name, value)| (name.clone(), text(value))).collect())
                .unwrap_or_default(),
            trap: object.get(HONEYPOT).map(text).unwrap_or_default(),
        })
    }
}

/// A ticked box sends its value; `on` when the page says nothing else.
fn is_yes(value: &str) -> bool {
    matches!(value, "on" | "yes" | "true" | "1")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_say_the_same() {
        let expected = Filled {
            address: "anne@example.org".to_owned(),
            is_consent_given: true,
            attributes: [("first_name".to_owned(), "Anne É.".to_owned())].into(),
            trap: String::new(),
        };
        let urlencoded = b"address=anne%40example.org&consent=on&attributes%5Bfirst_name%5D=Anne+%C3%89.&other=1";
        assert_eq!(Filled::from_urlencoded(urlencoded), expected);
        let json = r#"{"address":"anne@example.org","consent":true,"attributes":{"first_name":"Anne É."}}"#;
        assert_eq!(Filled::from_json(json.as_bytes()), Some(expected));
    }

    #[test]
    fn consent_is_only_what_says_yes() {
        for (body, expected) in [("consent=on", true), ("consent=", false), ("", false), ("consent=no", false)] {
            assert_eq!(Filled::from_urlencoded(body.as_bytes()).is_consent_given, expected, "{body}");
        }
        for (body, expected) in
            [(r#"{"consent":true}"#, true), (r#"{"consent":false}"#, false), (r#"{"consent":null}"#, false)]
        {
            assert_eq!(Filled::from_json(body.as_bytes()).map(|filled| filled.is_consent_given), Some(expected));
        }
    }

    #[test]
    fn what_is_no_object_cannot_be_read() {
        for body in ["", "[]", "\"x\"", "{", "{\"address\":"] {
            assert_eq!(Filled::from_json(body.as_bytes()), None, "{body}");
        }
    }
}
