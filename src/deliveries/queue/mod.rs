//! The queue that the engine works off: claimed for a few minutes by one node, given back or recorded.

mod accept;
mod claim;
mod progress;
mod record;
mod standing;
mod store;

pub use accept::{accept, are_accepted};
pub use claim::{Claim, Turn, claim, open_lane};
pub use progress::skip_campaign;
pub(super) use progress::{Progress, count_progress};
pub use record::{Along, Outcome, Refusal, RefusalNote, Verdict, record};
pub use standing::{Above, Standing, standings, standings_as_claimed};
pub use store::{release_expired, release_of_node, release_unknown, renew};
