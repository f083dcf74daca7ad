//! Files of addresses, from their first byte to the last person asked.

pub(crate) mod api;
mod course;
mod pages;
