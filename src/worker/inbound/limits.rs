//! How much a client may take of the listener, and for how long.

use std::time::Duration;

/// What all texts together hold is counted in pieces of so many bytes.
pub(super) const CHUNK: usize = 64 * 1024;

/// Limits of a listener. The times are those of RFC 5321, section 4.5.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a client may take for a command, and for reading a reply.
    pub command: Duration,
    /// How long it may take for a whole text.
    pub text: Duration,
    /// How long a connection may last.
    pub session: Duration,
    /// Bytes that all texts may hold that are being read or written at once.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(300),
            text: Duration::from_secs(600),
            session: Duration::from_secs(3600),
            memory: 64 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// The memory in pieces of [`CHUNK`].
    pub(super) const fn chunks(self) -> usize {
        self.memory.div_ceil(CHUNK)
    }
}
