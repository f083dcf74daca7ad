//! What came of a campaign, in numbers that can be followed down to the deliveries.

mod store;

pub(super) use store::tried_since;

use serde::Serialize;

use super::{Campaign, State};
use crate::clock::Timestamp;
use crate::deliveries;
use crate::pacing::Plan;
use crate::storage::{CampaignId, Conn, StoreError};

/// How many of a campaign's deliveries stand where.
///
/// `audience` = `queued` + `accepted` + `deferred` + `failed` + `skipped` once the audience is frozen. The last three
/// count what came afterwards, and lie across the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Deliveries in all; before the audience is frozen, how many are expected.
    pub audience: i64,
    /// Not tried yet, or held by a node this moment.
    pub queued: i64,
    /// The relay answered 2xx.
    pub accepted: i64,
    /// Got a 4xx; waits for the next attempt.
    pub deferred: i64,
    /// A 5xx, or tried for too long.
    pub failed: i64,
    /// Not sent, because they may not be any more.
    pub skipped: i64,
    /// Mail came back, at once or later.
    pub bounced: i64,
    /// Readers reported the message as unwanted.
    pub complained: i64,
    /// Readers left the list after this message, and before a later one of it reached them.
    pub unsubscribed: i64,
}

/// What was recorded in one minute of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Minute {
    /// The start of the minute.
    pub minute_at: Timestamp,
    /// Deliveries that were accepted in it.
    pub accepted: i64,
    /// Deliveries that failed in it.
    pub failed: i64,
    /// Attempts that were deferred in it.
    pub deferred: i64,
    /// Deliveries that were skipped in it.
    pub skipped: i64,
}

/// How many deliveries of this campaign stand where.
///
/// # Errors
/// When the database cannot do it.
pub fn counts(conn: &mut Conn, campaign: &Campaign) -> Result<Counts, StoreError> {
    let found = deliveries::counts(conn, campaign.id)?;
    Ok(Counts {
        audience: campaign.audience,
        queued: found.queued,
        accepted: found.accepted,
        deferred: found.deferred,
        failed: found.failed,
        skipped: found.skipped,
        bounced: found.bounced,
        complained: found.complained,
        unsubscribed: store::unsubscribed(conn, campaign)?,
    })
}

/// The real curve: what was recorded, minute by minute, oldest first; minutes without anything are left out.
///
/// # Errors
/// When the database cannot do it.
pub fn curve(conn: &mut Conn, id: CampaignId) -> Result<Vec<Minute>, StoreError> {
    store::minutes(conn, id)
}

/// When the plan has released the last delivery; `None` while a draft, while paused and once it ended.
#[must_use]
pub fn expected_end(campaign: &Campaign) -> Option<Timestamp> {
    match campaign.state {
        State::Scheduled | State::Sending => campaign.plan.as_ref().map(Plan::expected_end),
        State::Draft | State::Paused | State::Finished | State::Cancelled => None,
    }
}
