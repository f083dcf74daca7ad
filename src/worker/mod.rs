//! The loops that work without anybody waiting for a page.

pub mod inbound;
