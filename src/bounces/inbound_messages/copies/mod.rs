//! The same message through another door.
//!
//! What is handed in twice is known by its content and judged once. But whether a complaint is believed depends on the
//! door (BNC-08): who may not be believed could hand a copy in first, and the one of the known reporter would be lost
//! behind it. So a complaint that was set aside, or waits for a name server, is judged again when the same bytes come
//! from somebody else. While the first is not judged at all, nobody knows yet which of them is believed: then the copy is
//! kept beside it, and each is judged. What was judged stays as it is.

mod store;

pub(super) use store::{come_again, first_waits};
