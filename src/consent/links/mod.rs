//! The records in the order of their chain, with what each is bound to, as a walk reads them.

mod store;

pub(super) use store::{Link, before, ids_after, is_longer, read};
