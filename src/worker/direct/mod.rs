//! Sending to the receivers' own servers: each claimed delivery finds its line ([`route`]), lines get their connections
//! ([`desk`]) as far as all nodes together may have them ([`places`]), and each connection sends what waits in its line
//! ([`session`]).

mod desk;
mod line;
mod places;
mod route;
mod rules;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::claim::Claimed;
use super::record::{Job, written_down};
use super::source::Source;
use crate::deliveries::Delivery;
use crate::deliveries::queue::Verdict;
use crate::mail::direct::Direct;
use desk::Desk;
use line::Lessons;
use places::Granted;
use rules::Rules;

/// Routes that are looked up at the same time; slow name servers hold no others back.
const MOST_LOOKUPS: usize = 64;

const TICK: Duration = Duration::from_secs(1);

/// What routes and sessions share.
#[derive(Clone)]
struct Counter {
    engine: Engine,
    direct: Direct,
    outcomes: mpsc::Sender<Job>,
    desk: Arc<Mutex<Desk>>,
    rules: Arc<Rules>,
    /// Somebody waits, or a connection ended.
    changed: Arc<Notify>,
    /// The same, for who shares the connections with other nodes.
    wishes: Arc<Notify>,
}

/// Sends until there is nothing more to take; after the stop, what was not begun goes back.
pub(super) async fn run(engine: Engine, direct: Direct, source: Source<Claimed>, outcomes: mpsc::Sender<Job>) {
    let desk = Arc::new(Mutex::new(Desk::new(engine.app.settings.relay_connections)));
    let (changed, wishes) = (Arc::default(), Arc::default());
    let counter = Counter { engine, direct, outcomes, desk, rules: Arc::default(), changed, wishes };
    counter.desk().grant(Granted::default());
    let ended = CancellationToken::new();
    let sharing = tokio::spawn(places::run(counter.clone(), ended.clone()));
    deal_out(&counter, source).await;
    counter.give_all_back().await;
    ended.cancel();
    if let Err(error) = sharing.await {
        tracing::error!(%error, "sharing connections ended early");
    }
    places::leave(&counter).await;
}

/// Takes what was claimed to its connections, until there is nothing more and every connection ended.
async fn deal_out(counter: &Counter, source: Source<Claimed>) {
    let lookups = Arc::new(Semaphore::new(MOST_LOOKUPS));
    // Dropped with this task, and all that they hold goes again.
    let mut tasks = JoinSet::new();
    let mut is_open = true;
    while is_open || !tasks.is_empty() {
        // Nobody who cannot go is held: on trial the claim waits until the hand is empty.
        if counter.is_over() {
            counter.give_all_back().await;
        }
        while let Some(start) = counter.next_start() {
            tasks.spawn(session::run(counter.clone(), start));
        }
        tokio::select! {
            claimed = source.next(), if is_open => match claimed {
                Some(claimed) => {
                    let find = route::find(counter.clone(), Arc::clone(&lookups), claimed.delivery);
                    drop(tasks.spawn(find));
                }
                None => is_open = false,
            },
            Some(Err(error)) = tasks.join_next(), if !tasks.is_empty() => {
                tracing::error!(%error, "a connection ended early; what it held goes again when its lease runs out");
            }
            () = counter.changed.notified() => {}
            // Waits that ended, and what was learnt and is believed no more, announce themselves to nobody.
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

impl Counter {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was learnt of the servers of a line.
    fn learn<T>(&self, key: &str, note: impl FnOnce(&mut Lessons) -> T) -> Option<T> {
        self.desk().lessons(key).map(note)
    }

    fn next_start(&self) -> Option<desk::Start> {
        if self.is_over() { None } else { self.desk().start(Instant::now()) }
    }

    /// Whether nothing new is to be begun.
    fn is_over(&self) -> bool {
        self.engine.stop.is_cancelled() || self.engine.relay.is_waiting()
    }

    /// Whether the lane of a delivery stands still: then what this node holds of it goes back.
    fn is_held(&self, delivery: &Delivery) -> bool {
        self.engine.lanes.is_closed(delivery, self.engine.app.clock.now())
    }

    /// Our own network is in trouble: nobody is counted an attempt, and everybody waits.
    async fn network_failed(&self, trouble: &str) {
        self.engine.relay.failed(trouble);
        self.give_all_back().await;
    }

    async fn give_all_back(&self) {
        let waiting = self.desk().take_all();
        let all = waiting.into_iter().map(|delivery| self.write(delivery, Verdict::GivenBack));
        futures_util::future::join_all(all).await;
    }

    async fn write(&self, delivery: Delivery, verdict: Verdict) {
        written_down(&self.outcomes, delivery, verdict).await;
    }
}
