//! Which deliveries a node may send next.

mod store;

use crate::clock::Timestamp;
use crate::deliveries::Delivery;
use crate::pacing::Plan;
use crate::storage::{CampaignId, Conn, StoreError};
use store::{Lease, Released};

/// What a node asks for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks.
    pub node: String,
    /// At most so many.
    pub limit: usize,
    /// The lease ends then.
    pub until: Timestamp,
    /// Grows by one with every claim of the node: another campaign comes first each time.
    pub turn: usize,
    /// When the node asked before: retries go at the pace of their plan, turn by turn.
    pub since: Timestamp,
}

/// Claims what is due: single mails first, then retries and released positions, shared among the sending campaigns.
///
/// Nothing while the operator stopped all sending; of a paused account only what its subscribers asked for.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn claim(conn: &mut Conn, wanted: &Claim, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
    if store::is_installation_paused(conn)? {
        return Ok(Vec::new());
    }
    let lease = Lease { node: &wanted.node, until: wanted.until, now };
    let mut claimed = store::claim_single(conn, &lease, count(wanted.limit))?;
    let mut sending = released_campaigns(conn, wanted.since, now)?;
    rotate(&mut sending, wanted.turn);
    let mut waiting = sending.len();
    for (campaign, released) in sending {
        let left = wanted.limit.saturating_sub(claimed.len());
        // The share of each; what one leaves over goes to those after it.
        let share = left.div_ceil(waiting.max(1));
        claimed.extend(store::claim_campaign(conn, &lease, campaign, released, count(share))?);
        waiting -= 1;
    }
    Ok(claimed)
}

fn released_campaigns(
    conn: &mut Conn,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(CampaignId, Released)>, StoreError> {
    let released = |(id, plan): (CampaignId, Option<String>)| {
        let plan = plan.as_deref().and_then(Plan::read)?;
        Some((id, Released { retries: plan.retries(since, now), positions: plan.released(now) }))
    };
    Ok(store::sending_campaigns(conn)?.into_iter().filter_map(released).collect())
}

fn rotate<T>(items: &mut [T], turn: usize) {
    if let Some(by) = turn.checked_rem(items.len()) {
        items.rotate_left(by);
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
