//! Trouble that lasts is said once.

use crate::storage::StoreError;

/// What the log was told of one kind of work.
#[derive(Debug)]
pub(super) struct Once {
    work: &'static str,
    is_told: bool,
}

impl Once {
    pub(super) const fn new(work: &'static str) -> Self {
        Self { work, is_told: false }
    }

    /// The result of a piece of work, told when it fails for the first time and when it works again.
    pub(super) fn tell<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        self.tell_of(result)
    }

    /// [`Once::tell`] of work whose trouble is another one's.
    pub(super) fn tell_of<T>(&mut self, result: Result<T, impl std::fmt::Display>) -> Option<T> {
        match result {
            Ok(value) => {
                if std::mem::take(&mut self.is_told) {
                    tracing::info!(work = self.work, "it works again");
                }
                Some(value)
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_told, true) {
                    tracing::error!(work = self.work, %error, "it waits until this works");
                }
                None
            }
        }
    }
}
