//! Mail that came back: what it says, what follows from it.
//!
//! A report is stored first ([`inbound_messages::store`]), then read and judged ([`inbound_messages::judge_all`]): what it
//! is, whose delivery it speaks of by a signed mark of ours, why it was refused ([`classify`]), and what follows for the
//! address ([`judge`]). A reply given at send time enters at [`record_reply`], or at [`record_deferral`] while the delivery
//! waits. Only [`Severity::Hard`] takes an address out at once; whatever is about us (rate, policy, authentication,
//! content) never does.

mod act;
pub mod classify;
mod codes;
mod erase;
mod heard;
pub mod hook_tokens;
pub mod inbound_messages;
pub mod judge;
pub mod rules;
mod stage;
mod store;
mod told;

pub use act::{record_deferral, record_reply};
pub use classify::{Verdict, classify_reply, severity_of, verdicts};
pub use codes::Lasting;
pub use erase::erase_person;
pub use heard::heard;
pub use store::{Bounce, of_subscriber, page};
pub use told::Told;

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

impl Class {
    /// What one refusal of this class says of the address; `None` when it speaks of us, not of the address.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::UnknownUser | Self::BadDomain => Some(Severity::Hard),
            Self::Inactive | Self::MailboxFull | Self::Transient | Self::Unknown => Some(Severity::Soft),
            Self::Throttled | Self::Policy | Self::Authentication | Self::Content | Self::Protocol => None,
        }
    }

    /// Whether it names the state of the mailbox, and not of a server, of the way there or of us.
    #[must_use]
    pub const fn is_of_the_mailbox(self) -> bool {
        matches!(self, Self::UnknownUser | Self::Inactive | Self::MailboxFull)
    }
}
