//! A filled-in form as it comes over the wire: urlencoded from a page, JSON from a script.

use serde_json::Value;

use crate::forms::{Given, HONEYPOT};

/// What somebody typed, not judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) address: String,
    /// What was answered, ticked and chosen.
    pub(super) given: Given,
    /// What stands in [`HONEYPOT`].
    pub(super) trap: String,
    /// The version that plain HTML was copied from.
    pub(super) version: Option<i32>,
    /// The pass that came with the shown form.
    pub(super) pass: String,
    /// The numbers that were found for the pass.
    pub(super) work: String,
    /// The address about which the reader was asked before; absent where nobody can be asked.
    pub(super) sure: Option<String>,
}

impl Filled {
    /// Reads `address=…&consent=…&attributes[name]=…`; fields that no form has are dropped.
    pub(super) fn from_urlencoded(body: &[u8]) -> Self {
        // A page can ask again.
        let mut filled = Self { sure: Some(String::new()), ..Self::default() };
        let mut instead = String::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if name == "instead" {
                instead = value.into_owned();
            } else {
                filled.take(&name, value.into_owned());
            }
        }
        if !instead.is_empty() {
            (filled.sure, filled.address) = (Some(instead.clone()), instead);
        }
        filled
    }

    /// One posted field by its name.
    fn take(&mut self, name: &str, value: String) {
        match name {
            "address" => self.address = value,
            "consent" => self.given.is_consent_given = is_yes(&value),
            "lists" | "lists[]" => self.given.lists.push(value),
            "version" => self.version = value.parse().ok(),
            "pass" => self.pass = value,
            "work" => self.work = value,
            "sure" => self.sure = Some(value),
            HONEYPOT => self.trap = value,
            other => {
                if let Some(field) = inside("attributes", other) {
                    self.given.attributes.insert(field.to_owned(), value);
                } else if let Some(purpose) = inside("consents", other).filter(|_| is_yes(&value)) {
                    self.given.purposes.insert(purpose.to_owned());
                }
            }
        }
    }

    /// Reads `{"address": …, "consent": …, "attributes": {…}}`, or the names of the page; `None` for what is no JSON
    /// object.
    pub(super) fn from_json(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let mut filled = Self::default();
        for (name, value) in value.as_object()? {
            match (name.as_str(), value) {
                ("attributes" | "consents", Value::Object(pairs)) => {
                    pairs.iter().for_each(|(key, value)| filled.take(&format!("{name}[{key}]"), text(value)));
                }
                (_, Value::Array(items)) => items.iter().for_each(|item| filled.take(name, text(item))),
                _ => filled.take(name, text(value)),
            }
        }
        Some(filled)
    }

    /// Everything again, for a page that asks one thing more; the pass and its work are its own.
    pub(super) fn unseen(&self) -> Vec<(String, String)> {
        let given = &self.given;
        let mut fields = vec![("address".to_owned(), self.address.clone())];
        fields.extend(self.version.map(|version| ("version".to_owned(), version.to_string())));
        fields.extend(self.sure.clone().map(|sure| ("sure".to_owned(), sure)));
        fields.extend(given.attributes.iter().map(|(name, value)| (format!("attributes[{name}]"), value.clone())));
        fields.extend(given.lists.iter().map(|list| ("lists".to_owned(), list.clone())));
        fields.extend(given.is_consent_given.then(|| ("consent".to_owned(), "on".to_owned())));
        fields.extend(given.purposes.iter().map(|name| (format!("consents[{name}]"), "on".to_owned())));
        fields
    }
}

/// `name` of `kind[name]`.
fn inside<'a>(kind: &str, posted: &'a str) -> Option<&'a str> {
    posted.strip_prefix(kind)?.strip_prefix('[')?.strip_suffix(']')
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

    fn given(attributes: &[(&str, &str)]) -> Given {
        let pairs = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Given { attributes: pairs.collect(), is_consent_given: true, ..Given::default() }
    }

    #[test]
    fn every_encoding_says_the_same() {
        let mut expected = Filled {
            address: "anne@example.org".to_owned(),
            given: Given { lists: vec!["a".to_owned(), "b".to_owned()], ..given(&[("first_name", "Anne É.")]) },
            ..Filled::default()
        };
        expected.given.purposes.insert("calls".to_owned());
        let objects = r#"{"address":"anne@example.org","consent":true,"attributes":{"first_name":"Anne É."},
            "consents":{"calls":true,"visits":false},"lists":["a","b"]}"#;
        let names = r#"{"address":"anne@example.org","consent":"on","attributes[first_name]":"Anne É.",
            "consents[calls]":"yes","lists[]":["a","b"]}"#;
        for json in [objects, names] {
            assert_eq!(Filled::from_json(json.as_bytes()).as_ref(), Some(&expected), "{json}");
        }
        let urlencoded = b"address=anne%40example.org&consent=on&attributes%5Bfirst_name%5D=Anne+%C3%89.&other=1\
            &consents[calls]=on&lists=a&lists=b";
        assert_eq!(Filled::from_urlencoded(urlencoded), Filled { sure: Some(String::new()), ..expected });
    }

    #[test]
    fn what_goes_through_a_page_in_between_comes_back_whole() {
        let body =
            b"address=a%40b.example&consent=on&attributes[x]=1&attributes[y]=a%26b&lists=a&lists=b&consents[c]=on\
            &version=3&sure=a%40b.example";
        let filled = Filled::from_urlencoded(body);
        let again: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled.unseen()).finish();
        assert_eq!(Filled::from_urlencoded(again.as_bytes()), filled);
    }

    #[test]
    fn the_address_that_was_meant_takes_the_place_of_the_other() {
        let filled = Filled::from_urlencoded(b"address=a%40gmial.com&sure=a%40gmial.com&instead=a%40gmail.com");
        assert_eq!((filled.address.as_str(), filled.sure.as_deref()), ("a@gmail.com", Some("a@gmail.com")));
    }

    #[test]
    fn consent_is_only_what_says_yes() {
        for (body, expected) in [("consent=on", true), ("consent=", false), ("", false), ("consent=no", false)] {
            assert_eq!(Filled::from_urlencoded(body.as_bytes()).given.is_consent_given, expected, "{body}");
        }
        for (body, expected) in
            [(r#"{"consent":true}"#, true), (r#"{"consent":false}"#, false), (r#"{"consent":null}"#, false)]
        {
            let filled = Filled::from_json(body.as_bytes());
            assert_eq!(filled.map(|filled| filled.given.is_consent_given), Some(expected));
        }
    }

    #[test]
    fn what_is_no_object_cannot_be_read() {
        for body in ["", "[]", "\"x\"", "{", "{\"address\":"] {
            assert_eq!(Filled::from_json(body.as_bytes()), None, "{body}");
        }
    }
}
