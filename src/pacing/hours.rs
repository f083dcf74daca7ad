//! The hours of the day in which a campaign may go out, in a time zone with its summer time.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A daily window such as 08:00 to 20:00 in Europe/Paris; over midnight when `to` lies before `from`.
///
/// Equal times leave the whole day open. An edge that the clock shows twice happens the first time, one that the clock
/// skips happens when it jumps: so the open time of a day is what the clock on the wall says, summer time included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// When it opens.
    #[serde(with = "hour_and_minute")]
    pub from: NaiveTime,
    /// When it closes.
    #[serde(with = "hour_and_minute")]
    pub to: NaiveTime,
    /// Where the clock hangs (IANA name).
    pub timezone: Tz,
}

impl Hours {
    /// Reads `HH:MM` twice and an IANA name; `24:00` is midnight.
    #[must_use]
    pub fn read(from: &str, to: &str, timezone: &str) -> Option<Self> {
        Some(Self { from: read_time(from)?, to: read_time(to)?, timezone: timezone.parse().ok()? })
    }

    /// How much of a usual day is open.
    #[must_use]
    pub fn of_a_day(&self) -> TimeDelta {
        TimeDelta::microseconds(self.micros_of_a_day())
    }

    /// On how many hours of a day mail leaves; on all where nothing is said.
    #[must_use]
    pub fn open_of_a_day(hours: Option<Self>) -> i64 {
        hours.map_or(24, |hours| hours.of_a_day().num_hours().max(1))
    }

    /// Whether it is open at this moment.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        // From three days before to two after: no window around this moment lies outside of them.
        self.windows(now).take(6).any(|(opens, closes)| opens <= now && now < closes)
    }

    /// The open time from `start` to `end`, in microseconds.
    #[must_use]
    pub fn open_between(&self, start: Timestamp, end: Timestamp) -> i64 {
        let (mut open, mut looked_up_to) = (0_i64, start);
        for (opens, closes) in self.windows(start) {
            if opens >= end {
                return open;
            }
            open += closes.min(end).micros().saturating_sub(opens.max(start).micros()).max(0);
            looked_up_to = looked_up_to.max(closes);
        }
        open.saturating_add(self.far_open(end.micros().saturating_sub(looked_up_to.micros()).max(0)))
    }

    /// When `open` microseconds of open time have passed since `start`.
    #[must_use]
    pub fn after(&self, start: Timestamp, open: i64) -> Timestamp {
        let (mut left, mut looked_up_to) = (open, start);
        for (opens, closes) in self.windows(start) {
            let begins = opens.max(start).micros();
            let length = closes.micros().saturating_sub(begins).max(0);
            if length > 0 && left <= length {
                return Timestamp::from_micros(begins.saturating_add(left));
            }
            left -= length;
            looked_up_to = looked_up_to.max(closes);
        }
        Timestamp::from_micros(looked_up_to.micros().saturating_add(self.far_after(left)))
    }

    /// The open time in so much time behind the windows that are looked up.
    fn far_open(&self, passed: i64) -> i64 {
        let open = self.micros_of_a_day();
        (passed / DAY).saturating_mul(open).saturating_add((passed % DAY - (DAY - open)).max(0))
    }

    /// How much time has so much open time in it, behind the windows that are looked up.
    fn far_after(&self, open: i64) -> i64 {
        let daily = self.micros_of_a_day();
        let days = (open - 1).max(0) / daily;
        days.saturating_mul(DAY).saturating_add(DAY - daily).saturating_add(open - days * daily)
    }

    /// The open time of a day on which the clocks do not change, in microseconds.
    fn micros_of_a_day(&self) -> i64 {
        let length = (self.to - self.from).num_microseconds().unwrap_or(0).rem_euclid(DAY);
        if length == 0 { DAY } else { length }
    }

    /// The windows from the one that may contain `start` on, each as its opening and closing moment; a good two years.
    fn windows(&self, start: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let hours = *self;
        // Three days back: the date here, over midnight, and over the date line of a zone that changed sides.
        let first = start.utc().date_naive().checked_sub_days(Days::new(3));
        let days = first.into_iter().flat_map(|day| day.iter_days());
        days.take(LOOKED_UP).map_while(move |day| hours.window_of(day))
    }

    /// None on the last day that there is.
    fn window_of(&self, day: NaiveDate) -> Option<(Timestamp, Timestamp)> {
        let last = if self.to > self.from { day } else { day.succ_opt()? };
        Some((self.moment(day.and_time(self.from)), self.moment(last.and_time(self.to))))
    }

    /// When the clock on the wall first shows this time, or jumps over it.
    fn moment(&self, wall: NaiveDateTime) -> Timestamp {
        let mut shown = wall;
        // No zone ever skipped more than a day.
        for _ in 0..=1440 {
            if let Some(moment) = self.timezone.from_local_datetime(&shown).earliest() {
                return moment.to_utc().into();
            }
            let Some(next) = shown.checked_add_signed(TimeDelta::minutes(1)) else { break };
            shown = next;
        }
        wall.and_utc().into()
    }
}

/// So many windows are looked up one by one. Behind them every day counts as one on which the clocks do not change, so
/// that the longest plan is worked out in no time.
const LOOKED_UP: usize = 800;
/// Microseconds.
const DAY: i64 = 86_400_000_000;

fn read_time(text: &str) -> Option<NaiveTime> {
    if text == "24:00" { Some(NaiveTime::MIN) } else { NaiveTime::parse_from_str(text, "%H:%M").ok() }
}

mod hour_and_minute {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format("%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::read_time(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time such as 08:00")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn at(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    fn paris(from: &str, to: &str) -> Hours {
        Hours::read(from, to, "Europe/Paris").unwrap()
    }

    /// From local midnight to local midnight of the days on which the clocks change, and of an ordinary one.
    #[test]
    fn a_day_of_summer_time_has_23_24_or_25_open_hours() {
        for (start, end, from, to, open) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "00:00", "00:00", 23 * HOUR),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "00:00", "00:00", 25 * HOUR),
            ("2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", "00:00", "00:00", 24 * HOUR),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "01:00", "04:00", 2 * HOUR),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "01:00", "04:00", 4 * HOUR),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "02:30", "03:30", HOUR / 2),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "08:00", "20:00", 12 * HOUR),
            ("2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z", "22:00", "06:00", 8 * HOUR),
        ] {
            assert_eq!(paris(from, to).open_between(at(start), at(end)), open, "{start} {from}–{to}");
        }
    }

    #[test]
    fn a_window_over_midnight_is_open_on_both_sides_of_it() {
        let hours = paris("22:00", "02:00");
        assert_eq!(hours.open_between(at("2026-07-01T23:00:00Z"), at("2026-07-02T12:00:00Z")), HOUR);
        assert_eq!(
            hours.after(at("2026-07-01T23:00:00Z"), HOUR + 1),
            at("2026-07-02T20:00:00Z") + TimeDelta::microseconds(1)
        );
    }

    #[test]
    fn the_moment_after_some_open_time_has_that_much_open_time_before_it() {
        let start = at("2026-10-23T05:13:00Z");
        for hours in [paris("08:00", "20:00"), paris("20:00", "02:30"), paris("02:15", "02:15")] {
            for minutes in [1, 59, 720, 721, 5000] {
                let open = minutes * 60_000_000;
                assert_eq!(hours.open_between(start, hours.after(start, open)), open, "{hours:?} {minutes}");
            }
        }
    }

    #[test]
    fn it_is_open_from_the_first_moment_of_a_window_to_before_its_last() {
        for (from, to, now, is_open) in [
            ("08:00", "20:00", "2026-07-01T05:59:59Z", false),
            ("08:00", "20:00", "2026-07-01T06:00:00Z", true),
            ("08:00", "20:00", "2026-07-01T17:59:59Z", true),
            ("08:00", "20:00", "2026-07-01T18:00:00Z", false),
            ("22:00", "02:00", "2026-06-30T23:00:00Z", true),
            ("22:00", "02:00", "2026-07-01T01:00:00Z", false),
            ("00:00", "00:00", "2026-07-01T01:00:00Z", true),
        ] {
            assert_eq!(paris(from, to).is_open(at(now)), is_open, "{from}–{to} {now}");
        }
    }

    /// A minute a day: centuries for what a campaign does in a week. It is worked out at once, and nothing is lost.
    #[test]
    fn open_time_of_centuries_is_worked_out_without_walking_through_them() {
        let start = at("2026-10-23T05:13:00Z");
        let a_minute = paris("08:00", "08:01");
        for open in [HOUR, 13 * HOUR + 1, 14 * HOUR, 1000 * HOUR, 1_000_000 * HOUR] {
            let end = a_minute.after(start, open);
            assert_eq!(a_minute.open_between(start, end), open);
            assert_eq!(a_minute.open_between(start, end - TimeDelta::microseconds(1)), open - 1);
        }
        let ten_thousand_days = a_minute.after(start, 10_000 * HOUR / 60).since(start).num_days();
        assert!((9_999..=10_001).contains(&ten_thousand_days), "{ten_thousand_days}");
    }

    #[test]
    fn the_first_and_the_last_moments_that_there_are_do_no_harm() {
        let ends: [Timestamp; 2] =
            [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC].map(Into::into);
        for start in ends.into_iter().chain([i64::MIN, i64::MAX].map(Timestamp::from_micros)) {
            for hours in [paris("08:00", "20:00"), paris("20:00", "08:00"), paris("00:00", "00:00")] {
                for near in [start, start - TimeDelta::days(5), start + TimeDelta::days(5)] {
                    assert!(hours.after(near, i64::MAX) >= near);
                    assert!(hours.open_between(near, Timestamp::from_micros(i64::MAX)) >= 0);
                    let _is_answered = hours.is_open(near);
                }
            }
        }
    }

    #[test]
    fn hours_are_written_as_the_interface_writes_them() {
        let text = r#"{"from":"08:00","to":"20:00","timezone":"Europe/Paris"}"#;
        let hours: Hours = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&hours).unwrap(), text);
        assert_eq!(Hours::read("08:00", "24:00", "UTC").map(|hours| hours.to), Some(NaiveTime::MIN));
        for (from, to, zone) in [("8", "20:00", "UTC"), ("08:00", "25:00", "UTC"), ("08:00", "20:00", "Mars/Base")] {
            assert_eq!(Hours::read(from, to, zone), None);
        }
    }
}
