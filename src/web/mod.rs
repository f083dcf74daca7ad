//! HTTP: pages, the API and what machines ask. Holds page structs and handlers; no rule and no query lives here.

pub mod admin;
mod allowing;
pub mod api;
pub mod assets;
pub mod client;
pub mod csrf;
pub mod curve;
pub mod error;
pub mod field;
pub mod guard;
pub mod headers;
mod health;
pub mod hooks;
mod metrics;
mod operator;
pub mod page;
mod proof;
pub mod public;
pub mod routes;
pub mod server;
mod tray;
mod upload;
