//! What becomes of a write whose caller does not wait for ever: it is committed, or the caller was told that it was not
//! done, or has gone; never both.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::StoreError;

const OPEN: u8 = 0;
const COMMITTED: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Settled once, by whoever comes first: the thread that writes, or the caller that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate(Arc<AtomicU8>);

/// The caller while it waits; gives the write up when it goes.
#[derive(Debug)]
pub(super) struct Waiting(Fate);

impl Drop for Waiting {
    fn drop(&mut self) {
        // What is being committed, or has ended, stays as it is.
        let _was_open = self.0.give_up();
    }
}

impl Fate {
    /// The caller waits as long as what this returns is held.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting(self.clone())
    }

    /// The step before anything is done.
    ///
    /// # Errors
    /// When the caller has gone already.
    pub(super) fn before_begin(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::Acquire) == GIVEN_UP { Err(nobody_waits()) } else { Ok(()) }
    }

    /// The last step before the commit.
    ///
    /// # Errors
    /// When the caller has gone: then everything is rolled back.
    pub(super) fn before_commit(&self) -> Result<(), StoreError> {
        let is_wanted = self.settle(COMMITTED);
        is_wanted.then_some(()).ok_or_else(nobody_waits)
    }

    /// The caller goes; `false` when the commit has begun.
    pub(super) fn give_up(&self) -> bool {
        self.settle(GIVEN_UP)
    }

    fn settle(&self, as_what: u8) -> bool {
        self.0.compare_exchange(OPEN, as_what, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

fn nobody_waits() -> StoreError {
    StoreError::Unavailable("nobody waits for it any more".to_owned())
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

    #[test]
    fn whoever_goes_gives_up_what_is_not_being_committed() {
        let (early, late) = (Fate::default(), Fate::default());
        drop(early.waiting());
        assert!(early.before_begin().is_err() && early.before_commit().is_err());
        let waiting = late.waiting();
        assert!(late.before_begin().is_ok() && late.before_commit().is_ok());
        drop(waiting);
        assert!(!late.give_up(), "it is being committed");
    }
}
