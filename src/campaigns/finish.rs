//! The end of a campaign.

use super::start::open_cancelled;
use crate::clock::Timestamp;
use crate::deliveries::queue;
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
