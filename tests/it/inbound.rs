//! What comes in: real sockets, whole messages, forged ones, and nonsense.

mod commands;
mod deferrals;
mod doors;
mod fixtures;
mod hooks;
mod listener;
mod nonsense;
mod site;
mod stories;
