//! The loop that claims: as much as the senders can use, and nothing while the relay waits.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;

use super::Engine;
use super::once::Once;
use super::record::{Job, written_down};
use super::schedule;
use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::deliveries::queue::{self, Claim, Verdict};

/// A node that dies holds its claims no longer than this.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);
/// A turn that took longer was no turn.
const LONGEST_TURN: TimeDelta = TimeDelta::seconds(30);
/// How often is looked for new mail while there is none.
const TICK: Duration = Duration::from_millis(200);

/// Claims until the stop; what was claimed too late goes back.
pub(super) async fn run(engine: Engine, senders: mpsc::Sender<Delivery>, outcomes: mpsc::Sender<Job>) {
    let mut told = Once::new("claiming deliveries");
    let (mut turn, mut since) = (0, engine.app.clock.now());
    while !engine.stop.is_cancelled() {
        let (limit, now) = (room(&engine), engine.app.clock.now());
        if has_jumped(since, now) && told.tell(schedule::keep_pace(&engine).await).is_none() {
            pause(&engine, limit).await;
            continue;
        }
        let until = now + LEASE;
        let wanted = Claim { node: engine.node.id.clone(), limit, until, turn, since };
        let claimed = if limit == 0 { Vec::new() } else { claim(&engine, wanted, now, &mut told).await };
        (turn, since) = (turn + 1, now);
        let is_full = claimed.len() == limit && limit > 1;
        hand_on(&engine, claimed, &senders, &outcomes).await;
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

/// How many to claim now: a good part of the hand at once, one while the relay is on trial.
fn room(engine: &Engine) -> usize {
    let held = engine.hand.len();
    if engine.relay.is_waiting() {
        0
    } else if engine.relay.is_on_trial() {
        usize::from(held == 0)
    } else if held > engine.hand_size * 3 / 4 {
        0
    } else {
        engine.hand_size - held
    }
}

async fn claim(engine: &Engine, wanted: Claim, now: Timestamp, told: &mut Once) -> Vec<Delivery> {
    let claimed = engine.app.db.write(move |conn| queue::claim(conn, &wanted, now)).await;
    told.tell(claimed).unwrap_or_default()
}

async fn hand_on(
    engine: &Engine,
    claimed: Vec<Delivery>,
    senders: &mpsc::Sender<Delivery>,
    outcomes: &mpsc::Sender<Job>,
) {
    engine.hand.take(claimed.iter().map(|delivery| delivery.id));
    for delivery in claimed {
        if engine.stop.is_cancelled() {
            written_down(outcomes, delivery, Verdict::GivenBack).await;
        } else if let Err(refused) = senders.send(delivery).await {
            written_down(outcomes, refused.0, Verdict::GivenBack).await;
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
