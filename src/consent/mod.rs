//! What a person was shown and did, as append-only records, each bound to the one before it by its hash.

use crate::storage::words;

words! {
    /// What happened to a subscription.
    pub enum Event {
        /// Somebody asked for it.
        Requested = "requested",
        /// Its owner confirmed: this record is the stamp.
        Confirmed = "confirmed",
        /// It ended.
        Withdrawn = "withdrawn",
    }
}
