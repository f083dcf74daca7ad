//! Files of addresses, from their first byte to the last person asked.

mod api;
mod course;
mod pages;
