//! What decides, right before `MAIL FROM`, whether a claimed delivery may still leave.

mod store;

pub use store::{Above, Standing, standings, standings_as_claimed};
