//! Yes or no, from one of the two mailboxes.

use super::super::Circumstances;
use super::{AddressChange, Outcome, Side, carry_out, find, store};
use crate::consent;
use crate::storage::{Conn, StoreError, Timestamp};
use crate::suppressions::{self, NewSuppression, Reason};

/// What became of a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgreeOutcome {
    /// The other mailbox has still to agree.
    Waiting(Box<AddressChange>),
    /// Mail goes to the new address, now or since before.
    Done(Box<AddressChange>),
    /// Too late, refused, or not possible any more.
    Over(Box<AddressChange>),
    /// No token of this installation.
    Unknown,
}

/// Agrees for the mailbox that the token was mailed to; the second yes carries the change out.
///
/// # Errors
/// When the database cannot do it.
pub fn agree(conn: &mut Conn, token: &str, from: &Circumstances, now: Timestamp) -> Result<AgreeOutcome, StoreError> {
    let Some((found, _)) = find(conn, token)? else { return Ok(AgreeOutcome::Unknown) };
    consent::hold(conn, found.account_id)?;
    // The other mailbox may have spoken while somebody else held the chain.
    let Some((change, side)) = find(conn, token)? else { return Ok(AgreeOutcome::Unknown) };
    if change.outcome == Some(Outcome::Done) {
        return Ok(AgreeOutcome::Done(Box::new(change)));
    }
    if !change.is_open(now) {
        return Ok(AgreeOutcome::Over(Box::new(change)));
    }
    if change.agreed_at(side).is_none() {
        store::agreed(conn, &change, side, now)?;
    }
    let other = match side {
        Side::Old => Side::New,
        Side::New => Side::Old,
    };
    if change.agreed_at(other).is_none() {
        return Ok(AgreeOutcome::Waiting(Box::new(change)));
    }
    let is_done = carry_out::carry_out(conn, &change, from, now)?;
    store::end(conn, &change, if is_done { Outcome::Done } else { Outcome::Impossible }, now)?;
    let change = Box::new(change);
    Ok(if is_done { AgreeOutcome::Done(change) } else { AgreeOutcome::Over(change) })
}

/// What became of a no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefuseOutcome {
    /// It will not happen; or it had ended before.
    Ended(Box<AddressChange>),
    /// No token of this installation.
    Unknown,
}

/// Refuses a change that waits. A new mailbox whose owner says "not me" is not asked again by this account (CON-10).
///
/// # Errors
/// When the database cannot do it.
pub fn refuse(conn: &mut Conn, token: &str, now: Timestamp) -> Result<RefuseOutcome, StoreError> {
    let Some((found, _)) = find(conn, token)? else { return Ok(RefuseOutcome::Unknown) };
    consent::hold(conn, found.account_id)?;
    let Some((change, side)) = find(conn, token)? else { return Ok(RefuseOutcome::Unknown) };
    if change.ended_at.is_none() {
        store::end(conn, &change, Outcome::Refused, now)?;
        if let (Side::New, Some(address)) = (side, change.new_address.clone()) {
            let suppression = NewSuppression {
                account_id: change.account_id,
                address,
                reason: Reason::NotMe,
                evidence: String::new(),
                delivery_id: None,
            };
            suppressions::suppress(conn, &suppression, now)?;
        }
    }
    Ok(RefuseOutcome::Ended(Box::new(change)))
}
