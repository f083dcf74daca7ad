//! How many connections this node may have beside the other nodes, and how many it could use.

use std::collections::HashMap;
use std::time::Instant;

use super::super::line::Place;
use super::super::places::Granted;
use super::{Desk, Line};
use crate::pacing::places::Wish;

/// Messages after which a connection makes room for a line that has none.
pub(super) const FAIR_SHARE: usize = 10;

impl Desk {
    /// Whether a connection with nothing to do, or one that had its share, should make room for others.
    pub(in super::super) fn makes_room(&mut self, key: &str, sent: usize) -> bool {
        if self.gives_up(key) {
            return true;
        }
        let has_had_its_share =
            self.lines.get(key).is_none_or(|line| line.waiting() == 0 || line.open > 1 || sent >= FAIR_SHARE);
        let leaves = self.is_short && has_had_its_share;
        if leaves {
            self.is_short = false;
        }
        leaves
    }

    /// The most connections of this node to a lane from one source.
    pub(super) fn most_at(&self, place: &Place, source: usize) -> usize {
        let most = place.connections.max(1);
        self.granted.as_ref().map_or(most, |granted| granted.most(place, source).min(most))
    }

    /// Whether the lane of a line has more connections than this node may have: then one of them ends.
    fn gives_up(&mut self, key: &str) -> bool {
        let (Some(line), Some(granted)) = (self.lines.get(key), &mut self.granted) else { return false };
        line.place.is_shared && granted.gives_up(&line.place, &self.held)
    }

    /// What this node could use of each shared lane and source, and what it has.
    pub(in super::super) fn wishes(&self, now: Instant) -> HashMap<(String, usize), Wish> {
        let mut wishes: HashMap<(String, usize), Wish> = HashMap::new();
        let has_work = |line: &&Line| line.place.is_shared && (line.waiting() > 0 || line.open > 0);
        for line in self.lines.values().filter(has_work) {
            let busy = line.open.saturating_sub(line.idle);
            let wanted = (line.waiting() + busy).min(line.lessons.most_connections(now));
            for source in &line.place.sources {
                let key = (line.place.lane.clone(), *source);
                let open = self.held.get(&key).copied().unwrap_or(0);
                let ceiling = count(line.place.connections.max(1));
                let wish = wishes.entry(key).or_insert(Wish { open: count(open), wanted: 0, ceiling });
                wish.wanted = (wish.wanted + count(wanted.min(self.half()))).min(ceiling);
                wish.ceiling = wish.ceiling.min(ceiling);
            }
        }
        wishes
    }

    /// Learns how many connections this node may have.
    pub(in super::super) fn grant(&mut self, granted: Granted) {
        self.granted = Some(granted);
    }
}

fn count(connections: usize) -> i64 {
    i64::try_from(connections).unwrap_or(i64::MAX)
}
