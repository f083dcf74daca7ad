//! The loops that work without anybody waiting for a page.
//!
//! A delivery goes from [`claim`] over a bounded channel to one of the senders ([`send`]: late check, render, compose,
//! sign, relay) and from there to [`record`]. [`schedule`] starts and ends campaigns, [`brakes`] stops those that go
//! wrong, [`lanes`] follows what receiving sides answer, [`domains`] asks who receives for a domain, [`housekeeping`]
//! clears up, [`walks`] follows the chains of consent, and [`inbound`] takes what comes back; [`mailbox`] fetches it.

mod brakes;
mod claim;
mod direct;
mod domains;
mod gather;
mod hand;
mod housekeeping;
mod imports;
pub mod inbound;
mod lanes;
pub mod mailbox;
mod node;
mod once;
mod prove;
mod record;
mod relays;
mod schedule;
mod send;
mod source;
mod stop;
#[cfg(test)]
mod testing;
mod walks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::RelayUrl;
use crate::consent;
use crate::deliveries::queue;
use crate::mail::direct::{Direct, DirectSettings, Surroundings};
use crate::mail::dns::Dns;
use crate::mail::relay::{Limits, Relay};
use crate::mail::relay_state::RelayState;
use crate::pacing::warm_up;
use crate::storage::StoreError;
use claim::Claimed;
use hand::Hand;
use lanes::LaneWatch;
use node::Node;
use send::{Cache, Outlet, Signers};
use source::Source;
pub use stop::WorkerHandle;

/// What all loops of this node share.
#[derive(Clone)]
struct Engine {
    app: App,
    node: Arc<Node>,
    outlet: Outlet,
    relay: RelayState,
    hand: Hand,
    hand_size: usize,
    lanes: LaneWatch,
    cache: Cache,
    signers: Signers,
    stop: CancellationToken,
}

/// What lies ready for each sender, so that none waits for a claim.
const READY_FOR_EACH: usize = 40;
/// No stop waits longer for the relay, whatever is set.
const LONGEST_STOP: Duration = Duration::from_secs(86_400);

/// Starts the loops that send. The database must be there and up to date.
///
/// # Errors
/// When the relay's URL cannot be used, or the data folder or the database cannot.
pub async fn start(app: App) -> std::io::Result<WorkerHandle> {
    let (lanes, ears) = lanes::watch();
    let engine = Engine {
        outlet: outlet(&app)?,
        node: Arc::new(Node::take(&app.settings.data_dir)?),
        relay: app.relay.clone(),
        hand: Hand::default(),
        hand_size: (app.settings.relay_connections * READY_FOR_EACH).clamp(40, 1000),
        lanes,
        cache: Cache::default(),
        signers: Signers::default(),
        stop: CancellationToken::new(),
        app,
    };
    let kept = engine.app.settings.consent_networks;
    let chosen = engine.app.db.write(move |conn| consent::keep_networks(conn, kept)).await;
    chosen.map_err(std::io::Error::other)?;
    let (is_direct, now) = (matches!(engine.outlet, Outlet::Direct(_)), engine.app.clock.now());
    let begun = engine.app.db.write(move |conn| warm_up::begin(conn, is_direct, now)).await;
    begun.map_err(std::io::Error::other)?;
    engine.relay.watch();
    take_back(&engine).await.map_err(std::io::Error::other)?;
    // Before anything is claimed: the time in which nothing ran is not caught up in a burst.
    schedule::keep_pace(&engine).await.map_err(std::io::Error::other)?;
    let (feed, claimed) = source::channel(engine.hand_size + claim::SPARE);
    let (outcomes, to_record) = mpsc::channel(engine.hand_size);
    let drained = CancellationToken::new();
    let record = record::start(&engine, to_record);
    let housekeeping = tokio::spawn(housekeeping::run(engine.clone(), drained.clone()));
    let mut feeders = caretakers(&engine, ears);
    feeders.extend(senders(&engine, claimed, &outcomes));
    feeders.push(tokio::spawn(claim::run(engine.clone(), feed, outcomes)));
    tracing::info!(connections = engine.app.settings.relay_connections, relay = ?engine.app.settings.relay, "sending");
    let stop_timeout = engine.app.settings.stop_timeout.to_std().unwrap_or(LONGEST_STOP).min(LONGEST_STOP);
    Ok(WorkerHandle { stop: engine.stop, stop_timeout, drained, relay: engine.relay, feeders, record, housekeeping })
}

/// Those who look after what stands around the sending.
fn caretakers(engine: &Engine, ears: lanes::Ears) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(schedule::run(engine.clone())),
        tokio::spawn(imports::run(engine.clone())),
        tokio::spawn(brakes::run(engine.clone())),
        tokio::spawn(walks::run(engine.clone())),
        tokio::spawn(domains::run(engine.clone())),
        tokio::spawn(relays::run(engine.clone())),
        tokio::spawn(lanes::run(engine.clone(), ears)),
    ]
}

/// Those who send what was claimed: over connections to the relay, or to the receivers' own servers.
fn senders(engine: &Engine, claimed: Source<Claimed>, outcomes: &mpsc::Sender<record::Job>) -> Vec<JoinHandle<()>> {
    if let Outlet::Direct(way) = &engine.outlet {
        return vec![tokio::spawn(direct::run(engine.clone(), way.clone(), claimed, outcomes.clone()))];
    }
    // One ready for each sender and no more: what lies here for longer has to be checked again.
    let (ready, source) = source::channel(engine.app.settings.relay_connections);
    let sender = |_| tokio::spawn(send::run(engine.clone(), source.clone(), outcomes.clone()));
    let mut senders: Vec<_> = (0..engine.app.settings.relay_connections).map(sender).collect();
    senders.push(tokio::spawn(send::check(engine.clone(), claimed, ready)));
    senders
}

/// Whether the settings name a relay that this version can speak to.
///
/// # Errors
/// The setting, and what is allowed.
pub fn check(app: &App) -> std::io::Result<()> {
    outlet(app).map(drop)
}

fn outlet(app: &App) -> std::io::Result<Outlet> {
    match &app.settings.relay {
        RelayUrl::Tray => Ok(Outlet::Tray),
        RelayUrl::Smtp(url) => Relay::read(url, &app.settings.mail_domain)
            .map(|relay| Outlet::Relay(relay.patient_for(patience(app))))
            .map_err(|trouble| std::io::Error::other(format!("ESTAMPILLE_RELAY_URL: {trouble}"))),
        RelayUrl::Direct(settings) => own_delivery(app, settings)
            .map(Outlet::Direct)
            .map_err(|trouble| std::io::Error::other(format!("ESTAMPILLE_RELAY_URL: {trouble}"))),
    }
}

fn own_delivery(app: &App, settings: &DirectSettings) -> Result<Direct, String> {
    let around = Surroundings {
        dns: Dns::new(app.settings.dns_server),
        clock: app.clock.clone(),
        helo: app.settings.mail_domain.clone(),
        policy_folder: app.settings.data_dir.join("mta-sts"),
        limits: Limits::default().at_most(patience(app)),
        retry: app.settings.retry,
    };
    Direct::new(settings.clone(), around)
}

fn patience(app: &App) -> Duration {
    app.settings.relay_timeout.to_std().unwrap_or(Duration::MAX)
}

/// What this node held when it died goes back to the queue at once.
async fn take_back(engine: &Engine) -> Result<(), StoreError> {
    let node = engine.node.id.clone();
    let taken = engine.app.db.write(move |conn| queue::release_of_node(conn, &node)).await?;
    if taken > 0 {
        tracing::warn!(deliveries = taken, "this node ended in the middle of these; they go again");
    }
    Ok(())
}
