//! Every message that came in, as it came in: stored first, judged after. What counts as ours is said in [`marks`].

mod aside;
mod bodies;
mod copies;
mod events;
mod judge;
mod judged;
pub mod marks;
mod note;
mod opened;
pub mod reporter;
mod store;
mod turns;
pub mod unmatched;

pub use aside::{DismissOutcome, ReleaseOutcome, dismiss, release};
pub use bodies::drop_bodies;
pub use events::store_events;
pub use judge::word_of;
pub use judged::{JudgeOutcome, Judged};
pub use note::Note;
pub use opened::{Opened, open};
pub use reporter::Reporter;
pub use store::{StoreOutcome, Waiting, give_up, raw, store, store_for, waiting};
pub(super) use store::{forget_about, forget_sender};
pub use turns::judge_all;

use crate::mail::relay_events::Provider;
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
        /// A mailbox that is emptied by IMAP or POP3.
        Mailbox = "mailbox",
        /// A signed notification of Amazon SES, by SNS.
        Ses = "ses",
        /// A webhook of Postmark.
        Postmark = "postmark",
        /// A signed webhook of Mailgun.
        Mailgun = "mailgun",
        /// A signed webhook of SendGrid.
        SendGrid = "sendgrid",
        /// A webhook of Brevo.
        Brevo = "brevo",
    }
}

impl Channel {
    /// The door of a relay's own events.
    #[must_use]
    pub const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Ses => Self::Ses,
            Provider::Postmark => Self::Postmark,
            Provider::Mailgun => Self::Mailgun,
            Provider::SendGrid => Self::SendGrid,
            Provider::Brevo => Self::Brevo,
        }
    }

    /// Whose events come through this door; `None` where messages come.
    #[must_use]
    pub const fn provider(self) -> Option<Provider> {
        match self {
            Self::Smtp | Self::Lmtp | Self::Pipe | Self::Api | Self::Mailbox => None,
            Self::Ses => Some(Provider::Ses),
            Self::Postmark => Some(Provider::Postmark),
            Self::Mailgun => Some(Provider::Mailgun),
            Self::SendGrid => Some(Provider::SendGrid),
            Self::Brevo => Some(Provider::Brevo),
        }
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
        /// A complaint with a valid mark of ours by somebody who is not known: waits for an operator's word (BNC-08).
        Quarantined = "quarantined",
        /// Such a complaint of which an operator said that it shall change nobody.
        Dismissed = "dismissed",
        /// Its mark is valid, but of a delivery that was too long ago. Changes nobody.
        Expired = "expired",
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
    /// Who handed it in: the peer's network address at a listener, the account's id at the API; else empty.
    pub source: String,
    /// The message itself.
    pub message: Vec<u8>,
}
