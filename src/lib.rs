//! Estampille: a mailing-list manager with confirmed opt-in.
//!
//! ARCHITECTURE.md says how the folders hang together.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod bounces;
pub mod campaigns;
pub mod ceilings;
pub mod cli;
pub mod clock;
pub mod complaints;
pub mod config;
pub mod consent;
pub mod deliveries;
pub mod forms;
pub mod idempotency;
pub mod imports;
pub mod keyring;
pub mod lists;
pub mod mail;
pub mod pacing;
pub mod sending_domains;
pub mod simulation;
pub mod storage;
pub mod subscribers;
pub mod subscriptions;
pub mod suppressions;
pub mod texts;
pub mod web;
pub mod worker;
