//! The deliveries of one campaign: a page of them, those that wait, and how many there are of each state.

mod store;

pub(super) use store::waiting_in;
pub use store::{counts, of_campaign};
