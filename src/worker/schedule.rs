//! The loop that starts campaigns, freezes their audiences, keeps their pace and ends them.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::campaigns::{self, FreezeOutcome};
use crate::storage::{CampaignId, StoreError};

/// How late a campaign may start.
const TICK: Duration = Duration::from_millis(250);

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("scheduling campaigns");
    while !engine.stop.is_cancelled() {
        told.tell(tick(&engine).await);
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn tick(engine: &Engine) -> Result<(), StoreError> {
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    for campaign in db.write(move |conn| campaigns::start(conn, now)).await? {
        freeze(engine, campaign).await?;
    }
    db.write(move |conn| campaigns::keep_pace(conn, now)).await?;
    while db.write(move |conn| campaigns::skip_cancelled(conn, now)).await? > 0 && !engine.stop.is_cancelled() {}
    let finished = db.write(move |conn| campaigns::finish(conn, now)).await?;
    if finished > 0 {
        tracing::info!(finished, "campaigns ended");
    }
    Ok(())
}

/// Chunk by chunk; other writers get their turn between two.
async fn freeze(engine: &Engine, campaign: CampaignId) -> Result<(), StoreError> {
    while !engine.stop.is_cancelled() {
        let now = engine.app.clock.now();
        match engine.app.db.write(move |conn| campaigns::freeze(conn, campaign, now)).await? {
            FreezeOutcome::More => {}
            FreezeOutcome::Frozen => {
                tracing::info!(%campaign, "the audience is frozen");
                return Ok(());
            }
            FreezeOutcome::Nothing => return Ok(()),
        }
    }
    Ok(())
}
