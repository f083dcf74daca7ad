//! The end of a campaign, and its pace on the way there.

use super::start::{open_cancelled, plans, replace_plan, waiting_below};
use crate::clock::Timestamp;
use crate::deliveries::queue;
use crate::pacing::Plan;
use crate::storage::{Conn, StoreError};

/// Deliveries skipped in one transaction.
const CHUNK: i64 = 2000;

/// Ends the campaigns of which every delivery has ended; says how many.
///
/// # Errors
/// When the database cannot do it.
pub fn finish(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    super::start::finish(conn, now)
}

/// Skips a chunk of what cancelled campaigns left waiting; says how many. Call it until it says none.
///
/// # Errors
/// When the database cannot do it.
pub fn skip_cancelled(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    let mut skipped = 0;
    for campaign in open_cancelled(conn)? {
        skipped += queue::skip_campaign(conn, campaign, CHUNK, now)?;
    }
    Ok(skipped)
}

/// Lets the plans of campaigns that lag behind by more than a minute go on from where they really are, so that a machine
/// that stood still, or a relay that was away, leaves no burst behind.
///
/// # Errors
/// When the database cannot do it.
pub fn keep_pace(conn: &mut Conn, now: Timestamp) -> Result<usize, StoreError> {
    let mut rebased = 0;
    for (id, text) in plans(conn)? {
        let Some(plan) = Plan::read(&text) else { continue };
        let released = plan.released(now);
        let really = released - waiting_below(conn, id, released)?;
        if let Some(after) = plan.rebased(now, really) {
            replace_plan(conn, id, &text, &after)?;
            rebased += 1;
        }
    }
    Ok(rebased)
}
