//! `/healthz`: the program runs. `/readyz`: it can do its work, or says why not.

use std::time::Duration;

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::allowing::Allowing;
use super::metrics::metrics;
use crate::accounts::installation;
use crate::accounts::installation::relays::{self, RelayStanding};
use crate::app::App;
use crate::mail::relay_state::RelayState;
use crate::storage::{Conn, Shape, StoreError, Timestamp, shape};

/// Mail that is due for longer than this is late: no worker runs, or it cannot follow.
const LATE: TimeDelta = TimeDelta::minutes(2);

/// A database that does not answer so soon is none that one could work with.
const PATIENCE: Duration = Duration::from_secs(6);

/// What machines ask for.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(Allowing::at("/healthz").shows(healthz))
        .service(Allowing::at("/readyz").shows(readyz))
        .service(Allowing::at("/metrics").shows(metrics));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn readyz(app: web::Data<App>) -> HttpResponse {
    let now = app.clock.now();
    let known = app.relay.clone();
    match app.db.within(PATIENCE).read(move |conn| look(conn, &known, now)).await {
        Ok(State::Ready { queue, relay }) => {
            HttpResponse::Ok().json(json!({ "status": "ready", "database": "ok", "queue": queue, "relay": relay }))
        }
        Ok(State::Behind) => not_ready("the schema is behind: run `estampille migrate`"),
        Err(error) => not_ready(&error.to_string()),
    }
}

enum State {
    Ready { queue: Value, relay: Value },
    Behind,
}

fn look(conn: &mut Conn, known: &RelayState, now: Timestamp) -> Result<State, StoreError> {
    if let Shape::Behind(_) = shape(conn)? {
        return Ok(State::Behind);
    }
    let pause = installation::sending_pause(conn)?;
    let age = installation::oldest_due(conn, now)?.map_or(TimeDelta::zero(), |due| now.since(due));
    let relay = relay(&relay_standing(conn, known, now)?);
    Ok(State::Ready { queue: queue(pause.as_deref(), age), relay })
}

/// What the workers of this process know of the relay; where it has none, what those of others said of it lately.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn relay_standing(conn: &mut Conn, known: &RelayState, now: Timestamp) -> Result<RelayStanding, StoreError> {
    match known.trouble() {
        Some(reason) => Ok(RelayStanding::Away(reason)),
        None if known.is_watched() => Ok(RelayStanding::Works),
        None => relays::standing(conn, now),
    }
}

/// Work waits for the relay; pages and signups go on, so this is told and takes nobody's web away.
fn relay(standing: &RelayStanding) -> Value {
    match standing {
        RelayStanding::Away(reason) => json!({ "state": "away", "reason": reason }),
        RelayStanding::Works => json!({ "state": "ok" }),
        RelayStanding::Unknown => json!({ "state": "unknown" }),
    }
}

/// A queue that stands still is told, and takes nobody's web away: pages and signups work on.
fn queue(pause: Option<&str>, age: TimeDelta) -> Value {
    let seconds = age.num_seconds();
    match pause {
        Some(reason) => json!({ "state": "paused", "reason": reason, "oldest_due_seconds": seconds }),
        None if age > LATE => json!({
            "state": "late",
            "reason": "mail is due and does not leave: is the relay away, does a worker run?",
            "oldest_due_seconds": seconds,
        }),
        None => json!({ "state": "ok", "oldest_due_seconds": seconds }),
    }
}

fn not_ready(reason: &str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(json!({ "status": "not_ready", "reason": reason }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::empty_database;

    const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn a_lost_relay_is_told_with_its_reason() {
        let told = |known: &RelayState| relay(&relay_standing(&mut empty_database(), known, NOW).unwrap());
        let known = RelayState::default();
        assert_eq!(told(&known), json!({ "state": "unknown" }), "nobody here sends");
        known.watch();
        assert_eq!(told(&known), json!({ "state": "ok" }));
        known.failed("no answer");
        assert_eq!(told(&known), json!({ "state": "away", "reason": "no answer" }));
    }

    #[test]
    fn a_process_that_sends_nothing_tells_what_the_others_said() {
        let (conn, known) = (&mut empty_database(), RelayState::default());
        relays::tell(conn, "another node", Some("no answer"), NOW).unwrap();
        assert_eq!(relay(&relay_standing(conn, &known, NOW).unwrap())["reason"], "no answer");
    }

    #[test]
    fn mail_that_is_late_is_told_with_its_age() {
        assert_eq!(queue(None, TimeDelta::minutes(2))["state"], "ok");
        assert_eq!(queue(None, TimeDelta::minutes(11))["state"], "late");
        assert_eq!(queue(None, TimeDelta::minutes(11))["oldest_due_seconds"], 660);
        assert_eq!(queue(Some("flood"), TimeDelta::minutes(11))["state"], "paused");
    }
}
