//! When and how fast a campaign goes out, as a form: read for the page, for the curve and for the act alike.

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::campaigns::Schedule;
use crate::clock::Timestamp;
use crate::pacing::{Hours, Pace, Plan};
use crate::texts::Texts;
use crate::web::page::Problems;

/// What is typed about a schedule. Everything may be missing: then it is the suggestion.
#[derive(Deserialize, Serialize, Clone, Debug)]
#[serde(default)]
pub(super) struct ScheduleForm {
    /// `YYYY-MM-DDTHH:MM` in the time zone below; now when empty.
    pub(super) start_at: String,
    /// `spread` or `rate`.
    pub(super) pace: String,
    pub(super) spread_hours: String,
    pub(super) spread_minutes: String,
    pub(super) per_hour: String,
    /// Present when only some hours of the day are wanted.
    pub(super) has_hours: Option<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) timezone: String,
}

impl Default for ScheduleForm {
    fn default() -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            start_at: String::new(),
            pace: text("spread"),
            spread_hours: text("4"),
            spread_minutes: text("0"),
            per_hour: text("500"),
            has_hours: None,
            from: text("08:00"),
            to: text("20:00"),
            timezone: text("UTC"),
        }
    }
}

impl ScheduleForm {
    /// The suggestion for a reader of this language.
    pub(super) fn suggested(texts: Texts) -> Self {
        Self { timezone: texts.say("usual-timezone"), ..Self::default() }
    }

    /// The form as a running campaign's plan fills it.
    pub(super) fn of(plan: &Plan) -> Self {
        let suggestion = Self::default();
        match plan.pace() {
            Pace::SpreadOver { seconds } => Self {
                spread_hours: (seconds / 3600).to_string(),
                spread_minutes: (seconds % 3600 / 60).to_string(),
                ..suggestion
            },
            Pace::PerHour { count } => Self { pace: "rate".to_owned(), per_hour: count.to_string(), ..suggestion },
        }
    }

    pub(super) fn is_spread(&self) -> bool {
        self.pace != "rate"
    }

    /// The pace that was typed.
    pub(super) fn pace(&self, problems: &mut Problems, texts: Texts) -> Option<Pace> {
        let number = |text: &str| if text.trim().is_empty() { Some(0) } else { text.trim().parse::<i64>().ok() };
        let pace = if self.is_spread() {
            let length = number(&self.spread_hours).zip(number(&self.spread_minutes));
            length.map(|(hours, minutes)| Pace::SpreadOver {
                seconds: hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60)),
            })
        } else {
            number(&self.per_hour).map(|count| Pace::PerHour { count })
        };
        if pace.is_none() {
            problems.add(if self.is_spread() { "spread_hours" } else { "per_hour" }, texts.say("not-a-number"));
        }
        pace
    }

    /// The schedule that was typed, or what cannot be read in it.
    pub(super) fn read(&self, allows_unverified_domains: bool, texts: Texts) -> Result<Schedule, Problems> {
        let mut problems = Problems::default();
        let pace = self.pace(&mut problems, texts);
        let zone: Option<Tz> = self.timezone.trim().parse().ok();
        if zone.is_none() {
            problems.add("timezone", texts.say("schedule-bad-timezone"));
        }
        let start_at = self.start(zone.unwrap_or(Tz::UTC), &mut problems, texts);
        let hours = self.has_hours.as_ref().and_then(|_| Hours::read(&self.from, &self.to, self.timezone.trim()));
        if self.has_hours.is_some() && hours.is_none() {
            problems.add("from", texts.say("schedule-bad-hours"));
        }
        match pace {
            Some(pace) if problems.is_empty() => Ok(Schedule { start_at, pace, hours, allows_unverified_domains }),
            _ => Err(problems),
        }
    }

    fn start(&self, zone: Tz, problems: &mut Problems, texts: Texts) -> Option<Timestamp> {
        let typed = self.start_at.trim();
        if typed.is_empty() {
            return None;
        }
        let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|shape| NaiveDateTime::parse_from_str(typed, shape).ok());
        let moment = read.and_then(|local| zone.from_local_datetime(&local).earliest());
        if moment.is_none() {
            problems.add("start_at", texts.say("schedule-bad-start"));
        }
        moment.map(|moment| moment.to_utc().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    const TEXTS: Texts = Texts(Language::ENGLISH);

    #[test]
    fn a_start_is_read_in_the_time_zone_that_was_chosen() {
        let form = ScheduleForm {
            start_at: "2026-11-23T09:30".to_owned(),
            timezone: "Europe/Paris".to_owned(),
            has_hours: Some("yes".to_owned()),
            ..ScheduleForm::default()
        };
        let schedule = form.read(false, TEXTS).expect("a schedule");
        assert_eq!(schedule.start_at.map(|at| at.rfc3339()).as_deref(), Some("2026-11-23T08:30:00Z"));
        assert_eq!((schedule.pace, schedule.hours.is_some()), (Pace::SpreadOver { seconds: 14_400 }, true));
    }

    #[test]
    fn each_field_that_cannot_be_read_has_its_problem() {
        let bad = |text: &str| text.to_owned();
        let form = ScheduleForm {
            start_at: bad("tomorrow"),
            spread_hours: bad("many"),
            timezone: bad("Paris"),
            has_hours: Some(bad("yes")),
            from: bad("8"),
            ..ScheduleForm::default()
        };
        let problems = form.read(false, TEXTS).expect_err("problems");
        for field in ["start_at", "spread_hours", "timezone", "from"] {
            assert!(!problems.of(field).is_empty(), "{field}");
        }
    }
}
