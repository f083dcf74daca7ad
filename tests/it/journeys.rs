//! What people do, from end to end: real SMTP in both directions, on both databases.

mod postfix;
