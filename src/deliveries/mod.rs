//! One message to one recipient: the only way by which mail leaves.

use crate::storage::words;

words! {
    /// What kind of mail it is.
    pub enum Kind {
        /// One recipient of a campaign.
        Campaign = "campaign",
        /// "Is this you?": asks a person to confirm.
        Confirmation = "confirmation",
        /// Asks a new user to set a password.
        Invitation = "invitation",
        /// A campaign's content, sent to the sender before it goes out.
        Test = "test",
    }
}

words! {
    /// Where a delivery stands.
    pub enum State {
        /// Waits to be sent.
        Queued = "queued",
        /// A node holds it.
        Claimed = "claimed",
        /// Got a 4xx; waits for its next attempt.
        Deferred = "deferred",
        /// The relay answered 2xx.
        Accepted = "accepted",
        /// A 5xx, or tried for too long.
        Failed = "failed",
        /// Not sent, because it may not be any more.
        Skipped = "skipped",
    }
}

impl State {
    /// Whether nothing will happen to it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Claimed | Self::Deferred => false,
            Self::Accepted | Self::Failed | Self::Skipped => true,
        }
    }
}
