//! The loop that asks which provider receives for a domain: a few questions at a time, each with its time limit.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::Engine;
use super::once::Once;
use crate::mail::dns::{Answer, Dns};
use crate::pacing::receiving_domains::{self, Found};
use crate::storage::StoreError;

/// How soon a new domain is asked about.
const TICK: Duration = Duration::from_millis(250);
/// Questions at the same time.
const AT_ONCE: i64 = 32;
/// What nobody asked about for so long after its answer ended is forgotten.
const KEPT: TimeDelta = TimeDelta::days(60);
/// How often is looked for what can be forgotten, in turns of a quarter of a second.
const FORGETS_EVERY: u32 = 4 * 3600;

/// Asks until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("finding the providers of receiving domains");
    let dns = Dns::new(engine.app.settings.dns_server);
    let mut turns = 0_u32;
    while !engine.stop.is_cancelled() {
        if turns.is_multiple_of(FORGETS_EVERY) {
            told.tell(begin(&engine).await);
        }
        turns = turns.wrapping_add(1);
        let asked = told.tell(ask(&engine, &dns).await).unwrap_or(0);
        if i64::try_from(asked).unwrap_or(AT_ONCE) == AT_ONCE {
            continue;
        }
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Writes what the table of providers knows, and forgets what nobody needs.
async fn begin(engine: &Engine) -> Result<(), StoreError> {
    let now = engine.app.clock.now();
    engine
        .app
        .db
        .write(move |conn| {
            receiving_domains::prepare(conn)?;
            receiving_domains::forget_old(conn, now - KEPT).map(drop)
        })
        .await
}

/// Asks about the domains that are wanted most; says about how many.
async fn ask(engine: &Engine, dns: &Dns) -> Result<usize, StoreError> {
    let wanted = engine.app.db.read(|conn| receiving_domains::wanted(conn, AT_ONCE)).await?;
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut questions = JoinSet::new();
    for domain in wanted {
        let dns = dns.clone();
        questions.spawn(async move {
            let found = match dns.mx(&domain).await {
                Answer::Found(hosts) => Found::Exchangers(hosts),
                Answer::Missing => Found::None,
                Answer::Unreachable(_) => Found::NoAnswer,
            };
            (domain, found)
        });
    }
    let answers = questions.join_all().await;
    let (count, now) = (answers.len(), engine.app.clock.now());
    engine
        .app
        .db
        .write(move |conn| {
            for (domain, found) in &answers {
                receiving_domains::learn(conn, domain, found, now)?;
            }
            Ok(count)
        })
        .await
}
