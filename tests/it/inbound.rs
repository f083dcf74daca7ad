//! What comes in: real sockets, whole messages, forged ones, and nonsense.

mod afterwards;
mod commands;
mod deferrals;
mod doors;
mod fixtures;
mod forged;
mod hooks;
mod listener;
mod mailbox;
mod nonsense;
mod operator;
mod silence;
mod site;
mod stories;
mod throughput;
