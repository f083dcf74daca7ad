//! Single JSON values as the fields of a request take them; what is wrong is said in a few words.

use serde_json::Value;

use crate::mail::EmailAddress;
use crate::texts::{Language, Texts};

pub(super) fn text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err("needs a text".to_owned()),
    }
}

pub(super) fn not_blank(text: String) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) }
}

pub(super) fn word<T: std::str::FromStr>(value: &Value, what: &'static str) -> Result<T, String> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| format!("needs {what}"))
}

pub(super) fn count(value: &Value) -> Result<i64, String> {
    value.as_i64().filter(|count| *count >= 0).ok_or_else(|| "needs a whole number, 0 or more".to_owned())
}

pub(super) fn address(value: Value) -> Result<EmailAddress, String> {
    EmailAddress::parse(&text(value)?).map_err(|error| Texts(Language::ENGLISH).say(error.key()))
}
