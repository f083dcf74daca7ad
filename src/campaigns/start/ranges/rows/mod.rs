//! The deliveries of an audience: those of all parts that are read at once, in one statement.

mod store;

pub(in super::super) use store::{name_lanes, unwrite, want_domains, write};
