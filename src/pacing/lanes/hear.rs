//! What a reply does to a lane, or to the lane of one account.

use super::{Lane, store};
use crate::clock::Timestamp;
use crate::mail::plain;
use crate::pacing::{Concerns, Heard, LaneState, Provider, Standing};
use crate::storage::{AccountId, Conn, StoreError};

/// A reply to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The lane in which the delivery went.
    pub lane: String,
    /// Whose it was; none for mail of the installation itself.
    pub account: Option<AccountId>,
    /// What was answered, code and all.
    pub reply: String,
    /// What its class says of how we send.
    pub heard: Heard,
}

/// What came of [`hear`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HearOutcome {
    /// It changes nothing.
    Nothing,
    /// The lane goes on like this, for everybody.
    Changed(Standing),
    /// The lane goes on like this for the account.
    ChangedFor(AccountId, Standing),
}

/// Longest reply that is kept, in bytes.
const LONGEST_REPLY: usize = 500;

/// Lets a lane follow a reply.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn hear(conn: &mut Conn, answer: &Answer, now: Timestamp) -> Result<HearOutcome, StoreError> {
    let Some(provider) = Provider::by_name(&answer.lane) else { return Ok(HearOutcome::Nothing) };
    let (step, concerns) = provider.step(&answer.reply, answer.heard);
    if let (Concerns::Account, Some(account)) = (concerns, answer.account) {
        return change_for(conn, account, answer, now, |before| before.after(step, now));
    }
    let reply = plain(&answer.reply, LONGEST_REPLY);
    let lane = store::rows(conn)?.remove(&answer.lane).unwrap_or_else(|| Lane::untouched(provider));
    let after = lane.state.after(step, now);
    if after == lane.state {
        return Ok(HearOutcome::Nothing);
    }
    store::write_state(conn, &answer.lane, after, Some(&reply))?;
    Ok(HearOutcome::Changed(after.standing(now)))
}

/// Changes the lane of one account, because of this answer.
pub(super) fn change_for(
    conn: &mut Conn,
    account: AccountId,
    answer: &Answer,
    now: Timestamp,
    change: impl FnOnce(LaneState) -> LaneState,
) -> Result<HearOutcome, StoreError> {
    let before = store::state_held(conn, account, &answer.lane)?;
    let after = change(before);
    if after == before {
        return Ok(HearOutcome::Nothing);
    }
    store::write_account_state(conn, account, &answer.lane, after, &plain(&answer.reply, LONGEST_REPLY))?;
    Ok(HearOutcome::ChangedFor(account, after.standing(now)))
}
