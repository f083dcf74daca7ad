//! The loop that shares the connections to providers with the other nodes: a few statements now and then, none for a
//! message.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::super::once::Once;
use super::Counter;
use super::line::Place;
use crate::pacing::places::{self, Share, Way, Wish};
use crate::storage::StoreError;

/// How long what this node may have is kept for it when it dies.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// It is asked for again after this at the latest.
const RENEWS: Duration = Duration::from_secs(20);
/// Not more often than this.
const BREATH: Duration = Duration::from_millis(50);
/// Who has less than it could use, or more, asks so often.
const ASKS_AGAIN: Duration = Duration::from_secs(1);

/// How many connections this node may have.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// By lane and source.
    places: HashMap<(String, usize), usize>,
    /// Connections that end because there are too many.
    ending: HashMap<(String, usize), usize>,
    nodes: usize,
}

impl Granted {
    #[cfg(test)]
    pub(super) fn of(places: &[(&str, usize, usize)], nodes: usize) -> Self {
        let places = places.iter().map(|(lane, source, places)| (((*lane).to_owned(), *source), *places)).collect();
        Self { places, ending: HashMap::new(), nodes }
    }

    /// The most connections to a lane from a source.
    pub(super) fn most(&self, place: &Place, source: usize) -> usize {
        if place.is_shared {
            return self.places.get(&(place.lane.clone(), source)).copied().unwrap_or(0);
        }
        (place.connections / self.nodes.max(1)).max(1)
    }

    /// Whether there are more connections than there may be, beside those that end already.
    pub(super) fn gives_up(&mut self, place: &Place, held: &HashMap<(String, usize), usize>) -> bool {
        let sources = place.sources.iter().map(|source| (place.lane.clone(), *source));
        for key in sources {
            let (held, most) = (held.get(&key).copied().unwrap_or(0), self.places.get(&key).copied().unwrap_or(0));
            let ending = self.ending.entry(key).or_insert(0);
            if held > most + *ending {
                *ending += 1;
                return true;
            }
        }
        false
    }
}

/// What was asked for last, and what came of it.
#[derive(Default)]
struct Asked {
    at: Option<Instant>,
    wanted: BTreeMap<Way, i64>,
    share: Share,
}

impl Asked {
    /// Whether what this node may have was not confirmed for so long that it is nobody's any more.
    fn has_run_out(&self) -> bool {
        let lease = LEASE.to_std().unwrap_or_default();
        self.at.is_some_and(|at| at.elapsed() >= lease)
    }

    fn is_due(&self, wishes: &BTreeMap<Way, Wish>) -> bool {
        let Some(since) = self.at.map(|at| at.elapsed()) else { return true };
        let is_new = wanted(wishes) != self.wanted;
        let may = |way: &Way| self.share.places.get(way).copied().unwrap_or(0);
        let is_off = wishes.iter().any(|(way, wish)| wish.wanted != may(way) || wish.open > may(way));
        since >= RENEWS || is_new || (is_off && since >= ASKS_AGAIN)
    }
}

fn wanted(wishes: &BTreeMap<Way, Wish>) -> BTreeMap<Way, i64> {
    wishes.iter().map(|(way, wish)| (way.clone(), wish.wanted)).collect()
}

/// Shares until the last connection `ended`: also those that a stop lets finish count for the other nodes.
pub(super) async fn run(counter: Counter, ended: CancellationToken) {
    let mut told = Once::new("sharing connections with other nodes");
    let mut asked = Asked::default();
    while !ended.is_cancelled() {
        let names = counter.wishes_by_name();
        if asked.is_due(&names) {
            let began = Instant::now();
            if let Some(share) = told.tell(share(&counter, names.clone()).await) {
                counter.grant(&share);
                asked = Asked { at: Some(began), wanted: wanted(&names), share };
            } else if asked.has_run_out() {
                // Others may have these places by now.
                counter.grant(&Share { nodes: asked.share.nodes, ..Share::default() });
            }
        }
        tokio::time::sleep(BREATH).await;
        tokio::select! {
            () = ended.cancelled() => {}
            () = counter.wishes.notified() => {}
            () = tokio::time::sleep(ASKS_AGAIN) => {}
        }
    }
}

/// Gives all places back, when the last connection ended.
pub(super) async fn leave(counter: &Counter) {
    let node = counter.engine.node.id.clone();
    if let Err(error) = counter.engine.app.db.write(move |conn| places::leave(conn, &node)).await {
        tracing::warn!(%error, "the places of this node are not given back; they are free in a minute");
    }
}

async fn share(counter: &Counter, wishes: BTreeMap<Way, Wish>) -> Result<Share, StoreError> {
    let (node, now) = (counter.engine.node.id.clone(), counter.engine.app.clock.now());
    counter.engine.app.db.write(move |conn| places::share(conn, &node, &wishes, (now, now + LEASE))).await
}

impl Counter {
    /// The wishes of the desk, by the addresses of the sources.
    fn wishes_by_name(&self) -> BTreeMap<Way, Wish> {
        let wishes = self.desk().wishes(Instant::now());
        wishes
            .into_iter()
            .map(|((lane, source), wish)| (Way { lane, source: self.source_name(source) }, wish))
            .collect()
    }

    fn source_name(&self, source: usize) -> String {
        let addresses = self.direct.settings().sources.get(source).map(|source| &source.addresses);
        addresses.into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn grant(&self, share: &Share) {
        let sources = self.direct.settings().sources.len().max(1);
        let names: HashMap<String, usize> = (0..sources).map(|source| (self.source_name(source), source)).collect();
        let place = |(way, places): (&Way, &i64)| {
            Some(((way.lane.clone(), *names.get(&way.source)?), usize::try_from(*places).unwrap_or(0)))
        };
        let places = share.places.iter().filter_map(place).collect();
        let nodes = usize::try_from(share.nodes).unwrap_or(1);
        self.desk().grant(Granted { places, ending: HashMap::new(), nodes });
        self.changed.notify_one();
    }
}
