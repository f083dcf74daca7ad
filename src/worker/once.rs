//! Trouble that lasts is said once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::storage::StoreError;

/// What the log was told of one kind of work, by whoever of several does it.
#[derive(Debug, Clone)]
pub(super) struct Once {
    work: &'static str,
    is_told: Arc<AtomicBool>,
}

impl Once {
    pub(super) fn new(work: &'static str) -> Self {
        Self { work, is_told: Arc::default() }
    }

    /// The result of a piece of work, told when it fails for the first time and when it works again.
    pub(super) fn tell<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        self.tell_of(result)
    }

    /// [`Once::tell`] of work whose trouble is another one's.
    pub(super) fn tell_of<T>(&mut self, result: Result<T, impl std::fmt::Display>) -> Option<T> {
        match result {
            Ok(value) => {
                if self.is_told.swap(false, Ordering::SeqCst) {
                    tracing::info!(work = self.work, "it works again");
                }
                Some(value)
            }
            Err(error) => {
                if !self.is_told.swap(true, Ordering::SeqCst) {
                    tracing::error!(work = self.work, %error, "it waits until this works");
                }
                None
            }
        }
    }
}
