//! One subscriber on one list: asked for, confirmed, ended.

pub mod tally;

use crate::storage::words;
pub use tally::{Movement, Tally, movement, tally};

words! {
    /// Where a subscription stands.
    pub enum State {
        /// Asked for; only the confirmation mail may go there.
        Pending = "pending",
        /// Stamped by its owner: may receive mail.
        Confirmed = "confirmed",
        /// Over.
        Ended = "ended",
    }
}

words! {
    /// Why a subscription ended, and through which door.
    pub enum EndReason {
        /// The mail program's own button (RFC 8058).
        OneClick = "one_click",
        /// The button on our page.
        Page = "page",
        /// A mail to the unsubscribe address.
        Mail = "mail",
        /// A hard bounce.
        HardBounce = "hard_bounce",
        /// Soft bounces over weeks.
        SoftBounces = "soft_bounces",
        /// A complaint.
        Complaint = "complaint",
        /// "I did not ask for this."
        NotMe = "not_me",
        /// Nobody confirmed in time.
        Expired = "expired",
        /// The account took the address out.
        Sender = "sender",
        /// The operator took the address out.
        Operator = "operator",
        /// The person asked for erasure.
        Erased = "erased",
    }
}

impl EndReason {
    /// Whether the person, or their mailbox provider on their behalf, asked to be left alone.
    #[must_use]
    pub const fn is_own_wish(self) -> bool {
        matches!(self, Self::OneClick | Self::Page | Self::Mail | Self::Complaint | Self::NotMe | Self::Erased)
    }
}
