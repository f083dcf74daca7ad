//! The loop that takes the rows of imports and asks their people, a little at a time, so that a signup never waits long.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::imports::{self, ReadOutcome};
use crate::storage::{ImportId, StoreError};

/// How soon an import begins, and how often its pace is looked at.
const TICK: Duration = Duration::from_millis(500);
/// Between two chunks everybody else gets a turn at the one writer of an embedded database.
const BETWEEN: Duration = Duration::from_millis(5);
/// Transactions for one import before the next one has a turn.
const TURNS: usize = 20;

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("imports");
    while !engine.stop.is_cancelled() {
        let has_more = told.tell(tick(&engine).await).unwrap_or(false);
        if !has_more {
            tokio::select! {
                () = engine.stop.cancelled() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }
}

/// One turn for each import; says whether there is more to do at once.
async fn tick(engine: &Engine) -> Result<bool, StoreError> {
    let mut has_more = false;
    for id in engine.app.db.read(imports::reading).await? {
        has_more |= read(engine, id).await?;
    }
    for id in engine.app.db.read(imports::asking).await? {
        has_more |= ask(engine, id).await?;
    }
    Ok(has_more)
}

async fn read(engine: &Engine, id: ImportId) -> Result<bool, StoreError> {
    for _ in 0..TURNS {
        if engine.stop.is_cancelled() {
            return Ok(false);
        }
        let (keys, now) = (engine.app.keys.clone(), engine.app.clock.now());
        match engine.app.db.write(move |conn| imports::read_chunk(conn, &keys, id, now)).await? {
            ReadOutcome::Read(_) => tokio::time::sleep(BETWEEN).await,
            ReadOutcome::Done => {
                tracing::info!(import = %id, "every row of an import is read");
                return Ok(true);
            }
            ReadOutcome::NotNow => return Ok(false),
        }
    }
    Ok(true)
}

async fn ask(engine: &Engine, id: ImportId) -> Result<bool, StoreError> {
    let (keys, now) = (engine.app.keys.clone(), engine.app.clock.now());
    let asked = engine.app.db.write(move |conn| imports::ask_due(conn, &keys, id, now)).await?;
    tokio::time::sleep(BETWEEN).await;
    Ok(asked > 0)
}
