//! What comes in: real sockets, whole messages, forged ones, and nonsense.

mod afterwards;
mod commands;
mod deferrals;
mod doors;
mod expiry;
mod fixtures;
mod forged;
mod hooks;
mod listener;
mod mailbox;
mod nonsense;
mod operator;
mod reporters;
mod silence;
mod site;
mod stories;
mod throughput;
mod told;
mod turns;
