//! The curve of a campaign as its pages draw it: what the plan foresees, what was really accepted.
//!
//! Pure: from values to the coordinates of an SVG that is 1000 wide and 400 high and has its origin at the top left.
//! The labels are HTML beside it, so that they keep their size on a phone.

use chrono::{Datelike as _, TimeDelta};
use chrono_tz::Tz;

use crate::campaigns::Minute;
use crate::clock::Timestamp;
use crate::pacing::Plan;
use crate::texts::Texts;

const WIDTH: i64 = 1000;
const HEIGHT: i64 = 400;
/// Points of the planned curve: enough for nights in which nothing goes.
const POINTS: usize = 160;

/// What there is to draw.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The plan; its leg in force is drawn.
    pub plan: &'a Plan,
    /// When the first delivery may go, or went.
    pub start: Timestamp,
    /// What was recorded, minute by minute.
    pub minutes: &'a [Minute],
    /// How far the real curve reaches: now, or when the campaign ended. Nothing real is drawn without it.
    pub real_until: Option<Timestamp>,
}

/// A drawn curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// Path of the planned line.
    pub plan: String,
    /// Path of the filled area of what was accepted; empty before the start.
    pub area: String,
    /// Path of the area's upper edge.
    pub edge: String,
    /// Where now is, between 0 and 1000, while something is real.
    pub now: Option<i64>,
    /// Labels from the top down: all, half, nothing.
    pub counts: Vec<String>,
    /// Labels from left to right, evenly spaced.
    pub times: Vec<TimeLabel>,
    /// The time zone of the labels.
    pub timezone: String,
}

/// One label under the curve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLabel {
    /// Hours and minutes, and seconds where the whole curve is short.
    pub clock: String,
    /// The day, where it differs from the label before; else empty.
    pub day: String,
}

/// Where the corners of the picture lie in time and count.
struct Frame {
    start: i64,
    length: i64,
    top: i64,
}

impl Frame {
    fn x(&self, at: Timestamp) -> i64 {
        let along = i128::from((at.micros() - self.start).clamp(0, self.length)) * i128::from(WIDTH);
        i64::try_from(along / i128::from(self.length)).unwrap_or(WIDTH)
    }

    fn y(&self, count: i64) -> i64 {
        HEIGHT - count.clamp(0, self.top) * HEIGHT / self.top
    }
}

/// Draws a curve.
#[must_use]
pub fn draw(subject: &Subject<'_>, texts: Texts) -> Curve {
    let audience = subject.plan.audience().max(1);
    let end = subject.real_until.map_or(subject.plan.expected_end(), |until| until.max(subject.plan.expected_end()));
    let frame = Frame {
        start: subject.start.micros(),
        length: (end.micros() - subject.start.micros()).max(1),
        // Even, so that half of it is a whole number.
        top: audience + audience % 2,
    };
    let real = real_points(subject);
    let edge = line(&frame, &real);
    let area = match real.last() {
        Some((last, _)) => format!("{edge}V{HEIGHT}H{}Z", frame.x(subject.start).min(frame.x(*last))),
        None => String::new(),
    };
    let timezone = subject.plan.hours().map_or(Tz::UTC, |hours| hours.timezone);
    Curve {
        plan: line(&frame, &subject.plan.points(POINTS)),
        area,
        edge,
        now: subject.real_until.map(|until| frame.x(until)).filter(|x| *x < WIDTH),
        counts: [frame.top, frame.top / 2, 0].iter().map(|count| texts.number(*count)).collect(),
        times: labels(&frame, timezone, texts),
        timezone: timezone.name().to_owned(),
    }
}

/// How many were accepted by when. A minute without anything is flat.
fn real_points(subject: &Subject<'_>) -> Vec<(Timestamp, i64)> {
    let Some(until) = subject.real_until.filter(|until| *until >= subject.start) else { return Vec::new() };
    let mut points = vec![(subject.start, 0)];
    let mut total = 0;
    for minute in subject.minutes {
        points.push((minute.minute_at.max(subject.start), total));
        total += minute.accepted;
        points.push(((minute.minute_at + TimeDelta::minutes(1)).min(until).max(subject.start), total));
    }
    points.push((until, total));
    points
}

fn line(frame: &Frame, points: &[(Timestamp, i64)]) -> String {
    let mut places: Vec<_> = points.iter().map(|(at, count)| (frame.x(*at), frame.y(*count))).collect();
    places.dedup();
    let step = |(at, (x, y))| format!("{}{x} {y}", if at == 0 { 'M' } else { 'L' });
    places.into_iter().enumerate().map(step).collect()
}

/// Three labels: start, middle, end.
fn labels(frame: &Frame, timezone: Tz, texts: Texts) -> Vec<TimeLabel> {
    let is_short = frame.length < 600_000_000;
    let mut day_before = String::new();
    [0, 1, 2]
        .iter()
        .map(|step| {
            let at = Timestamp::from_micros(frame.start + frame.length / 2 * step).utc().with_timezone(&timezone);
            let month = texts.say(&format!("month-short-{}", at.format("%-m")));
            let day = texts.say_with("date-short", &[("day", i64::from(at.day()).into()), ("month", month.into())]);
            let clock = at.format(if is_short { "%H:%M:%S" } else { "%H:%M" }).to_string();
            let shown = if day == day_before { String::new() } else { day.clone() };
            day_before = day;
            TimeLabel { clock, day: shown }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacing::Pace;
    use crate::texts::Language;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + minute * 60_000_000)
    }

    fn plan() -> Plan {
        Plan::start(Pace::SpreadOver { seconds: 600 }, None, 100, at(0))
    }

    fn drawn(minutes: &[Minute], real_until: Option<Timestamp>) -> Curve {
        draw(&Subject { plan: &plan(), start: at(0), minutes, real_until }, Texts(Language::ENGLISH))
    }

    fn accepted(minute: i64, accepted: i64) -> Minute {
        Minute { minute_at: at(minute), accepted, failed: 0, deferred: 0, skipped: 0 }
    }

    #[test]
    fn a_planned_curve_goes_from_the_lower_left_to_the_upper_right_and_never_falls() {
        let curve = drawn(&[], None);
        assert!(curve.plan.starts_with("M0 400L") && curve.plan.ends_with("L1000 0"), "{}", curve.plan);
        let heights: Vec<i64> = curve
            .plan
            .trim_start_matches('M')
            .split('L')
            .filter_map(|point| point.split_once(' ')?.1.parse().ok())
            .collect();
        assert!(heights.len() > 50 && heights.is_sorted_by(|left, right| left >= right));
        assert_eq!((curve.area.as_str(), curve.now), ("", None));
        assert_eq!(curve.counts, ["100", "50", "0"]);
    }

    #[test]
    fn the_real_curve_is_flat_where_nothing_was_recorded_and_ends_now() {
        let curve = drawn(&[accepted(0, 10), accepted(3, 40)], Some(at(5)));
        assert_eq!(curve.edge, "M0 400L100 360L300 360L400 200L500 200");
        assert_eq!(curve.area, "M0 400L100 360L300 360L400 200L500 200V400H0Z");
        assert_eq!(curve.now, Some(500));
    }

    #[test]
    fn the_minute_that_is_not_over_reaches_to_now_only() {
        let half = Timestamp::from_micros(at(0).micros() + 30_000_000);
        assert_eq!(drawn(&[accepted(0, 50)], Some(half)).edge, "M0 400L50 200");
    }

    #[test]
    fn a_campaign_that_takes_longer_than_its_plan_stays_inside_the_picture() {
        let curve = drawn(&[accepted(0, 100)], Some(at(20)));
        assert!(curve.plan.ends_with("L500 0") && curve.edge.ends_with("L1000 0"), "{curve:?}");
        assert_eq!(curve.now, None);
    }

    #[test]
    fn a_day_is_named_once() {
        let times = drawn(&[], None).times;
        assert_eq!(times.iter().filter(|label| !label.day.is_empty()).count(), 1, "{times:?}");
    }
}
