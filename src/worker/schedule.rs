//! The loop that starts campaigns, freezes their audiences, keeps their pace and ends them.

use std::time::Duration;

use tokio::time::Instant;

use super::Engine;
use super::once::Once;
use crate::campaigns::{self, FreezeOutcome};
use crate::storage::{CampaignId, StoreError};

/// How late a campaign may start.
const TICK: Duration = Duration::from_millis(250);
/// How often is looked whether a campaign lags behind its plan.
const KEEPS_PACE_EVERY: Duration = Duration::from_secs(5);
/// So long an audience is written before the other campaigns have their turn.
const SLICE: Duration = Duration::from_secs(1);
/// A transaction of an audience shall last about so long: others wait no longer than this to write.
const WANTED: Duration = Duration::from_millis(40);
/// Between two of them others come first.
const BREATH: Duration = Duration::from_millis(3);
/// The fewest and the most places in one transaction.
const CHUNKS: (i64, i64) = (500, 5_000);

/// What the loop remembers.
struct Course {
    paced_at: Option<Instant>,
    chunk: i64,
}

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("scheduling campaigns");
    let mut course = Course { paced_at: None, chunk: CHUNKS.0 * 4 };
    while !engine.stop.is_cancelled() {
        let has_more = told.tell(tick(&engine, &mut course).await).unwrap_or(false);
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
async fn tick(engine: &Engine, course: &mut Course) -> Result<bool, StoreError> {
    if course.paced_at.is_none_or(|at| at.elapsed() >= KEEPS_PACE_EVERY) {
        keep_pace(engine).await?;
        course.paced_at = Some(Instant::now());
    }
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    let mut has_more = false;
    let due = db.read(move |conn| campaigns::due(conn, now)).await?;
    for campaign in db.write(move |conn| campaigns::begin(conn, &due, now)).await? {
        has_more |= freeze(engine, course, campaign).await?;
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

/// Chunk after chunk, for no longer than a slice of time; says whether there are more.
async fn freeze(engine: &Engine, course: &mut Course, campaign: CampaignId) -> Result<bool, StoreError> {
    let begun = Instant::now();
    while begun.elapsed() < SLICE && !engine.stop.is_cancelled() {
        let (now, chunk, at) = (engine.app.clock.now(), course.chunk, Instant::now());
        let outcome = engine
            .app
            .db
            .write(move |conn| {
                let at = Instant::now();
                campaigns::freeze_some(conn, campaign, chunk, now).map(|outcome| (outcome, at.elapsed()))
            })
            .await?;
        match outcome {
            (FreezeOutcome::More, took) => course.chunk = next_chunk(chunk, took.max(at.elapsed() / 4)),
            (FreezeOutcome::Frozen, _) => {
                tracing::info!(%campaign, "the audience is frozen");
                return Ok(false);
            }
            (FreezeOutcome::Waits | FreezeOutcome::Nothing, _) => return Ok(false),
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(true)
}

/// So many places that the next transaction lasts about as long as it shall.
fn next_chunk(chunk: i64, took: Duration) -> i64 {
    let (fewest, most) = CHUNKS;
    let fits = WANTED.as_secs_f64() / took.as_secs_f64().max(0.001);
    // Slowly up, at once down.
    ((chunk as f64 * fits.min(1.5)) as i64).clamp(fewest, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_grows_while_it_is_quick_and_shrinks_at_once_when_it_is_not() {
        for (chunk, took, wanted) in
            [(2000, 10, 3000), (2000, 40, 2000), (2000, 80, 1000), (600, 5000, 500), (4500, 1, 5000)]
        {
            assert_eq!(next_chunk(chunk, Duration::from_millis(took)), wanted, "{chunk} in {took} ms");
        }
    }
}
