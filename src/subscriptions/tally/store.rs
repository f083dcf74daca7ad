//! Counts over `subscriptions`.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::State;
use crate::storage::schema::subscriptions;
use crate::storage::{Conn, ListId, StoreError, Timestamp};

pub(super) fn by_state(conn: &mut Conn, list: ListId) -> Result<Vec<(State, i64)>, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .group_by(subscriptions::state)
        .select((subscriptions::state, count_star()))
        .load(conn)?)
}

pub(super) fn joined(conn: &mut Conn, list: ListId, since: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(State::Confirmed))
        .filter(subscriptions::confirmed_at.ge(since))
        .count()
        .get_result(conn)?)
}

pub(super) fn left(conn: &mut Conn, list: ListId, since: Timestamp) -> Result<i64, StoreError> {
    Ok(subscriptions::table
        .filter(subscriptions::list_id.eq(list))
        .filter(subscriptions::state.eq(State::Ended))
        .filter(subscriptions::confirmed_at.is_not_null())
        .filter(subscriptions::ended_at.ge(since))
        .count()
        .get_result(conn)?)
}
