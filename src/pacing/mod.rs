//! How fast a campaign may go: its plan, a pure function of a few numbers and of the time.
//!
//! Knows no delivery and no relay. The claim asks [`Plan::released`] how many positions may be out by now.

pub mod hours;
pub mod plan;
mod retries;

pub use hours::Hours;
pub use plan::{Pace, Plan};
