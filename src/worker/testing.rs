//! What unit tests of the loops begin with.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::hand::Hand;
use super::node::Node;
use super::send::{Cache, Outlet, Signers};
use super::{Engine, lanes};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::deliveries::{Delivery, Kind, State};
use crate::mail::EmailAddress;
use crate::mail::relay_state::RelayState;
use crate::storage::DeliveryId;

/// When the deliveries of [`delivery`] were claimed.
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

/// What the loops of a node share, with nothing in its hand, on an embedded database in this folder.
pub(super) fn engine(folder: &Path, outlet: Outlet) -> Engine {
    let place = folder.to_string_lossy().into_owned();
    let settings = Settings::from_values(&BTreeMap::from([("ESTAMPILLE_DATA_DIR".to_owned(), place)])).unwrap();
    Engine {
        app: App::open(settings).unwrap(),
        node: Arc::new(Node::take(folder).unwrap()),
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

/// A delivery that a node holds, of nobody's account.
pub(super) fn delivery(id: i64, kind: Kind) -> Delivery {
    Delivery {
        id: DeliveryId(id),
        kind,
        account_id: None,
        campaign_id: None,
        list_id: None,
        subscriber_id: None,
        subscription_id: None,
        cause: None,
        address: EmailAddress::parse("anne@example.org").ok(),
        lane: "other".to_owned(),
        position: 0,
        state: State::Claimed,
        attempts: 0,
        created_at: NOW,
        due_at: NOW,
        expires_at: NOW + TimeDelta::hours(1),
        last_code: None,
        last_reply: None,
        finished_at: None,
        bounced_at: None,
        complained_at: None,
    }
}
