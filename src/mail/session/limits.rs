//! How patient a session is.

use std::time::Duration;

/// How long each answer is waited for (RFC 5321, section 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The greeting.
    pub greeting: Duration,
    /// MAIL, RCPT and whatever else is one command.
    pub command: Duration,
    /// DATA.
    pub data: Duration,
    /// The message and its final dot together; each of them where the message goes ahead.
    pub final_dot: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(300),
            command: Duration::from_secs(300),
            data: Duration::from_secs(120),
            final_dot: Duration::from_secs(600),
        }
    }
}

impl Limits {
    /// These limits, none longer than `longest`.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        Self {
            greeting: self.greeting.min(longest),
            command: self.command.min(longest),
            data: self.data.min(longest),
            final_dot: self.final_dot.min(longest),
        }
    }
}
