//! `/metrics` in the text format of Prometheus.

use actix_web::{HttpResponse, web};
use prometheus::{Encoder as _, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::error::PageError;
use crate::accounts::installation::{self, Numbers};
use crate::app::App;
use crate::storage::Timestamp;

/// Numbers come from the database, so that each node answers the same and a restart loses none.
pub(super) async fn metrics(app: web::Data<App>) -> Result<HttpResponse, PageError> {
    let now = app.clock.now();
    let numbers = app.db.read(move |conn| installation::numbers(conn, now)).await?;
    let text = text(&numbers, now).map_err(|error| PageError::Broken(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// A registry of this answer alone: nothing is kept between two of them.
fn text(numbers: &Numbers, now: Timestamp) -> prometheus::Result<Vec<u8>> {
    let registry = Registry::new();
    by_state(&registry, "estampille_deliveries", "Deliveries by state.", &numbers.deliveries)?;
    by_state(&registry, "estampille_inbound_messages", "Messages that came in, by state.", &numbers.inbound)?;
    let age = IntGauge::new(
        "estampille_oldest_due_seconds",
        "For how long the delivery that waits longest has been due; campaigns wait for their plan and do not count.",
    )?;
    age.set(numbers.oldest_due_age(now).num_seconds());
    registry.register(Box::new(age))?;
    let build = IntGaugeVec::new(Opts::new("estampille_build_info", "The running version."), &["version"])?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    registry.register(Box::new(build))?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(text)
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
        let text = String::from_utf8(text(&numbers, now).unwrap()).unwrap();
        assert!(text.contains("estampille_deliveries{state=\"queued\"} 3\n"), "{text}");
        assert!(text.contains("estampille_oldest_due_seconds 42\n"), "{text}");
        assert!(text.contains(concat!("estampille_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n")));
    }
}
