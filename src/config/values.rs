//! The given values, and how one of them is read.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use url::Url;

use super::{ConfigError, masked_url};
use crate::clock::parse_duration;

/// The values by variable name, and what to say of one that cannot be used.
pub(super) struct Values<'a>(pub(super) &'a BTreeMap<String, String>);

impl Values<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(&format!("ESTAMPILLE_{}", name.to_uppercase()))
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }

    pub(super) fn read<T>(
        &self,
        name: &str,
        default: impl FnOnce() -> T,
        read: impl FnOnce(&str) -> Option<T>,
        allowed: &str,
    ) -> Result<T, ConfigError> {
        let Some(text) = self.text(name) else { return Ok(default()) };
        read(text).ok_or_else(|| ConfigError::BadValue {
            key: format!("ESTAMPILLE_{}", name.to_uppercase()),
            value: Url::parse(text).map_or_else(|_| masked_text(text), |url| masked_url(&url)),
            allowed: allowed.to_owned(),
        })
    }

    /// [`Values::read`] of what holds a secret: a bad value is not shown.
    pub(super) fn hidden<T: Default>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        allowed: &str,
    ) -> Result<T, ConfigError> {
        self.read(name, T::default, read, allowed).map_err(|error| match error {
            ConfigError::BadValue { key, allowed, .. } => {
                ConfigError::BadValue { key, value: "***".to_owned(), allowed }
            }
            other => other,
        })
    }

    /// Whether the value is the first of two words; the second one is the default.
    pub(super) fn is_first(&self, name: &str, [first, second]: [&str; 2]) -> Result<bool, ConfigError> {
        let read = |text: &str| [first, second].contains(&text).then_some(text == first);
        self.read(name, || false, read, &format!("needs {first} or {second}"))
    }

    pub(super) fn duration(&self, name: &str, default: TimeDelta) -> Result<TimeDelta, ConfigError> {
        let positive = |text: &str| parse_duration(text).ok().filter(|length| *length > TimeDelta::zero());
        self.read(name, || default, positive, "needs an ISO 8601 duration such as PT20M, PT4H or P4D")
    }
}

/// What stands before the last `@` of a text that is no address may be a password.
fn masked_text(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, rest)| format!("***@{rest}"))
}
