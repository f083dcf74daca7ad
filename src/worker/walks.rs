//! The loop that walks along every chain of consent records once a day: a break is known before anybody needs the proof.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::consent::{ChainState, Walk, walks};
use crate::storage::{AccountId, StoreError};

/// How often it is asked whose turn has come.
const TICK: Duration = Duration::from_secs(60);
/// Between some hundred records everybody else has a turn.
const BETWEEN: Duration = Duration::from_millis(10);

/// Runs until the stop.
pub(super) async fn run(engine: Engine) {
    let mut told = Once::new("walks");
    while !engine.stop.is_cancelled() {
        let has_walked = told.tell(walk_next(&engine).await).unwrap_or(false);
        if !has_walked {
            tokio::select! {
                () = engine.stop.cancelled() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }
}

/// The chain that waits longest; `false` when none does.
async fn walk_next(engine: &Engine) -> Result<bool, StoreError> {
    let began = engine.app.clock.now();
    let Some(account) = engine.app.db.read(move |conn| walks::due(conn, began)).await? else { return Ok(false) };
    engine.app.db.write(move |conn| walks::begin(conn, account, began)).await?;
    let Some(state) = walk(engine, account).await? else { return Ok(false) };
    if let ChainState::Broken(found) = &state {
        let (record, day) = (found.record.map(|id| id.0), found.day.as_deref());
        tracing::error!(%account, record, day, difference = %found.difference, "proof of consent is not as it was written");
    }
    engine.app.db.write(move |conn| walks::record(conn, account, &state, began)).await?;
    Ok(true)
}

/// What a whole walk found; `None` when the stop came before its end.
async fn walk(engine: &Engine, account: AccountId) -> Result<Option<ChainState>, StoreError> {
    let keys = engine.app.keys.clone();
    let mut walk = engine.app.db.read(move |conn| Walk::begin(conn, &keys, account)).await?;
    while !engine.stop.is_cancelled() {
        let (next, state) = engine.app.db.read(move |conn| walk.on(conn).map(|state| (walk, state))).await?;
        if state.is_some() {
            return Ok(state);
        }
        walk = next;
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(None)
}
