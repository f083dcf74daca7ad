//! What the operator and the lanes say of how mail leaves: read again every few seconds, not for every message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::accounts;
use crate::app::App;
use crate::pacing::lanes::{self, Lanes};
use crate::storage::AccountId;

/// The rules as this node knows them.
#[derive(Debug, Default)]
pub(super) struct Rules(Mutex<Option<(Instant, Arc<Known>)>>);

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The pools of the accounts that are in one.
    pub(super) pools: HashMap<AccountId, String>,
    /// The lanes, with what the operator set and what replies did to them.
    pub(super) lanes: Lanes,
}

/// So soon a change of the operator holds.
const FRESH_FOR: Duration = Duration::from_secs(5);

impl Rules {
    /// The rules of now; while the database is away, those of before.
    pub(super) async fn now(&self, app: &App) -> Arc<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, known)) = &known
            && read_at.elapsed() < FRESH_FOR
        {
            return Arc::clone(known);
        }
        let read = app.db.read(|conn| Ok((accounts::pools(conn)?, lanes::all(conn)?))).await;
        match read {
            Ok((pools, lanes)) => {
                let new = Arc::new(Known { pools: pools.into_iter().collect(), lanes });
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&new)));
                new
            }
            Err(error) => {
                tracing::warn!(%error, "the rules of the lanes cannot be read; the last known hold");
                known.map(|(_, known)| known).unwrap_or_default()
            }
        }
    }
}
