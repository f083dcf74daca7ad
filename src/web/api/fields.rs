//! Reads the fields of a JSON object: every field that is wrong is named at once, and one that is not known is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::problem::FieldError;
use super::values::{address, count, not_blank, text, word};
use crate::clock::{Timestamp, parse_duration};
use crate::mail::EmailAddress;
use crate::texts::Language;

/// Something that can be read from the fields of a request.
pub(crate) trait Read: Sized {
    /// Whether it changes something that is there: then `null` would take a thing away, and only some can be.
    const IS_CHANGE: bool = false;

    /// Reads it; what is wrong is noted in `fields`, and then the answer does not matter.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The fields of one JSON object that have not been read yet.
#[derive(Debug)]
pub(crate) struct Fields {
    left: Map<String, Value>,
    path: String,
    asked: Vec<String>,
    errors: Vec<FieldError>,
    is_change: bool,
}

impl Fields {
    /// Reads `T` from a JSON object.
    ///
    /// # Errors
    /// Every field that is wrong, missing or not known.
    pub(crate) fn read<T: Read>(object: Map<String, Value>) -> Result<T, Vec<FieldError>> {
        let mut fields = Self::of(object, String::new(), T::IS_CHANGE);
        let value = T::read(&mut fields);
        fields.refuse_unknown();
        match value {
            Some(value) if fields.errors.is_empty() => Ok(value),
            _ => Err(fields.errors),
        }
    }

    fn of(object: Map<String, Value>, path: String, is_change: bool) -> Self {
        Self { left: object, path, asked: Vec::new(), errors: Vec::new(), is_change }
    }

    /// The names that `T` reads, in order.
    #[cfg(test)]
    pub(crate) fn names<T: Read>() -> Vec<String> {
        let mut fields = Self::of(Map::new(), String::new(), T::IS_CHANGE);
        T::read(&mut fields);
        fields.asked
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> = self.left.keys().cloned().collect();
        for name in unknown {
            self.refuse(&name, "is not known here");
        }
    }

    /// Notes what is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(format!("{}{name}", self.path), message));
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_fine(&self) -> bool {
        self.errors.is_empty()
    }

    /// The raw value; `null` counts as given.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.asked.push(name.to_owned());
        self.left.remove(name)
    }

    /// The value, where it is there and not `null`, as `read` understands it.
    fn maybe<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        match self.take(name)? {
            Value::Null => self.null(name),
            value => read(value).map_err(|message| self.refuse(name, message)).ok(),
        }
    }

    /// `null` is as good as nothing in something new, and an error in a change: this cannot be taken away.
    fn null<T>(&mut self, name: &str) -> Option<T> {
        if self.is_change {
            self.refuse(name, "cannot be taken away, so it cannot be null");
        }
        None
    }

    fn needed<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        match self.take(name) {
            None | Some(Value::Null) => {
                self.refuse(name, "is needed");
                None
            }
            Some(value) => read(value).map_err(|message| self.refuse(name, message)).ok(),
        }
    }

    /// A text that must be there and not be blank.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.needed(name, |value| text(value).and_then(not_blank))
    }

    /// A text that may be missing.
    pub(crate) fn maybe_text(&mut self, name: &str) -> Option<String> {
        self.maybe(name, text)
    }

    /// A text that can be taken away with `null`: `Some(None)`.
    pub(crate) fn clearable_text(&mut self, name: &str) -> Option<Option<String>> {
        self.clearable(name, text)
    }

    /// An address that can be taken away with `null`: `Some(None)`.
    pub(crate) fn clearable_address(&mut self, name: &str) -> Option<Option<EmailAddress>> {
        self.clearable(name, address)
    }

    /// A count that can be taken away with `null`: `Some(None)`.
    pub(crate) fn clearable_count(&mut self, name: &str) -> Option<Option<i64>> {
        self.clearable(name, |value| count(&value))
    }

    fn clearable<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Result<T, String>) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => Some(Some(read(value).map_err(|message| self.refuse(name, message)).ok()?)),
        }
    }

    /// An address that must be there.
    pub(crate) fn address(&mut self, name: &str) -> Option<EmailAddress> {
        self.needed(name, address)
    }

    /// An address that may be missing.
    pub(crate) fn maybe_address(&mut self, name: &str) -> Option<EmailAddress> {
        self.maybe(name, address)
    }

    /// A public id, or a word of one of our enums, that must be there.
    pub(crate) fn word<T: std::str::FromStr>(&mut self, name: &str, what: &'static str) -> Option<T> {
        self.needed(name, |value| word(&value, what))
    }

    /// A public id, or a word of one of our enums, that may be missing.
    pub(crate) fn maybe_word<T: std::str::FromStr>(&mut self, name: &str, what: &'static str) -> Option<T> {
        self.maybe(name, |value| word(&value, what))
    }

    /// A language that has a catalogue and may be missing.
    pub(crate) fn maybe_language(&mut self, name: &str) -> Option<Language> {
        self.maybe(name, |value| text(value)?.parse())
    }

    /// Yes or no, may be missing.
    pub(crate) fn maybe_flag(&mut self, name: &str) -> Option<bool> {
        self.maybe(name, |value| value.as_bool().ok_or_else(|| "needs true or false".to_owned()))
    }

    /// A count, may be missing.
    pub(crate) fn maybe_count(&mut self, name: &str) -> Option<i64> {
        self.maybe(name, |value| count(&value))
    }

    /// A share in percent, in hundredths of a percent; may be missing.
    pub(crate) fn maybe_percent(&mut self, name: &str) -> Option<i64> {
        self.maybe(name, |value| {
            let share = value.as_f64().filter(|share| (0.0..=100.0).contains(share));
            // Between 0 and 10,000, so that nothing is cut off.
            #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
            share.map(|share| (share * 100.0).round() as i64).ok_or_else(|| "needs a number from 0 to 100".to_owned())
        })
    }

    /// A moment (RFC 3339), may be missing.
    pub(crate) fn maybe_moment(&mut self, name: &str) -> Option<Timestamp> {
        self.maybe(name, |value| {
            serde_json::from_value(value).map_err(|_refused| "needs a moment such as 2026-11-21T09:30:00Z".to_owned())
        })
    }

    /// A length of time in seconds (ISO 8601), may be missing.
    pub(crate) fn maybe_duration(&mut self, name: &str) -> Option<i64> {
        self.maybe(name, |value| Ok(parse_duration(&text(value)?)?.num_seconds()))
    }

    /// Texts by name, may be missing.
    pub(crate) fn maybe_texts(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        self.maybe(name, |value| {
            serde_json::from_value(value).map_err(|_refused| "needs an object whose values are texts".to_owned())
        })
    }

    /// A list of texts, may be missing.
    pub(crate) fn maybe_list(&mut self, name: &str) -> Option<Vec<String>> {
        self.maybe(name, |value| serde_json::from_value(value).map_err(|_refused| "needs a list of texts".to_owned()))
    }

    /// An object inside, may be missing.
    pub(crate) fn maybe_object<T: Read>(&mut self, name: &str) -> Option<T> {
        match self.take(name)? {
            Value::Null => self.null(name),
            value => self.inner(name, value),
        }
    }

    /// A list of objects, may be missing.
    pub(crate) fn maybe_objects<T: Read>(&mut self, name: &str) -> Option<Vec<T>> {
        match self.take(name)? {
            Value::Null => self.null(name),
            Value::Array(items) => {
                let read = |(at, item)| self.inner(&format!("{name}[{at}]"), item);
                items.into_iter().enumerate().map(read).collect()
            }
            _ => {
                self.refuse(name, "needs a list of objects");
                None
            }
        }
    }

    fn inner<T: Read>(&mut self, name: &str, value: Value) -> Option<T> {
        let Value::Object(object) = value else {
            self.refuse(name, "needs an object");
            return None;
        };
        let mut fields = Self::of(object, format!("{}{name}.", self.path), T::IS_CHANGE);
        let value = T::read(&mut fields);
        fields.refuse_unknown();
        self.errors.append(&mut fields.errors);
        value
    }
}
