//! The late check, right before `MAIL FROM`: promise 1.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Rhythm, State, store};
use crate::forms::Attributes;
use crate::storage::{Conn, StoreError, SubscriptionId, Timestamp};
use crate::suppressions::Reason;

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

/// A subscription as a campaign sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Addressee {
    /// Whether the campaign may go there.
    pub may_receive: MayReceive,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// What its subscriber told about themselves.
    pub attributes: Attributes,
    /// How often its reader wants mail, and from when on.
    pub rhythm: Rhythm,
}

/// Says of many subscriptions at once whether a campaign may go there at this moment (CON-01, UNS-05), and what a
/// message needs to know of their readers. One that is missing in the answer is not there.
///
/// # Errors
/// When the database cannot be read: then nothing is sent.
pub fn addressees(conn: &mut Conn, ids: &[SubscriptionId]) -> Result<HashMap<SubscriptionId, Addressee>, StoreError> {
    let mut found: HashMap<SubscriptionId, Addressee> = HashMap::with_capacity(ids.len());
    for row in store::sendable(conn, ids)? {
        let may_receive = judge(&row);
        match found.entry(row.id) {
            Entry::Occupied(mut known) => {
                // The first thing that stands against it is told.
                if known.get().may_receive.is_yes() {
                    known.get_mut().may_receive = may_receive;
                }
            }
            Entry::Vacant(new) => {
                let attributes = serde_json::from_str(&row.attributes)
                    .map_err(|error| StoreError::Refused(format!("stored attributes cannot be read: {error}")))?;
                let rhythm = Rhythm { frequency: row.frequency, paused_until: row.paused_until };
                new.insert(Addressee { may_receive, confirmed_at: row.confirmed_at, attributes, rhythm });
            }
        }
    }
    Ok(found)
}

fn judge(row: &store::Sendable) -> MayReceive {
    if row.state != State::Confirmed {
        return MayReceive::NotConfirmed;
    }
    if row.list_closed_at.is_some() {
        return MayReceive::ListClosed;
    }
    let stop = row.suppressed.filter(|reason| reason.stops_confirmed_mail());
    stop.map_or(MayReceive::Yes, MayReceive::Suppressed)
}

/// Says whether a campaign may go to one subscription at this moment.
///
/// # Errors
/// When the database cannot be read: then nothing is sent.
pub fn may_receive(conn: &mut Conn, id: SubscriptionId) -> Result<MayReceive, StoreError> {
    let found = addressees(conn, &[id])?.remove(&id);
    Ok(found.map_or(MayReceive::NotConfirmed, |addressee| addressee.may_receive))
}
