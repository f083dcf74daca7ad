//! "This is spam": what a reader, or their mailbox provider, said of one of our deliveries.
//!
//! A complaint is never a bounce: it ends every subscription of the address in the account, suppresses it so that no
//! user of the account can lift it, and sends that person nothing, not even a goodbye.

mod act;
mod store;

pub use act::{NewReport, RecordOutcome, record, take_out};
pub use store::{Complaint, of_subscriber, page};
