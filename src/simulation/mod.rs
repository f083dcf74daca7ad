//! A whole campaign on a false clock: the plan, the lanes and the retries of the engine against providers with manners.
//!
//! Nothing is sent and no database is opened. What decides here is what decides in the engine ([`crate::pacing`],
//! [`crate::deliveries::retry`], [`crate::bounces::classify_reply`]); only the receiving side is made up ([`World`]). An
//! operator plans a send with it; a test drives a million recipients through two days of it.

pub mod chart;
mod course;
mod lane;
mod review;
mod world;

pub use course::{Course, LaneCourse, Scenario, Step, run};
pub use review::{Flaw, review, unevenness};
pub use world::{Answer, Manners, World};

#[cfg(test)]
mod tests;
