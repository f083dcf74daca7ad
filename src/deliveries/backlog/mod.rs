//! What waits to be sent, as the operator sees it, and taking some of it out of the queue.

mod store;

use super::{Kind, State};
use crate::clock::Timestamp;
use crate::storage::{AccountId, CampaignId};

pub use store::{by_lane, count, purge, waiting};

/// What waits of one account and one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The account; none for mail of the installation itself.
    pub account_id: Option<AccountId>,
    /// What kind of mail it is.
    pub kind: Kind,
    /// Where it stands: queued, claimed or deferred.
    pub state: State,
    /// How many.
    pub deliveries: i64,
    /// Since when the oldest of them is there.
    pub oldest_at: Timestamp,
}

/// Which waiting campaign mail is to be taken out; every given thing must hold, and one has to be given.
///
/// Confirmations, invitations and tests are never purged: somebody waits for each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this account.
    pub account_id: Option<AccountId>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Of this lane.
    pub lane: Option<String>,
}

impl Selection {
    /// Whether it chooses at all; a selection that chooses nothing matches nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.account_id.is_none() && self.campaign_id.is_none() && self.lane.is_none()
    }
}
