//! Addresses from a file: read, judged by where they come from, and asked to confirm one by one.
//!
//! A file never makes anybody a reader: its rows start pending. Only the operator, at the machine and with evidence that
//! is kept in each consent record, stamps addresses that were confirmed elsewhere (CON-08).

mod file;
mod provenance;
mod take;

pub use file::{FileError, Opened, Row, open, rows};
pub use provenance::{Provenance, Refusal, judge};
pub use take::{Import, RowOutcome, take};
