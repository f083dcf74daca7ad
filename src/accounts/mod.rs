//! Customers of the operator: their users, sessions, API tokens, limits and pause.

use crate::storage::words;

words! {
    /// What a user may do.
    pub enum Role {
        /// Everything in one account.
        Owner = "owner",
        /// Everything in the installation.
        Operator = "operator",
    }
}

words! {
    /// What an API token may do.
    pub enum Scope {
        /// Read and change everything of the account.
        Full = "full",
        /// Read everything of the account.
        Read = "read",
        /// Only ask for new subscriptions.
        Subscribe = "subscribe",
    }
}
