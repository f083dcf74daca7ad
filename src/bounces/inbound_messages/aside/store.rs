//! The row of a complaint that an operator decides about.

use diesel::prelude::*;

use super::super::{Reporter, State};
use crate::storage::schema::inbound_messages;
use crate::storage::{AccountId, Conn, InboundMessageId, StoreError, Timestamp};

/// Puts a complaint that was kept aside back among those that wait, and says whose mail it is about; nothing when there
/// is no such, or its text is gone.
pub(super) fn release(conn: &mut Conn, id: InboundMessageId) -> Result<Option<Option<AccountId>>, StoreError> {
    let aside = inbound_messages::table
        .find(id)
        .filter(inbound_messages::state.eq(State::Quarantined))
        .filter(inbound_messages::message.ne(Vec::<u8>::new()));
    Ok(diesel::update(aside)
        .set((inbound_messages::state.eq(State::Stored), inbound_messages::reporter.eq(Reporter::Operator)))
        .returning(inbound_messages::account_id)
        .get_result(conn)
        .optional()?)
}

/// Takes a complaint from those that are kept aside, also one whose text is gone, and says whose mail it is about;
/// nothing when there is no such.
pub(super) fn dismiss(
    conn: &mut Conn,
    id: InboundMessageId,
    now: Timestamp,
) -> Result<Option<Option<AccountId>>, StoreError> {
    let aside = inbound_messages::table.find(id).filter(inbound_messages::state.eq(State::Quarantined));
    Ok(diesel::update(aside)
        .set((inbound_messages::state.eq(State::Dismissed), inbound_messages::judged_at.eq(now)))
        .returning(inbound_messages::account_id)
        .get_result(conn)
        .optional()?)
}
