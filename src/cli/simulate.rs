//! `estampille simulate`: how a campaign would go, in seconds instead of days. Opens no database and sends nothing.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;

use super::stop::Stop;
use crate::clock::{Clock, Timestamp, parse_duration};
use crate::config::RetrySettings;
use crate::pacing::{Hours, Pace};
use crate::simulation::{self, Course, Flaw, Scenario, World, chart};

#[derive(Args)]
pub(super) struct Simulate {
    /// How many recipients
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=50_000_000))]
    recipients: i64,
    /// Spread evenly over this time, such as P1D or PT6H (of open hours)
    #[arg(long, value_name = "DURATION", conflicts_with = "per_hour", value_parser = parse_duration)]
    spread_over: Option<TimeDelta>,
    /// At most so many in an hour
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    per_hour: Option<i64>,
    /// Only in these hours of the day, such as 08:00-20:00
    #[arg(long, value_name = "FROM-TO")]
    hours: Option<String>,
    /// Whose clock the hours go by
    #[arg(long, value_name = "ZONE", default_value = "Europe/Paris", requires = "hours")]
    timezone: String,
    /// When it begins (RFC 3339); now when not given
    #[arg(long, value_name = "TIME")]
    start: Option<chrono::DateTime<chrono::Utc>>,
    /// The providers do not know the sender yet: lower ceilings, and a warm-up day by day
    #[arg(long)]
    new_sender: bool,
    /// Another receiving side than the built-in one (TOML)
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// Deals another hand of recipients
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Minutes in a row of the table and a point of the drawing
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..=60))]
    minutes: i64,
    /// Writes the course as a table, one row for each lane and step
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draws the course
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// As the settings have it when nobody changed them.
const RETRY: RetrySettings =
    RetrySettings { first: TimeDelta::minutes(20), longest: TimeDelta::hours(4), give_up_after: TimeDelta::days(4) };

pub(super) fn run(args: &Simulate) -> Result<(), Stop> {
    let world = world(args.world.as_deref())?;
    let course = simulation::run(&scenario(args, &world)?);
    if let Some(file) = &args.csv {
        chart::csv(&course, File::create(file)?).map_err(|error| Stop::NotSo(error.to_string()))?;
    }
    if let Some(file) = &args.svg {
        std::fs::write(file, chart::svg(&course).map_err(Stop::NotSo)?)?;
    }
    print(&course);
    let flaws = simulation::review(&course);
    if flaws.is_empty() {
        return Ok(());
    }
    Err(Stop::NotSo(flaws.iter().map(Flaw::to_string).collect::<Vec<_>>().join("; ")))
}

fn world(file: Option<&Path>) -> Result<World, Stop> {
    let Some(file) = file else { return World::built_in().map_err(Stop::NotSo) };
    let named = |trouble: String| Stop::BadUse(format!("{}: {trouble}", file.display()));
    World::read(&std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?).map_err(named)
}

fn scenario<'a>(args: &Simulate, world: &'a World) -> Result<Scenario<'a>, Stop> {
    let pace = match (args.per_hour, args.spread_over) {
        (Some(count), _) => Pace::PerHour { count },
        (None, Some(length)) => Pace::SpreadOver { seconds: length.num_seconds().max(1) },
        (None, None) => Pace::SpreadOver { seconds: 86_400 },
    };
    let hours = args.hours.as_deref().map(|text| {
        let read = text.split_once('-').and_then(|(from, to)| Hours::read(from, to, &args.timezone));
        read.ok_or_else(|| Stop::BadUse(format!("`{text}` in {} are no hours such as 08:00-20:00", args.timezone)))
    });
    if 60 % args.minutes != 0 {
        return Err(Stop::BadUse(format!("{} minutes do not divide an hour", args.minutes)));
    }
    Ok(Scenario {
        world,
        audience: args.recipients,
        pace,
        hours: hours.transpose()?,
        start: args.start.map_or_else(|| Clock::System.now(), Timestamp::from),
        retry: RETRY,
        is_new_sender: args.new_sender,
        step: TimeDelta::minutes(args.minutes),
        seed: args.seed,
    })
}

fn print(course: &Course) {
    let rows = course.lanes.iter().map(|lane| {
        let total = lane.total();
        let ceiling = lane.ceiling.map_or_else(|| "-".to_owned(), |ceiling| ceiling.to_string());
        let said = lane.said.as_deref().unwrap_or_default();
        format!(
            "{:<14}{:>11}{:>11}{:>9}{:>9}{:>9}{:>10}{:>10}  {said}",
            lane.name,
            lane.recipients,
            total.accepted,
            total.refused,
            total.deferred,
            lane.given_up,
            lane.most_in_an_hour,
            ceiling,
        )
    });
    println!(
        "{:<14}{:>11}{:>11}{:>9}{:>9}{:>9}{:>10}{:>10}",
        "lane", "recipients", "accepted", "refused", "deferred", "given up", "most/h", "ceiling/h"
    );
    rows.for_each(|row| println!("{}", row.trim_end()));
    let took = course.end.since(course.start);
    println!(
        "{} recipients from {} in {} d {} h {} min",
        course.audience,
        course.start.utc().format("%Y-%m-%d %H:%M UTC"),
        took.num_days(),
        took.num_hours() % 24,
        took.num_minutes() % 60
    );
}
