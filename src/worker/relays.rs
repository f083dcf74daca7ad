//! The loop that tells the processes that send nothing how this node finds its relay: their pages say so too.

use std::time::Duration;

use super::Engine;
use super::once::Once;
use crate::accounts::installation::relays::{self, SILENT_AFTER};
use crate::clock::Timestamp;
use crate::storage::StoreError;

/// How often is looked whether there is something new to tell.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// What was told last, and when.
type Told = Option<(Option<String>, Timestamp)>;

/// Tells until the stop.
pub(super) async fn run(engine: Engine) {
    let (mut once, mut last) = (Once::new("telling how the relay is"), Told::None);
    loop {
        last = once.tell(tell(&engine, last).await).flatten();
        tokio::select! {
            () = engine.stop.cancelled() => break,
            () = tokio::time::sleep(LOOKS_EVERY) => {}
        }
    }
    let node = engine.node.id.clone();
    once.tell(engine.app.db.write(move |conn| relays::forget(conn, &node)).await);
}

/// Tells what is new, or what was told a while ago; returns what was told last.
async fn tell(engine: &Engine, last: Told) -> Result<Told, StoreError> {
    let (trouble, now) = (engine.relay.trouble(), engine.app.clock.now());
    let is_known =
        |(told, at): &(Option<String>, Timestamp)| *told == trouble && *at <= now && now.since(*at) < SILENT_AFTER / 3;
    if last.as_ref().is_some_and(is_known) {
        return Ok(last);
    }
    let (node, said) = (engine.node.id.clone(), trouble.clone());
    engine.app.db.write(move |conn| relays::tell(conn, &node, said.as_deref(), now)).await?;
    Ok(Some((trouble, now)))
}
