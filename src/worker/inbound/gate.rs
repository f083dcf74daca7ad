//! How many may come in at once: in all, and from one network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Most connections at once.
const MOST: usize = 100;
/// Most connections at once from one network.
const MOST_OF_A_NETWORK: usize = 20;

/// Counts the open connections by network.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// The right to be connected; given back when dropped.
#[derive(Debug)]
pub(super) struct Pass {
    gate: Gate,
    network: IpAddr,
}

impl Gate {
    /// Lets a peer in; `None` when there are too many already.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<Pass> {
        let network = network_of(peer);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&network).copied().unwrap_or_default();
        if all >= MOST || own >= MOST_OF_A_NETWORK {
            return None;
        }
        open.insert(network, own + 1);
        drop(open);
        Some(Pass { gate: self.clone(), network })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut open = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.network) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.remove(&self.network);
            }
        }
    }
}

/// A /24 of IPv4, a /64 of IPv6: what one customer of a provider usually has.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4((u32::from(address) & !0xff).into()),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_cannot_take_every_place_and_places_are_given_back() {
        let gate = Gate::default();
        let inside = |last: u8| gate.enter(IpAddr::from([192, 0, 2, last]));
        let mut passes: Vec<_> = (0..20).map(|last| inside(last).expect("room")).collect();
        assert!(inside(99).is_none(), "the network has its share");
        assert!(gate.enter(IpAddr::from([198, 51, 100, 1])).is_some(), "another network gets in");
        passes.pop();
        assert!(inside(99).is_some(), "a place was given back");
        drop(passes);
        assert!(gate.0.lock().expect("no panic").is_empty());
    }

    #[test]
    fn there_is_a_ceiling_over_all_networks() {
        let gate = Gate::default();
        let passes: Vec<_> = (0..100_u8).map(|net| gate.enter(IpAddr::from([10, 0, net, 1])).expect("room")).collect();
        assert!(gate.enter(IpAddr::from([10, 0, 200, 1])).is_none());
        assert_eq!(gate.0.lock().expect("no panic").len(), 100, "who is turned away leaves nothing behind");
        drop(passes);
    }
}
