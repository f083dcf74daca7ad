//! The stories of Estampille, told against a real server, a real worker, a real SMTP peer and both databases.
//!
//! Run them with `./test.sh`, which starts what they need; `./test.sh NAME` runs those whose path holds NAME.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests are their own edge: they read their environment and the clock"
)]
mod architecture;
mod browser;
mod catalogues;
mod cli;
mod direct;
mod faults;
mod forms;
mod imports;
mod inbound;
mod journeys;
mod mails;
mod pace;
mod people;
mod service;
mod storage;
mod support;
mod web;
