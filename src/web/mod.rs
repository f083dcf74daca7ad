//! The web: HTTP and page structs. No rule and no query lives here.

pub mod assets;
pub mod page;
