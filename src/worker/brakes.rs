//! The loop that looks at the numbers of the campaigns on their way, and stops those that harm everybody.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::campaigns::brakes::{self, BrakeOutcome};
use crate::storage::StoreError;

/// How long a campaign may go on after its numbers became bad.
const TICK: Duration = Duration::from_secs(3);

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("looking at the brakes");
    while !engine.stop.is_cancelled() {
        told.tell(tick(&engine).await);
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Reads the numbers of all, and writes only where something follows.
async fn tick(engine: &Engine) -> Result<(), StoreError> {
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    for (account, campaign) in db.read(brakes::look).await? {
        match db.write(move |conn| brakes::brake(conn, account, campaign, now)).await? {
            BrakeOutcome::GoesOn => {}
            BrakeOutcome::Warned(finding) => tracing::warn!(%campaign, ?finding, "a campaign was warned of"),
            BrakeOutcome::Paused(finding) => tracing::warn!(%campaign, ?finding, "a campaign was stopped"),
        }
    }
    Ok(())
}
