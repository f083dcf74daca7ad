//! What becomes of deliveries that still wait when their reason goes: skipped, sent to another address, or left alone.

mod store;

pub use store::{detach_tests, redirect_waiting, skip_waiting};
