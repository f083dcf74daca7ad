//! What is read of digests that were claimed.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::store::Owner;
use super::Digest;
use crate::accounts::warm_up::Chosen;
use crate::deliveries::queue::store::listed;
use crate::storage::{Conn, DeliveryId, StoreError};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
    #[diesel(embed)]
    owner: Owner,
    #[diesel(sql_type = BigInt)]
    held: i64,
}

/// Each of these digests, with what holds for its account and its campaigns.
pub(super) fn read(
    conn: &mut Conn,
    ids: &[DeliveryId],
    warm_up: Chosen,
) -> Result<BTreeMap<DeliveryId, Digest>, StoreError> {
    let sql = format!(
        "SELECT d.id, d.account_id, d.lane, {}, \
         CAST(CASE WHEN EXISTS (SELECT 1 FROM digest_letters l JOIN deliveries h ON h.id = l.delivery_id \
         JOIN campaigns c ON c.id = h.campaign_id WHERE l.digest_id = d.id AND c.state = 'paused') \
         THEN 1 ELSE 0 END AS BIGINT) AS held \
         FROM deliveries d JOIN accounts a ON a.id = d.account_id JOIN lists s ON s.id = d.list_id WHERE d.id IN ({})",
        Owner::COLUMNS,
        listed(ids)
    );
    let rows: Vec<Row> = diesel::sql_query(sql).load(conn)?;
    let digest = |Row { id, owner, held }: Row| {
        let (account, limits, sender) = (owner.account_id, owner.limits(), owner.sender(warm_up));
        (id, Digest { account, limits, sender, is_held: held > 0 })
    };
    Ok(rows.into_iter().map(digest).collect())
}
