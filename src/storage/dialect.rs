//! The only SQL that differs between the two databases.
