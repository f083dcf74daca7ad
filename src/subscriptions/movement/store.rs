//! Counts over `subscriptions`.

use diesel::prelude::*;

use super::State;
use crate::storage::schema::subscriptions;
use crate::storage::{AccountId, Conn, ListId, StoreError, Timestamp};

pub(super) fn joined(conn: &mut Conn, account: AccountId, list: ListId, since: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::account_id.eq(account))
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(State::Confirmed))
        .filter(subscriptions::confirmed_at.ge(since))
        .count()
        .get_result(conn)?)
}

pub(super) fn left(conn: &mut Conn, account: AccountId, list: ListId, since: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::account_id.eq(account))
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(State::Ended))
        .filter(subscriptions::confirmed_at.is_not_null())
        .filter(subscriptions::ended_at.ge(since))
        .count()
        .get_result(conn)?)
}
