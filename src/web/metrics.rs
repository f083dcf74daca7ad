//! `/metrics` in the text format of Prometheus.

use actix_web::{HttpResponse, web};
use prometheus::{Encoder as _, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::error::PageError;
use crate::accounts::installation::{self, Numbers};
use crate::app::App;
use crate::deliveries::backlog;
use crate::pacing::{lanes, sent};
use crate::storage::{Conn, StoreError, Timestamp};

/// Numbers come from the database, so that each node answers the same and a restart loses none.
pub(super) async fn metrics(app: web::Data<App>) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let (numbers, lanes) =
        app.db.read(move |conn| Ok((installation::numbers(conn, now)?, of_lanes(conn, now)?))).await?;
    let text = text(&numbers, &lanes, now).map_err(|error| PageError::Broken(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// A registry of this answer alone: nothing is kept between two of them.
fn text(numbers: &Numbers, lanes: &[LaneNumbers], now: Timestamp) -> prometheus::Result<Vec<u8>> {
    let registry = Registry::new();
    by_state(&registry, "estampille_deliveries", "Deliveries by state.", &numbers.deliveries)?;
    by_state(&registry, "estampille_inbound_messages", "Messages that came in, by state.", &numbers.inbound)?;
    let age = IntGauge::new(
        "estampille_oldest_due_seconds",
        "For how long the delivery that waits longest has been due; campaigns wait for their plan and do not count.",
    )?;
    age.set(numbers.oldest_due_age(now).num_seconds());
    registry.register(Box::new(age))?;
    by_lane(&registry, lanes)?;
    let build = IntGaugeVec::new(Opts::new("estampille_build_info", "The running version."), &["version"])?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    registry.register(Box::new(build))?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(text)
}

/// A lane as machines see it.
struct LaneNumbers {
    name: String,
    permille: i64,
    ceiling: Option<i64>,
    sent: i64,
    waiting: i64,
}

fn of_lanes(conn: &mut Conn, now: Timestamp) -> Result<Vec<LaneNumbers>, StoreError> {
    let (all, waiting) = (lanes::all(conn)?, backlog::by_lane(conn)?);
    let went = sent::of_lanes(conn, all.iter().map(|(name, _)| name), now)?;
    let number = |(name, lane): (&str, &lanes::Lane)| LaneNumbers {
        name: name.to_owned(),
        permille: lane.state.permille(now),
        ceiling: lane.ceilings(now).hourly,
        sent: went.get(name).copied().unwrap_or(0),
        waiting: waiting.get(name).copied().unwrap_or(0),
    };
    Ok(all.iter().map(number).collect())
}

fn by_lane(registry: &Registry, lanes: &[LaneNumbers]) -> prometheus::Result<()> {
    let gauge = |name: &str, meaning: &str| IntGaugeVec::new(Opts::new(name, meaning), &["lane"]);
    let rate = gauge("estampille_lane_permille", "Thousandths of its rate with which a lane goes; 0 stands still.")?;
    let ceiling = gauge("estampille_lane_ceiling", "Deliveries an hour that a lane takes now; missing without one.")?;
    let sent = gauge("estampille_lane_sent", "Deliveries of the last hour by lane.")?;
    let waiting = gauge("estampille_lane_waiting", "Deliveries of campaigns that wait, by lane.")?;
    for lane in lanes {
        let name = [lane.name.as_str()];
        rate.with_label_values(&name).set(lane.permille);
        sent.with_label_values(&name).set(lane.sent);
        waiting.with_label_values(&name).set(lane.waiting);
        if let Some(hourly) = lane.ceiling {
            ceiling.with_label_values(&name).set(hourly);
        }
    }
    [rate, ceiling, sent, waiting].into_iter().try_for_each(|gauge| registry.register(Box::new(gauge)))
}

fn by_state(registry: &Registry, name: &str, meaning: &str, counts: &[(String, i64)]) -> prometheus::Result<()> {
    let gauge = IntGaugeVec::new(Opts::new(name, meaning), &["state"])?;
    for (state, count) in counts {
        gauge.with_label_values(&[state.as_str()]).set(*count);
    }
    registry.register(Box::new(gauge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_numbers_are_written_as_prometheus_reads_them() {
        let now = Timestamp::from_micros(1_000_000_000);
        let numbers = Numbers {
            deliveries: vec![("queued".to_owned(), 3)],
            inbound: vec![],
            oldest_due_at: Some(now - TimeDelta::seconds(42)),
        };
        let yahoo = LaneNumbers { name: "yahoo".to_owned(), permille: 500, ceiling: Some(1000), sent: 7, waiting: 9 };
        let text = String::from_utf8(text(&numbers, &[yahoo], now).unwrap()).unwrap();
        assert!(text.contains("estampille_lane_permille{lane=\"yahoo\"} 500\n"), "{text}");
        assert!(text.contains("estampille_lane_waiting{lane=\"yahoo\"} 9\n"), "{text}");
        assert!(text.contains("estampille_deliveries{state=\"queued\"} 3\n"), "{text}");
        assert!(text.contains("estampille_oldest_due_seconds 42\n"), "{text}");
        assert!(text.contains(concat!("estampille_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n")));
    }
}
