//! What people do, from end to end: real SMTP in both directions, on both databases.

mod bounces;
mod campaigns;
mod opt_in;
mod postfix;
mod relay;
mod unsubscribe;
