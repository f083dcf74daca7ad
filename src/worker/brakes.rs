//! The loop that looks at the numbers of the campaigns on their way, and stops those that harm everybody.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::campaigns::brakes::{self, BrakeOutcome, LookBack};
use crate::storage::{CampaignId, StoreError};

/// How long a campaign may go on after its numbers became bad.
const TICK: Duration = Duration::from_secs(3);

/// So many ticks between looks at campaigns that have finished: nothing can be stopped there any more.
const LOOK_BACK_EVERY: u32 = 10;

/// Most finished campaigns that are looked at in one tick; the next ones are in the next tick.
const LOOKED_BACK_AT: i64 = 50;

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("looking at the brakes");
    let (mut ticks, mut after) = (0_u32, None);
    while !engine.stop.is_cancelled() {
        // A look back that is under way goes on in every tick.
        let is_looking_back = after.is_some() || ticks.is_multiple_of(LOOK_BACK_EVERY);
        let from = is_looking_back.then_some(LookBack { after, most: LOOKED_BACK_AT });
        after = told.tell(tick(&engine, from).await).flatten();
        ticks = ticks.wrapping_add(1);
        tokio::select! {
            () = engine.stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Reads the numbers of all, and writes only where something follows; says where the look back has to go on.
async fn tick(engine: &Engine, from: Option<LookBack>) -> Result<Option<CampaignId>, StoreError> {
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    let (mut found, mut next) = (db.read(brakes::look).await?, None);
    if let Some(from) = from {
        let looked = db.read(move |conn| brakes::look_back(conn, from, now)).await?;
        found.extend(looked.found);
        next = looked.next;
    }
    for (account, campaign) in found {
        match db.write(move |conn| brakes::brake(conn, account, campaign, now)).await? {
            BrakeOutcome::GoesOn => {}
            BrakeOutcome::Warned(finding) => tracing::warn!(%campaign, ?finding, "a campaign was warned of"),
            BrakeOutcome::Paused(finding) => tracing::warn!(%campaign, ?finding, "a campaign was stopped"),
        }
    }
    Ok(next)
}
