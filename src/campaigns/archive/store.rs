//! Finished campaigns of a list.

use diesel::prelude::*;

use super::super::store::Row;
use super::super::{Campaign, State};
use crate::storage::schema::campaigns;
use crate::storage::{AccountId, CampaignId, Conn, ListId, StoreError};

/// Newest first; only the one with this id where one is given.
pub(super) fn finished(
    conn: &mut Conn,
    account: AccountId,
    list: ListId,
    only: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Campaign>, StoreError> {
    let mut query = campaigns::table
        .filter(campaigns::account_id.eq(account))
        .filter(campaigns::list_id.eq(list))
        .filter(campaigns::state.eq(State::Finished))
        .filter(campaigns::segment.is_null())
        .order(campaigns::finished_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(campaigns::id.eq(id));
    }
    query.load(conn)?.into_iter().map(Row::campaign).collect()
}
