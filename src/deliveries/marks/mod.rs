//! What reports say of a delivery after it left: marks on its row, each set once.

mod store;

pub use store::{hold, mark_bounced, mark_complained, owners};
