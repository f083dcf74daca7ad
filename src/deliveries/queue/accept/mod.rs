//! What comes of nearly every mail: a campaign's, accepted. Many of them are one statement, which needs no transaction
//! around it.

mod store;

use super::super::Kind;
use super::record::{Outcome, Verdict, settled};
use crate::clock::Timestamp;
use crate::storage::{Conn, StoreError};

/// Whether [`accept`] may write these: acceptances of mails of campaigns, and nothing else.
#[must_use]
pub fn are_accepted(outcomes: &[Outcome]) -> bool {
    let is_accepted = |outcome: &Outcome| {
        let is_of_campaign = outcome.delivery.kind == Kind::Campaign && outcome.delivery.campaign_id.is_some();
        is_of_campaign && matches!(outcome.verdict, Verdict::Accepted { .. })
    };
    !outcomes.is_empty() && outcomes.len() <= store::MOST && outcomes.iter().all(is_accepted)
}

/// Writes what [`are_accepted`] says yes to, and counts it on the curves, as [`record`](super::record()) would in a
/// transaction: an acceptance is always written, because the relay has the message. PostgreSQL only: a `WITH` of SQLite
/// writes nothing.
///
/// # Errors
/// When the rows cannot be written; then nothing was, or the answer to it was lost: it may be written again.
pub fn accept(conn: &mut Conn, outcomes: &[Outcome], now: Timestamp) -> Result<(), StoreError> {
    let mut accepted: Vec<_> = outcomes.iter().filter_map(|outcome| settled(outcome, now)).collect();
    // Rows are taken in one order by everybody who takes several.
    accepted.sort_by_key(|row| row.id);
    store::accept(conn, &accepted, now)
}
