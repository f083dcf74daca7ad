//! What may happen to a person's subscription, decision by decision, on both databases and without a web in between.

mod chain;
mod confirm;
mod erasure;
mod leaving;
mod pages;
mod signup;
pub(crate) mod world;
