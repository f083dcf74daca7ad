//! What people do, from end to end: real SMTP in both directions, on both databases.

mod bounces;
mod brakes;
pub(crate) mod campaigns;
mod from_domains;
mod lanes;
mod opt_in;
mod own_page;
mod postfix;
mod relay;
mod returns;
mod signing;
mod unsubscribe;
