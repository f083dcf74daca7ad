//! The course of a simulated campaign as a drawing (SVG) and as a table (CSV).

use std::io::Write;

use askama::Template;

use super::course::{Course, LaneCourse};
use crate::storage::Timestamp;

const WIDTH: i64 = 1000;
const HEIGHT: i64 = 320;
/// Colours that people who see few of them can tell apart (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#7a5195", "#555555"];

#[derive(Template)]
#[template(path = "simulation.svg")]
struct Chart {
    width: i64,
    height: i64,
    title: String,
    lines: Vec<Line>,
    counts: Vec<Label>,
    times: Vec<Label>,
}

struct Line {
    lane: String,
    colour: &'static str,
    points: String,
    /// Where its name stands in the legend.
    legend_y: i64,
    most: i64,
}

struct Label {
    at: i64,
    text: String,
}

/// Draws what each lane took, an hour's rate over time.
///
/// # Errors
/// When the drawing cannot be written.
pub fn svg(course: &Course) -> Result<String, String> {
    let steps = course.steps().max(1);
    let top = course.lanes.iter().map(most_an_hour).max().unwrap_or(0).max(1);
    let lines = course.lanes.iter().enumerate().map(|(index, lane)| Line {
        lane: lane.name.clone(),
        colour: COLOURS.get(index % COLOURS.len()).copied().unwrap_or("#000"),
        points: points(course, lane, steps, top),
        legend_y: i64::try_from(index).unwrap_or(0) * 20,
        most: most_an_hour(lane),
    });
    let chart = Chart {
        width: WIDTH,
        height: HEIGHT,
        title: format!("{} recipients from {} to {}", course.audience, minute(course.start), minute(course.end)),
        lines: lines.collect(),
        counts: [0, 1, 2]
            .iter()
            .map(|part| Label { at: HEIGHT - HEIGHT * part / 2, text: (top * part / 2).to_string() })
            .collect(),
        times: [0, 1, 2]
            .iter()
            .map(|part| Label { at: WIDTH * part / 2, text: minute(part_of(course, *part)) })
            .collect(),
    };
    chart.render().map_err(|error| error.to_string())
}

fn part_of(course: &Course, halves: i64) -> Timestamp {
    Timestamp::from_micros(course.start.micros() + (course.end.micros() - course.start.micros()) / 2 * halves)
}

fn minute(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

fn most_an_hour(lane: &LaneCourse) -> i64 {
    lane.steps.iter().map(|step| step.tried * lane.steps_an_hour).max().unwrap_or(0)
}

fn points(course: &Course, lane: &LaneCourse, steps: usize, top: i64) -> String {
    let x = |step: usize| WIDTH * i64::try_from(step).unwrap_or(0) / i64::try_from(steps).unwrap_or(1).max(1);
    let drawn = lane.steps.iter().take(course.steps()).enumerate();
    drawn
        .map(|(index, step)| format!("{},{}", x(index), HEIGHT - HEIGHT * (step.tried * lane.steps_an_hour) / top))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Writes one line for each step and lane: when, lane, tried, accepted, deferred, refused, and the lane's ceiling an
/// hour (empty without one).
///
/// # Errors
/// When it cannot be written.
pub fn csv(course: &Course, out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["at", "lane", "tried", "accepted", "deferred", "refused", "ceiling_an_hour"])?;
    for index in 0..course.steps() {
        let at = course.start + course.step * i32::try_from(index).unwrap_or(i32::MAX);
        for lane in &course.lanes {
            let Some(step) = lane.steps.get(index) else { continue };
            writer.write_record([
                at.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                lane.name.clone(),
                step.tried.to_string(),
                step.accepted.to_string(),
                step.deferred.to_string(),
                step.refused.to_string(),
                lane.ceiling.map_or_else(String::new, |ceiling| ceiling.to_string()),
            ])?;
        }
    }
    writer.flush()?;
    Ok(())
}
