//! Every message that came in, as it came in: stored first, judged after. What counts as ours is said in [`marks`].

mod judge;
pub mod marks;
mod store;

pub use judge::{JudgeOutcome, Judged, Opened, judge_stored, open, word_of};
pub use store::{
    Counts, StoreOutcome, Unmatched, Waiting, counts, drop_bodies, give_up, raw, store, unmatched, waiting,
};

use crate::storage::words;

words! {
    /// The door through which a message came.
    pub enum Channel {
        /// The SMTP listener.
        Smtp = "smtp",
        /// The same listener speaking LMTP (RFC 2033).
        Lmtp = "lmtp",
        /// `estampille receive`, in an MTA's pipe.
        Pipe = "pipe",
        /// `POST /api/v1/reports`.
        Api = "api",
    }
}

words! {
    /// Where an inbound message stands.
    pub enum State {
        /// Waits to be judged.
        Stored = "stored",
        /// Judged; what followed is written.
        Judged = "judged",
        /// A report without a valid mark of ours: forged, foreign, or about somebody else's mail. Changes nobody.
        Unmarked = "unmarked",
        /// Cannot be read as a message.
        Unreadable = "unreadable",
        /// Written to abuse@ or postmaster@: kept for the operator.
        Kept = "kept",
    }
}

/// One message with its envelope, as a channel hands it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The door it came through.
    pub channel: Channel,
    /// `MAIL FROM`, empty for the null sender.
    pub envelope_from: String,
    /// `RCPT TO`, of one recipient.
    pub envelope_to: String,
    /// The message itself.
    pub message: Vec<u8>,
}
