//! The queue that the engine works off: claimed for a few minutes by one node, given back or recorded.

mod claim;
mod record;
mod store;

pub use claim::{Claim, claim};
pub use record::{Outcome, RefusalNote, Verdict, record};
pub(crate) use store::{Progress, count_progress};
pub use store::{Standing, give_back, release_expired, release_of_node, renew, skip_campaign, standing};
