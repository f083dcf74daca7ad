//! The rows that are still to be read, in chunks of one transaction each.

mod store;

pub(super) use store::{delete, delete_all, first, insert};
