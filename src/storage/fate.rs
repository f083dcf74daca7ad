//! What becomes of a write whose caller does not wait for ever: it is committed, or the caller was told that it was not
//! done; never both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::StoreError;

const OPEN: u8 = 0;
const COMMITTED: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Settled once, by whoever comes first: the thread that writes, or the caller that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate(Arc<AtomicU8>);

impl Fate {
    /// The last step before the commit.
    ///
    /// # Errors
    /// When the caller has gone: then everything is rolled back.
    pub(super) fn before_commit(&self) -> Result<(), StoreError> {
        let is_wanted = self.settle(COMMITTED);
        is_wanted.then_some(()).ok_or_else(|| StoreError::Unavailable("nobody waits for it any more".to_owned()))
    }

    /// The caller goes; `false` when the commit has begun.
    pub(super) fn give_up(&self) -> bool {
        self.settle(GIVEN_UP)
    }

    fn settle(&self, as_what: u8) -> bool {
        self.0.compare_exchange(OPEN, as_what, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_first_settles_it() {
        let fate = Fate::default();
        assert!(fate.before_commit().is_ok());
        assert!(!fate.give_up(), "it is being committed");
        let fate = Fate::default();
        assert!(fate.give_up());
        assert!(matches!(fate.before_commit(), Err(StoreError::Unavailable(_))));
    }
}
