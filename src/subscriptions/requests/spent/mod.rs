//! Passes of forms that were used up.

mod store;

pub(super) use store::{delete, insert};
