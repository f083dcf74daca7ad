//! Who is to be asked to confirm, one after the other, and what came of it.

mod store;

pub(super) use store::{confirmed, fate, insert_all, next, set_asked};
