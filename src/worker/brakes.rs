//! The loop that looks at the numbers of the campaigns on their way, and stops those that harm everybody.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::campaigns::brakes::{self, BrakeOutcome};
use crate::storage::StoreError;

/// How long a campaign may go on after its numbers became bad.
const TICK: Duration = Duration::from_secs(3);

/// So many ticks between looks at campaigns that have finished: nothing can be stopped there any more.
const LOOK_BACK_EVERY: u32 = 10;

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("looking at the brakes");
    let mut ticks = 0_u32;
    while !engine.stop.is_cancelled() {
        told.tell(tick(&engine, ticks.is_multiple_of(LOOK_BACK_EVERY)).await);
        ticks = ticks.wrapping_add(1);
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Reads the numbers of all, and writes only where something follows.
async fn tick(engine: &Engine, is_looking_back: bool) -> Result<(), StoreError> {
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    let mut found = db.read(brakes::look).await?;
    if is_looking_back {
        found.extend(db.read(move |conn| brakes::look_back(conn, now)).await?);
    }
    for (account, campaign) in found {
        match db.write(move |conn| brakes::brake(conn, account, campaign, now)).await? {
            BrakeOutcome::GoesOn => {}
            BrakeOutcome::Warned(finding) => tracing::warn!(%campaign, ?finding, "a campaign was warned of"),
            BrakeOutcome::Paused(finding) => tracing::warn!(%campaign, ?finding, "a campaign was stopped"),
        }
    }
    Ok(())
}
