//! The loop that clears up: leases, requests that nobody confirmed, and what is kept for a while only.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Engine;
use super::claim::LEASE;
use super::once::Once;
use crate::accounts::installation::relays;
use crate::accounts::sessions;
use crate::bounces::{hook_tokens, inbound_messages};
use crate::deliveries::queue;
use crate::keyring::hex;
use crate::pacing::warm_up;
use crate::storage::StoreError;
use crate::subscriptions::digests;
use crate::{ceilings, consent, idempotency, imports, subscriptions};

const TICK: Duration = Duration::from_secs(15);
/// Requests that end in one transaction.
const CHUNK: i64 = 500;
/// Readers whose digests are made in one transaction.
const DIGESTS: i64 = 100;
/// Bodies of each state that are dropped in one transaction.
const BODIES: i64 = 100;

/// Runs until everything is written: until then the leases of what waits for it are renewed. Then nothing is held any
/// more.
pub(super) async fn run(engine: Engine, drained: CancellationToken) {
    let mut told = Once::new("housekeeping");
    while !drained.is_cancelled() {
        told.tell(tick(&engine).await);
        tokio::select! {
            () = drained.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
    told.tell(give_up(&engine).await);
}

/// What a stop cut, and what lay ready behind it, goes back now and not when its lease runs out.
async fn give_up(engine: &Engine) -> Result<(), StoreError> {
    let node = engine.node.id.clone();
    let given = engine.app.db.write(move |conn| queue::release_of_node(conn, &node)).await?;
    if given > 0 {
        tracing::warn!(deliveries = given, "the stop did not wait for these; they go again");
    }
    Ok(())
}

async fn tick(engine: &Engine) -> Result<(), StoreError> {
    let (db, now) = (&engine.app.db, engine.app.clock.now());
    let (node, held) = (engine.node.id.clone(), engine.hand.ids());
    db.write(move |conn| queue::renew(conn, &node, &held, now + LEASE)).await?;
    db.write(move |conn| queue::release_expired(conn, now)).await?;
    while db.write(move |conn| subscriptions::expire_pending(conn, now, CHUNK)).await? > 0 {}
    while db.write(move |conn| subscriptions::address_changes::expire(conn, now, CHUNK)).await? > 0 {}
    while db.write(move |conn| digests::enqueue_due(conn, now, DIGESTS)).await? > 0 {}
    while db.write(move |conn| inbound_messages::drop_bodies(conn, now, BODIES)).await? > 0 {}
    db.write(move |conn| {
        sessions::forget_ended(conn, now)?;
        hook_tokens::forget_old(conn, now)?;
        ceilings::forget(conn, now - ceilings::KEPT_FOR)?;
        subscriptions::floods::calm_down(conn, now)?;
        warm_up::forget_old(conn, now)?;
        relays::forget_silent(conn, now)?;
        idempotency::forget_old(conn, now)
    })
    .await?;
    while db.write(move |conn| imports::forget_old(conn, now)).await? > 0 {}
    match db.write(move |conn| consent::seals::seal(conn, now)).await {
        Ok(Some(seal)) => {
            tracing::info!(day = seal.day, digest = hex(&seal.digest), "the proofs of consent are sealed");
        }
        // Another node was quicker.
        Ok(None) | Err(StoreError::AlreadyThere(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
