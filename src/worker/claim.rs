//! The loop that claims: as much as the senders can use, and nothing while the relay waits.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::mpsc;

use super::Engine;
use super::once::Once;
use super::record::{Job, written_down};
use super::schedule;
use super::source::{Feed, OfKind};
use crate::clock::Timestamp;
use crate::deliveries::queue::{self, Claim, Turn, Verdict};
use crate::deliveries::{Delivery, Kind};
use crate::storage::StoreError;

/// A node that dies holds its claims no longer than this.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);
/// A turn that took longer was no turn.
const LONGEST_TURN: TimeDelta = TimeDelta::seconds(30);
/// How often is looked for new mail while there is none.
const TICK: Duration = Duration::from_millis(200);
/// So many single mails more than the hand holds, so that somebody who waits does not wait behind a campaign.
pub(super) const SPARE: usize = 40;

/// A delivery that this node claimed.
pub(super) struct Claimed {
    pub(super) delivery: Delivery,
    /// When the claim began.
    pub(super) at: Instant,
}

impl OfKind for Claimed {
    fn kind(&self) -> Kind {
        self.delivery.kind
    }
}

/// Claims until the stop; what was claimed too late goes back.
pub(super) async fn run(engine: Engine, feed: Feed<Claimed>, outcomes: mpsc::Sender<Job>) {
    let mut told = Once::new("claiming deliveries");
    let (mut turn, mut since, mut asked_at) = (Turn::default(), engine.app.clock.now(), None::<Instant>);
    // The answer to the last claim was lost: the database may have carried it out all the same.
    let mut is_unsure = false;
    while !engine.stop.is_cancelled() {
        let ((limit, spare), now) = (room(&engine), engine.app.clock.now());
        if has_jumped(since, now) && told.tell(schedule::keep_pace(&engine).await).is_none() {
            pause(&engine, limit).await;
            continue;
        }
        since = now;
        if is_unsure && told.tell(take_back_unknown(&engine).await).is_none() {
            pause(&engine, limit).await;
            continue;
        }
        // With a full hand only single mails are looked for, and not more often than otherwise.
        let is_due = limit > 0 || (spare > 0 && asked_at.is_none_or(|at| at.elapsed() >= TICK));
        let wanted = Claim { node: engine.node.id.clone(), limit, spare, until: now + LEASE };
        let at = Instant::now();
        let claimed = if is_due { claim(&engine, wanted, &mut turn, now, &mut told).await } else { Some(Vec::new()) };
        if is_due {
            asked_at = Some(Instant::now());
        }
        is_unsure = claimed.is_none();
        let claimed = claimed.unwrap_or_default();
        let is_full = claimed.len() >= limit && limit > 1;
        hand_on(&engine, (claimed, at), &feed, &outcomes).await;
        if !is_full {
            pause(&engine, limit).await;
        }
    }
}

/// Whether the machine slept or its clock was set since the last turn: then the plans must learn of it before anything
/// is claimed by them.
fn has_jumped(since: Timestamp, now: Timestamp) -> bool {
    now < since || now.since(since) > LONGEST_TURN
}

/// How many to claim now, and how many single mails more: a good part of the hand at once, one while the relay is on
/// trial.
fn room(engine: &Engine) -> (usize, usize) {
    let held = engine.hand.len();
    if engine.relay.is_waiting() {
        return (0, 0);
    }
    if engine.relay.is_on_trial() {
        return (usize::from(held == 0), 0);
    }
    let spare = (engine.hand_size + SPARE).saturating_sub(held).min(SPARE);
    if held > engine.hand_size * 3 / 4 { (0, spare) } else { (engine.hand_size - held, spare) }
}

/// What was claimed; nothing at all when nobody knows.
async fn claim(
    engine: &Engine,
    wanted: Claim,
    turn: &mut Turn,
    now: Timestamp,
    told: &mut Once,
) -> Option<Vec<Delivery>> {
    let mut next = turn.clone();
    let claimed = engine
        .app
        .db
        .write(move |conn| queue::claim(conn, &wanted, &mut next, now).map(|claimed| (claimed, next)))
        .await;
    let (claimed, next) = told.tell(claimed)?;
    *turn = next;
    Some(claimed)
}

/// What this node claimed and never learnt of goes back now, not when its lease runs out.
async fn take_back_unknown(engine: &Engine) -> Result<(), StoreError> {
    // Only this loop adds to the hand.
    let (node, held) = (engine.node.id.clone(), engine.hand.ids());
    let taken = engine.app.db.write(move |conn| queue::release_unknown(conn, &node, &held)).await?;
    if taken > 0 {
        tracing::warn!(deliveries = taken, "the answer to a claim was lost; they go again");
    }
    Ok(())
}

async fn hand_on(
    engine: &Engine,
    (claimed, at): (Vec<Delivery>, Instant),
    feed: &Feed<Claimed>,
    outcomes: &mpsc::Sender<Job>,
) {
    engine.hand.take(claimed.iter().map(|delivery| delivery.id));
    for delivery in claimed {
        if engine.stop.is_cancelled() {
            written_down(outcomes, delivery, Verdict::GivenBack).await;
        } else if let Err(refused) = feed.send(Claimed { delivery, at }).await {
            written_down(outcomes, refused.delivery, Verdict::GivenBack).await;
        }
    }
}

async fn pause(engine: &Engine, limit: usize) {
    tokio::select! {
        () = engine.stop.cancelled() => {}
        () = tokio::time::sleep(TICK) => {}
        () = engine.hand.freed(), if limit == 0 && !engine.relay.is_on_trial() => {}
    }
}
