//! What a campaign has waiting in a lane, and how much of it may go by the campaign's own pace. Pure.

mod store;

use std::rc::Rc;

use crate::clock::Timestamp;
use crate::pacing::warm_up::Sender;
use crate::pacing::{Bucket, Plan};
use crate::storage::{AccountId, CampaignId};
#[cfg(test)]
pub(super) use store::WAITING;
pub(super) use store::{read, write_paces};

/// A lane of a campaign that is being sent.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) account: AccountId,
    pub(super) campaign: CampaignId,
    pub(super) plan: Rc<Plan>,
    pub(super) lane: String,
    /// Who is warmed up in this lane; none where nobody is.
    pub(super) sender: Option<Sender>,
    /// Deliveries of the campaign in this lane, in all.
    pub(super) part: i64,
    /// The first position that was not tried yet.
    pub(super) first: Option<i64>,
    /// When the first retry is due.
    pub(super) due: Option<Timestamp>,
    pub(super) fresh: Bucket,
    pub(super) retries: Bucket,
    /// What is going to be claimed.
    pub(super) asked: Room,
    /// Whether something was claimed.
    pub(super) is_taken_from: bool,
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

    /// What may go now beside what is going to be claimed.
    pub(super) fn left(&self, permille: i64, now: Timestamp) -> Room {
        let room = self.room(permille, now);
        let (retries, fresh) = (room.retries - self.asked.retries, room.fresh - self.asked.fresh);
        Room { retries: retries.max(0), fresh: fresh.max(0), below: room.below }
    }

    /// Takes what was claimed from the pace. Where that is less than was asked for, nothing more waits.
    pub(super) fn took(&mut self, retries: i64, fresh: i64, permille: i64, now: Timestamp) {
        if retries < self.asked.retries {
            self.due = None;
        }
        if fresh < self.asked.fresh {
            self.first = None;
        }
        self.retries = self.retries.take(self.plan.retry_flow(self.part), retries, now);
        self.fresh = self.fresh.take(self.plan.flow(self.part, permille), fresh, now);
        self.asked = Room::default();
        self.is_taken_from |= retries + fresh > 0;
    }
}

impl Room {
    pub(super) const fn sum(self) -> i64 {
        self.retries.saturating_add(self.fresh)
    }
}
