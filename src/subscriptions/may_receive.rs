//! The late check, right before `MAIL FROM`: promise 1.

use super::{State, store};
use crate::storage::{Conn, StoreError, SubscriptionId};
use crate::suppressions::{self, Reason};

/// Whether a campaign may go to a subscription now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayReceive {
    /// Confirmed, not suppressed, and the list is open.
    Yes,
    /// It is pending or ended, or not there.
    NotConfirmed,
    /// The address is suppressed for the account.
    Suppressed(Reason),
    /// The list is closed.
    ListClosed,
}

impl MayReceive {
    /// Whether it may.
    #[must_use]
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}

/// Says whether a campaign may go there at this moment (CON-01, UNS-05).
///
/// # Errors
/// When the database cannot be read: then nothing is sent.
pub fn may_receive(conn: &mut Conn, id: SubscriptionId) -> Result<MayReceive, StoreError> {
    let Some(found) = store::sendable(conn, id)?.filter(|found| found.state == State::Confirmed) else {
        return Ok(MayReceive::NotConfirmed);
    };
    if found.list_closed_at.is_some() {
        return Ok(MayReceive::ListClosed);
    }
    let reasons = suppressions::in_force(conn, found.account_id, &found.address_hash)?;
    let stop = reasons.into_iter().find(|reason| reason.stops_confirmed_mail());
    Ok(stop.map_or(MayReceive::Yes, MayReceive::Suppressed))
}
