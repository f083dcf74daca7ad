//! What unit tests of the loops begin with.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::hand::Hand;
use super::node::Node;
use super::send::{Cache, Outlet, Signers};
use super::{Engine, lanes};
use crate::app::App;
use crate::mail::relay_state::RelayState;

/// What the loops of a node share, with nothing in its hand.
pub(super) fn engine(app: App, node: Node, outlet: Outlet) -> Engine {
    Engine {
        app,
        node: Arc::new(node),
        outlet,
        relay: RelayState::default(),
        hand: Hand::default(),
        hand_size: 40,
        lanes: lanes::watch().0,
        cache: Cache::default(),
        signers: Signers::default(),
        stop: CancellationToken::new(),
    }
}
