//! Mail that came back: what it says, what follows from it.

use crate::storage::words;

words! {
    /// What a bounce means for the address.
    pub enum Severity {
        /// The address is dead.
        Hard = "hard",
        /// Not now.
        Soft = "soft",
    }
}

words! {
    /// Why a message was not accepted.
    pub enum Class {
        /// There is no such mailbox.
        UnknownUser = "unknown_user",
        /// There is no such receiving domain, or it takes no mail (RFC 7505).
        BadDomain = "bad_domain",
        /// The mailbox was closed or is not used any more.
        Inactive = "inactive",
        /// The mailbox is full.
        MailboxFull = "mailbox_full",
        /// Passing trouble at the receiving side.
        Transient = "transient",
        /// We send too fast.
        Throttled = "throttled",
        /// We are refused for our reputation or by a policy.
        Policy = "policy",
        /// SPF, DKIM, DMARC, PTR or HELO is not as the receiver wants it.
        Authentication = "authentication",
        /// The content is refused.
        Content = "content",
        /// Size, protocol or SMTPUTF8.
        Protocol = "protocol",
        /// Nothing fits.
        Unknown = "unknown",
    }
}
