//! Addresses that an account may not mail, with the reason and the evidence.

use crate::storage::words;

words! {
    /// Why an address may not be mailed.
    pub enum Reason {
        /// Mail to it is refused for good.
        HardBounce = "hard_bounce",
        /// Mail to it kept failing for weeks.
        SoftBounces = "soft_bounces",
        /// Its owner reported our mail as unwanted.
        Complaint = "complaint",
        /// Its owner says that somebody else typed it in.
        NotMe = "not_me",
        /// Its owner asked for erasure; only the keyed hash is left.
        Erased = "erased",
        /// The account's own decision.
        Manual = "manual",
    }
}

impl Reason {
    /// Whether the account's users may lift it: never a complaint or a person's own wish.
    #[must_use]
    pub const fn may_be_lifted(self) -> bool {
        matches!(self, Self::HardBounce | Self::SoftBounces | Self::Manual)
    }

    /// Whether the person may still ask, by a form and a new confirmation, to receive mail again.
    #[must_use]
    pub const fn lets_the_person_come_back(self) -> bool {
        matches!(self, Self::Erased | Self::Manual)
    }
}
