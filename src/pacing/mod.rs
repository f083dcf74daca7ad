//! How fast a campaign may go ([`Plan`]), and how much each provider takes ([`providers`], [`LaneState`], [`Bucket`]).
//!
//! [`lanes`] keeps how each lane goes, [`receiving_domains`] which lane a domain belongs to.
//!
//! Knows no delivery and no relay. The claim asks [`Plan::released`] how many positions may be out by now, and each lane
//! how much room it has.

pub mod bucket;
pub mod hours;
mod lane_state;
pub mod lanes;
pub mod places;
pub mod plan;
pub mod providers;
pub mod receiving_domains;
mod retries;
pub mod sent;
pub mod warm_up;

pub use bucket::{Bucket, Flow};
pub use hours::Hours;
pub use lane_state::{LaneState, Standing};
pub use plan::{Pace, Plan};
pub use providers::{Ceilings, Concerns, Heard, OTHER, Provider, Step};
