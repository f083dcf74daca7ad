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
        let has_more = told.tell(tick(&engine).await).unwrap_or(false);
        if has_more {
            continue;
        }
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// One turn, in which nothing takes long, so that the pace of all campaigns is looked after in time; says whether
/// there is more to do at once.
async fn tick(engine: &Engine) -> Result<bool, StoreError> {
    keep_pace(engine).await?;
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    let mut has_more = false;
    for campaign in db.write(move |conn| campaigns::start(conn, now)).await? {
        has_more |= freeze(engine, campaign).await?;
    }
    has_more |= db.write(move |conn| campaigns::skip_cancelled(conn, now)).await? > 0;
    let finished = db.write(move |conn| campaigns::finish(conn, now)).await?;
    if finished > 0 {
        tracing::info!(finished, "campaigns ended");
    }
    Ok(has_more)
}

/// Lets campaigns that lag behind go on from where they are.
pub(super) async fn keep_pace(engine: &Engine) -> Result<(), StoreError> {
    let now = engine.app.clock.now();
    engine.app.db.write(move |conn| campaigns::keep_pace(conn, now)).await.map(drop)
}

/// One chunk; says whether there are more.
async fn freeze(engine: &Engine, campaign: CampaignId) -> Result<bool, StoreError> {
    let now = engine.app.clock.now();
    let outcome = engine.app.db.write(move |conn| campaigns::freeze(conn, campaign, now)).await?;
    if outcome == FreezeOutcome::Frozen {
        tracing::info!(%campaign, "the audience is frozen");
    }
    Ok(outcome == FreezeOutcome::More)
}
