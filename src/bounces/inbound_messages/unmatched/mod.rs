//! What came in and changed nobody, for the operator: mail to abuse@ and postmaster@, reports without a valid mark of
//! ours, and what cannot be read.

mod store;

pub use store::{Counts, Kept, Unmatched, counts, find, page, wait_for_a_word};
