//! One message to one recipient: the only way by which mail leaves.
//!
//! A delivery is written in the same transaction as its cause ([`enqueue`]), claimed by one node for a few minutes
//! ([`queue::claim`]), sent by the engine in `worker/send`, and recorded ([`queue::record`]). It stays as evidence.

pub mod backlog;
mod invitation;
mod marks;
mod of_campaign;
pub mod queue;
pub mod retry;
mod store;
mod waiting;

use crate::clock::Timestamp;
use crate::mail::EmailAddress;
use crate::pacing::warm_up::{Met, Trouble};
use crate::storage::{AccountId, CampaignId, DeliveryId, ListId, SubscriberId, SubscriptionId, words};
pub use invitation::create_and_invite;
pub use marks::{hold, mark_bounced, mark_complained, owners};
pub use of_campaign::{counts, of_campaign};
pub use store::{enqueue, enqueue_at, find, forget_address, of_subscriber};
pub use waiting::{detach_tests, redirect_waiting, skip_waiting};

words! {
    /// What kind of mail it is.
    pub enum Kind {
        /// One recipient of a campaign.
        Campaign = "campaign",
        /// Tells the users of an account that something needs them: a campaign that was warned of or stopped.
        Notice = "notice",
        /// "Is this you?": asks a person to confirm.
        Confirmation = "confirmation",
        /// Asks a new user to set a password.
        Invitation = "invitation",
        /// A campaign's content, sent to the sender before it goes out.
        Test = "test",
        /// "You are on the list": after a confirmation, where the list has such a mail.
        Welcome = "welcome",
        /// "You have left": after a person's own leaving, where the list has such a mail.
        Goodbye = "goodbye",
        /// What was held back for a reader who wants it all at once.
        Digest = "digest",
        /// The link to a reader's own page, which the reader asked for.
        Preferences = "preferences",
        /// Asks one of the two mailboxes whether an address may be changed.
        AddressChange = "address_change",
        /// Tells an account or the operator that a form is flooded.
        Flood = "flood",
    }
}

impl Kind {
    /// Whether the limits of its account and the warm-up of its sender hold for it and count it: what a sender chose to
    /// send, at once or as a digest, and not what a person waits for.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        matches!(self, Self::Campaign | Self::Digest)
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
    /// Those in which it waits, and no node holds it.
    pub const WAITING: [Self; 2] = [Self::Queued, Self::Deferred];

    /// Whether nothing will happen to it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Claimed | Self::Deferred => false,
            Self::Accepted | Self::Failed | Self::Skipped => true,
        }
    }
}

/// A mail that is to leave.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// What kind of mail it is.
    pub kind: Kind,
    /// On whose behalf; none for mail of the installation itself.
    pub account_id: Option<AccountId>,
    /// The campaign whose content it carries.
    pub campaign_id: Option<CampaignId>,
    /// The list it speaks of.
    pub list_id: Option<ListId>,
    /// Who reads it.
    pub subscriber_id: Option<SubscriberId>,
    /// The subscription it speaks of.
    pub subscription_id: Option<SubscriptionId>,
    /// The token hash of its confirmation or invitation.
    pub cause: Option<Vec<u8>>,
    /// The recipient.
    pub address: EmailAddress,
    /// After this it is not worth sending.
    pub expires_at: Timestamp,
}

/// One message to one recipient, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; later deliveries have higher ones.
    pub id: DeliveryId,
    /// What kind of mail it is.
    pub kind: Kind,
    /// On whose behalf.
    pub account_id: Option<AccountId>,
    /// The campaign whose content it carries.
    pub campaign_id: Option<CampaignId>,
    /// The list it speaks of.
    pub list_id: Option<ListId>,
    /// Who reads it.
    pub subscriber_id: Option<SubscriberId>,
    /// The subscription it speaks of.
    pub subscription_id: Option<SubscriptionId>,
    /// The token hash of its confirmation or invitation.
    pub cause: Option<Vec<u8>>,
    /// The recipient; gone after an erasure.
    pub address: Option<EmailAddress>,
    /// The lane of its receiving domain.
    pub lane: String,
    /// Its place in the shuffled audience of its campaign, from 0.
    pub position: i64,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Not to be tried before this.
    pub due_at: Timestamp,
    /// Not to be tried after this.
    pub expires_at: Timestamp,
    /// The code of the last reply.
    pub last_code: Option<i32>,
    /// The text of the last reply, or why it was skipped.
    pub last_reply: Option<String>,
    /// When it reached its final state.
    pub finished_at: Option<Timestamp>,
    /// When a report said that it bounced.
    pub bounced_at: Option<Timestamp>,
    /// When a report said that it was unwanted.
    pub complained_at: Option<Timestamp>,
}

impl Delivery {
    /// What trouble with it counts against the warm-up of its sender; only what has limits is warmed up.
    #[must_use]
    pub fn met(&self, trouble: Trouble) -> Option<Met<'_>> {
        let account = self.account_id.filter(|_| self.kind.is_limited())?;
        Some((account, self.list_id?, self.lane.as_str(), trouble))
    }
}

/// How the deliveries of a campaign stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their turn, or in flight.
    pub queued: i64,
    /// Taken by the relay.
    pub accepted: i64,
    /// Waiting for another attempt.
    pub deferred: i64,
    /// Refused for good.
    pub failed: i64,
    /// Not sent, because they might not be any more.
    pub skipped: i64,
    /// Of the accepted and failed ones: those that bounced.
    pub bounced: i64,
    /// Those that were reported as unwanted.
    pub complained: i64,
}
