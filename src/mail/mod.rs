//! The mail edge: addresses, messages that leave, messages that come in. Knows SMTP and MIME, no rule of consent.

pub mod address;
pub mod compose;
pub mod direct;
pub mod dns;
pub mod dsn;
pub mod feedback_report;
pub mod inbound;
pub mod marks;
pub mod mould;
pub mod notice;
mod plain;
pub mod reach;
pub mod reading;
pub mod relay;
pub mod relay_events;
pub mod relay_state;
pub mod return_path;
pub mod session;
pub mod sign;
pub mod signers;
mod tls;
pub mod tray;

pub use address::{AddressError, EmailAddress};
pub use notice::{Mailbox, Notice, OfList};
pub use plain::plain;
