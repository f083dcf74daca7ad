//! What may happen to a person's subscription, decision by decision, on both databases and without a web in between.

mod chain;
mod confirm;
mod digests;
mod erasure;
mod kept_mail;
mod leaving;
mod long_chain;
mod own_page;
mod pages;
mod seals;
mod signup;
pub(crate) mod world;
