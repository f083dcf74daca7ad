//! The only place that asks the machine what time it is, and how durations are written.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

pub use crate::storage::Timestamp;

/// Says what time it is. A test turns a false one forward by hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's own.
    #[default]
    System,
    /// Stands still at these microseconds since 1970 until somebody moves it.
    False(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `moment`.
    #[must_use]
    pub fn standing_at(moment: Timestamp) -> Self {
        Self::False(Arc::new(AtomicI64::new(moment.micros())))
    }

    /// What time it is.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the edge where time comes in")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => chrono::Utc::now().into(),
            Self::False(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Turns a false clock forward; the machine's own is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::False(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}

/// Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds (`P4D`, `PT1H30M`).
///
/// Years and months are refused: they have no fixed length.
///
/// # Errors
/// A sentence that says what a duration looks like.
pub fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let refused = || format!("`{text}` is not a duration such as PT20M, PT4H or P4D");
    let body = text.strip_prefix('P').ok_or_else(refused)?;
    let (days, clock) = body.split_once('T').map_or((body, None), |(days, clock)| (days, Some(clock)));
    if (days.is_empty() && clock.is_none()) || clock == Some("") {
        return Err(refused());
    }
    let dated = sum_parts(days, &[('W', 604_800), ('D', 86_400)]).ok_or_else(refused)?;
    let timed = sum_parts(clock.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)]).ok_or_else(refused)?;
    dated.checked_add(timed).and_then(TimeDelta::try_seconds).ok_or_else(refused)
}

/// Adds up `12H30M`: each unit at most once and in the given order.
fn sum_parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

/// Writes a duration as ISO 8601, the way [`parse_duration`] reads it.
#[must_use]
pub fn format_duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (days, hours, minutes, rest) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = String::from("P");
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    let clock: String = [(hours, 'H'), (minutes, 'M'), (rest, 'S')]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if !clock.is_empty() {
        text.push('T');
        text.push_str(&clock);
    }
    if text == "P" { "PT0S".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_iso_8601_says() {
        for (text, seconds) in
            [("PT20M", 1200), ("PT4H", 14_400), ("P4D", 345_600), ("P1DT2H3M4S", 93_784), ("P2W", 1_209_600)]
        {
            assert_eq!(parse_duration(text), Ok(TimeDelta::seconds(seconds)), "{text}");
        }
        for text in ["", "P", "PT", "4H", "PT4", "PTH", "P1Y", "PT-4H", "PT4H4H", "PT1M1H", "PT99999999999999999999S"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_duration_reads_back() {
        for seconds in [0, 59, 1200, 14_400, 345_600, 93_784] {
            let length = TimeDelta::seconds(seconds);
            assert_eq!(parse_duration(&format_duration(length)), Ok(length));
        }
    }
}
