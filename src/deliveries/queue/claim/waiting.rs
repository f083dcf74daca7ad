//! What a campaign has waiting in a lane, and how much of it may go by the campaign's own pace. Pure.

use std::rc::Rc;

use crate::clock::Timestamp;
use crate::pacing::{Bucket, Plan};
use crate::storage::{AccountId, CampaignId};

/// A lane of a campaign that is being sent.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) account: AccountId,
    pub(super) campaign: CampaignId,
    pub(super) plan: Rc<Plan>,
    pub(super) lane: String,
    /// Deliveries of the campaign in this lane, in all.
    pub(super) part: i64,
    /// The first position that was not tried yet.
    pub(super) first: Option<i64>,
    /// When the first retry is due.
    pub(super) due: Option<Timestamp>,
    pub(super) fresh: Bucket,
    pub(super) retries: Bucket,
}

/// What may go of a lane of a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) retries: i64,
    pub(super) fresh: i64,
    /// Positions below this one are released.
    pub(super) below: i64,
}

impl Waiting {
    /// What may go now by the pace of the campaign, of which the account has `permille` thousandths in this lane.
    pub(super) fn room(&self, permille: i64, now: Timestamp) -> Room {
        let has_retries = self.due.is_some_and(|due| due <= now);
        if permille < 1 || (self.first.is_none() && !has_retries) || !self.plan.is_going(now) {
            return Room::default();
        }
        let below = self.plan.released(now);
        let has_fresh = self.first.is_some_and(|first| first < below);
        let fresh = if has_fresh { self.fresh.room(self.plan.flow(self.part, permille), now) } else { 0 };
        let retries = if has_retries { self.retries.room(self.plan.retry_flow(self.part), now) } else { 0 };
        Room { retries, fresh, below }
    }

    /// Takes retries from the pace.
    pub(super) fn take_retries(&mut self, count: i64, now: Timestamp) {
        self.retries = self.retries.take(self.plan.retry_flow(self.part), count, now);
    }

    /// Takes first attempts from the pace.
    pub(super) fn take_fresh(&mut self, count: i64, permille: i64, now: Timestamp) {
        self.fresh = self.fresh.take(self.plan.flow(self.part, permille), count, now);
    }
}

impl Room {
    pub(super) const fn sum(self) -> i64 {
        self.retries.saturating_add(self.fresh)
    }
}
