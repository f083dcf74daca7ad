//! What came of a campaign's deliveries, minute by minute: the real curve.

mod store;

pub(crate) use store::count as count_progress;
pub use store::skip_campaign;

use super::super::State;

/// How many deliveries of a campaign came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    accepted: i64,
    failed: i64,
    deferred: i64,
    skipped: i64,
}

impl Progress {
    /// Some that were skipped.
    pub(crate) fn skipped(count: i64) -> Self {
        Self { skipped: count, ..Self::default() }
    }

    /// One more that came to this state.
    pub(in super::super) fn add(&mut self, state: State) {
        match state {
            State::Accepted => self.accepted += 1,
            State::Failed => self.failed += 1,
            State::Deferred => self.deferred += 1,
            State::Skipped => self.skipped += 1,
            State::Queued | State::Claimed => {}
        }
    }
}
